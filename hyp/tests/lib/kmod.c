// SPDX-License-Identifier: GPL-2.0-only
#include "kmod.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tap.h"

#define MAX_REGIONS 16

static int device = -1;
static struct {
	uint64_t start, end;
} regions[MAX_REGIONS];
static unsigned int nr_regions;

static void read_regions(void)
{
	FILE *file = fopen("/proc/iomem", "r");
	char line[160];

	while (file && fgets(line, sizeof(line), file) && nr_regions < MAX_REGIONS) {
		unsigned long long start, end;

		if (line[0] == ' ' || !strstr(line, "System RAM") ||
		    sscanf(line, "%llx-%llx", &start, &end) != 2)
			continue;
		regions[nr_regions].start = start;
		regions[nr_regions++].end = end + 1;
	}
	if (file)
		fclose(file);
	if (!nr_regions || !regions[0].end)
		tap_give_up("/proc/iomem shows no System RAM");
}

void kmod_open(void)
{
	device = open("/dev/donjon_attack", O_RDWR | O_CLOEXEC);
	if (device < 0)
		tap_give_up("/dev/donjon_attack: %s; load donjon_attack.ko", strerror(errno));
	read_regions();
}

int kmod_try(struct attack_call *call)
{
	return ioctl(device, ATTACK_CALL, call) ? -errno : 0;
}

void kmod_raw(struct attack_call *call)
{
	int error = kmod_try(call);

	if (error)
		tap_give_up("a call through donjon_attack.ko: %s", strerror(-error));
}

long kmod_call(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
	       uint64_t results[4])
{
	struct attack_call call = {.x = {id, a1, a2, a3, a4, a5}, .conduit = ATTACK_HVC0};

	kmod_raw(&call);
	if (results)
		memcpy(results, &call.x[1], 4 * sizeof(results[0]));
	return (long)call.x[0];
}

static int memory(uint64_t pa, void *buffer, size_t size, enum attack_alias alias, bool write,
		  enum attack_how how)
{
	struct attack_memory m = {
		.pa = pa,
		.buffer = (uintptr_t)buffer,
		.size = (uint32_t)size,
		.alias = alias,
		.write = write,
		.how = how,
	};

	return ioctl(device, ATTACK_MEMORY, &m) ? -errno : 0;
}

int kmod_memory(uint64_t pa, void *buffer, size_t size, enum attack_alias alias, bool write)
{
	return memory(pa, buffer, size, alias, write, ATTACK_ASKED);
}

int kmod_fixup(uint64_t pa, void *buffer, size_t size, enum attack_alias alias, bool write)
{
	return memory(pa, buffer, size, alias, write, ATTACK_FIXUP);
}

int kmod_bare(uint64_t pa, void *buffer, size_t size, enum attack_alias alias, bool write)
{
	return memory(pa, buffer, size, alias, write, ATTACK_BARE);
}

int kmod_touch(uint64_t pa, enum attack_place place, uint64_t *value)
{
	struct attack_touch touch = { .pa = pa, .place = place };

	if (ioctl(device, ATTACK_TOUCH, &touch))
		return -errno;
	*value = touch.value;
	return 0;
}

int kmod_touch_walk(struct attack_walk *walk)
{
	return ioctl(device, ATTACK_WALK, walk) ? -errno : 0;
}

uint64_t kmod_alloc(unsigned int order)
{
	struct attack_pages pages = {.order = order};

	return ioctl(device, ATTACK_ALLOC, &pages) ? 0 : pages.pa;
}

void kmod_free(uint64_t pa, unsigned int order)
{
	struct attack_pages pages = {.pa = pa, .order = order};

	ioctl(device, ATTACK_FREE, &pages);
}

uint64_t kmod_counter(enum donjon_counter counter)
{
	uint64_t results[4];

	if (kmod_call(DONJON_HC_COUNTER, counter, 0, 0, 0, 0, results))
		tap_give_up("counter %d cannot be read", counter);
	return results[0];
}

bool kmod_ledger(uint64_t pa, struct run *run)
{
	uint64_t results[4];

	if (kmod_call(DONJON_HC_LEDGER, pa, 0, 0, 0, 0, results) || results[0] <= pa)
		return false;
	*run = (struct run){pa, results[0], results[1], results[2], results[3]};
	return true;
}

bool kmod_region(unsigned int nth, uint64_t *start, uint64_t *end)
{
	if (nth >= nr_regions)
		return false;
	*start = (regions[nth].start + PAGE - 1) & ~(PAGE - 1);
	*end = regions[nth].end & ~(PAGE - 1);
	return true;
}

void kmod_walk(void (*visit)(const struct run *run, void *context), void *context)
{
	uint64_t start, end;
	struct run run;

	for (unsigned int i = 0; kmod_region(i, &start, &end); i++)
		for (; start < end && kmod_ledger(start, &run); start = run.end) {
			if (run.end > end)
				run.end = end;
			visit(&run, context);
		}
}

/* FNV-1a over all pages that are not simply the host's: runs may come in parts, so each page
 * counts by itself. */
static void hash_run(const struct run *run, void *context)
{
	uint64_t *hash = context;

	if (run->state == DONJON_PAGE_HOST || run->state == DONJON_PAGE_NOT_RAM)
		return;
	for (uint64_t pa = run->start; pa < run->end; pa += PAGE) {
		uint64_t what[] = {pa, run->state, run->vm,
				   run->state == DONJON_PAGE_GUEST ? run->ipa + (pa - run->start)
								   : 0};

		for (unsigned int i = 0; i < 4; i++)
			*hash = (*hash ^ what[i]) * 0x100000001b3ULL;
	}
}

void kmod_counters(struct fingerprint *f)
{
	memset(f, 0, sizeof(*f));
	for (unsigned int i = 0; i < DONJON_NR_COUNTERS; i++) {
		switch (i) {
		case DONJON_CNT_POOL_FREE:
		case DONJON_CNT_HOST_TABLES:
		case DONJON_CNT_HOST_MAPS:
		case DONJON_CNT_HOST_SPLITS:
		case DONJON_CNT_HOST_FOLDS:
			/* These move with what the rest of the host touches for the first time. */
			break;
		default:
			f->counters[i] = kmod_counter(i);
		}
	}
}

void kmod_fingerprint(struct fingerprint *f)
{
	kmod_counters(f);
	f->ledger = 0xcbf29ce484222325ULL;
	kmod_walk(hash_run, &f->ledger);
}

bool kmod_same(const struct fingerprint *a, const struct fingerprint *b)
{
	static const char *const names[DONJON_NR_COUNTERS] = {
		"pool_free",	   "host_tables",   "host_writes",  "host_splits",
		"host_folds",	   "host_maps",	    "guest_writes", "guest_splits",
		"forced_reclaims", "host_refusals", "zeroed_pages", "vms",
	};

	for (unsigned int i = 0; i < DONJON_NR_COUNTERS; i++)
		if (a->counters[i] != b->counters[i])
			tap_note("counter %s went from %llu to %llu", names[i],
				 (unsigned long long)a->counters[i],
				 (unsigned long long)b->counters[i]);
	if (a->ledger != b->ledger)
		tap_note("the ledger has changed");
	return !memcmp(a, b, sizeof(*a));
}

uint64_t kmod_pa(const void *address)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && pread(fd, &entry, 8, (off_t)((uintptr_t)address / PAGE * 8)) != 8)
		entry = 0;
	close(fd);
	return entry >> 63 ? (entry & ((1ULL << 55) - 1)) * PAGE : 0;
}

static void on_sigill(int signal)
{
}

long kmod_registers(const uint64_t x[4], struct kmod_registers *r)
{
	struct attack_registers registers = { .x = { x[0], x[1], x[2], x[3] },
					      .before = (uintptr_t)r->before,
					      .after = (uintptr_t)r->after,
					      .simd = (uintptr_t)r->simd };

	if (ioctl(device, ATTACK_REGISTERS, &registers))
		tap_give_up("the registers cannot be read: %s", strerror(errno));
	return (long)registers.x[0];
}

int kmod_impdef(unsigned int what, bool write, uint64_t *value)
{
	struct attack_impdef access = { .what = what, .write = write, .value = *value };

	/* Linux 6.1 sends one for an instruction of its own, too. */
	signal(SIGILL, on_sigill);
	if (ioctl(device, ATTACK_IMPDEF, &access))
		return -errno;
	*value = access.value;
	return 0;
}
