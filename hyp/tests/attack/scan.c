// SPDX-License-Identifier: GPL-2.0-only
/*
 * donjon-attack scan PID TEXT: looks at each page that the ledger says is the guest's, and at each
 * other one of its running VMM's guest memory, by its physical address through donjon_attack.ko,
 * which is harmless to the guest: what can be read must be what the ledger says is shared or the
 * host's own, what cannot what it says is private, and nothing readable may hold the text or the
 * pattern of `secret`. donjon-attack scan-mem PID TEXT: the same search through /proc/PID/mem, for
 * which the host's kernel reaches for each page by its own address. A guest_memfd's private pages
 * are refused; those of other memory are taken from the guest, which does not survive it, and read
 * as zeros.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kmod.h"
#include "guest.h"
#include "suites.h"
#include "try_access.h"
#include "vmm.h"

#define BATCH 512

static uint8_t copy[PAGE];

struct scan {
	const char *text;
	int pagemap;
	const uint8_t *memory;	/* all of the host's RAM from base on, in this process */
	uint64_t base, end;
	uint64_t absent, private, shared, own, wrong, found;
};

static bool holds_secret(const struct scan *s, const void *bytes, size_t size)
{
	return has_pattern(bytes, size) || memmem(bytes, size, s->text, strlen(s->text));
}

/* Maps the host's first region of RAM, of which the nested host has one. */
static bool map_memory(struct scan *s)
{
	int device = open("/dev/donjon_attack", O_RDWR | O_CLOEXEC);

	kmod_region(0, &s->base, &s->end);
	s->memory = mmap(NULL, s->end - s->base, PROT_READ, MAP_SHARED, device, (off_t)s->base);
	close(device);
	return s->memory != MAP_FAILED;
}

static bool is_guests(const struct run *run)
{
	return run->state == DONJON_PAGE_GUEST || run->state == DONJON_PAGE_GUEST_SHARED;
}

/*
 * One page: what the ledger says of it, and whether it can be read. guests: whether it should be
 * the guest's; those of the VMM's memory that are have been looked at before.
 */
static void scan_page(struct scan *s, uint64_t pa, bool guests)
{
	bool readable, allowed;
	struct run run;

	if (pa < s->base || pa >= s->end || !kmod_ledger(pa, &run)) {
		fprintf(stderr, "scan: page at 0x%llx is not in the host's RAM\n",
			(unsigned long long)pa);
		s->wrong++;
		return;
	}
	if (is_guests(&run) != guests)
		return;
	readable = !try_copy(copy, s->memory + (pa - s->base), PAGE);
	allowed = run.state != DONJON_PAGE_GUEST;
	if (readable != allowed) {
		fprintf(stderr, "scan: page at 0x%llx, state %llu in the ledger, is %sreadable\n",
			(unsigned long long)pa, (unsigned long long)run.state,
			readable ? "" : "not ");
		s->wrong++;
	}
	s->found += readable && holds_secret(s, copy, PAGE);
	s->private += run.state == DONJON_PAGE_GUEST;
	s->shared += run.state == DONJON_PAGE_GUEST_SHARED;
	s->own += run.state != DONJON_PAGE_GUEST && run.state != DONJON_PAGE_GUEST_SHARED;
}

static void scan_batch(struct scan *s, uint64_t address, unsigned int count)
{
	uint64_t entries[BATCH] = {0};

	if (pread(s->pagemap, entries, count * sizeof(entries[0]), (off_t)(address / PAGE * 8)) < 0)
		s->wrong++;
	for (unsigned int i = 0; i < count; i++) {
		if (entries[i] >> 63)
			scan_page(s, (entries[i] & ((1ULL << 55) - 1)) * PAGE, false);
		else
			s->absent++;
	}
}

/* All that the ledger says is a guest's: there is one guest only. */
static void scan_run(const struct run *run, void *context)
{
	for (uint64_t pa = run->start; is_guests(run) && pa < run->end; pa += PAGE)
		scan_page(context, pa, true);
}

static int no_such(const char *pid)
{
	fprintf(stderr, "donjon-attack: no VMM with guest memory has process id %s: %s\n", pid,
		strerror(errno));
	return 2;
}

int scan(const char *pid, const char *text)
{
	uint64_t size, start = vmm_ram(pid, &size);
	struct scan s = {.text = text};
	char path[64];

	try_access_init();
	kmod_open();
	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	s.pagemap = open(path, O_RDONLY | O_CLOEXEC);
	if (!start || s.pagemap < 0 || !map_memory(&s)) {
		return no_such(pid);
	}
	for (uint64_t at = 0; at < size; at += BATCH * PAGE)
		scan_batch(&s, start + at,
			   size - at < BATCH * PAGE ? (unsigned int)((size - at) / PAGE) : BATCH);
	kmod_walk(scan_run, &s);
	printf("scan: %llu private pages refused, %llu shared ones readable, %llu of the host's "
	       "own, %llu absent; wrong: %llu; with the secret: %llu\n",
	       (unsigned long long)s.private, (unsigned long long)s.shared,
	       (unsigned long long)s.own, (unsigned long long)s.absent,
	       (unsigned long long)s.wrong, (unsigned long long)s.found);
	return s.wrong || s.found || !s.private;
}

int scan_mem(const char *pid, const char *text)
{
	uint64_t size, start = vmm_ram(pid, &size), zero = 0, other = 0, failed = 0, found = 0;
	struct scan s = {.text = text};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!start || fd < 0) {
		return no_such(pid);
	}
	for (uint64_t at = 0; at < size; at += PAGE) {
		if (pread(fd, copy, PAGE, (off_t)(start + at)) != (ssize_t)PAGE) {
			failed++;
			continue;
		}
		found += holds_secret(&s, copy, PAGE);
		zero += first_nonzero(copy, PAGE) == PAGE;
		other += first_nonzero(copy, PAGE) != PAGE;
	}
	printf("scan: by /proc/%s/mem %llu pages are zero, %llu are not, %llu were refused; with "
	       "the secret: %llu\n",
	       pid, (unsigned long long)zero, (unsigned long long)other, (unsigned long long)failed,
	       (unsigned long long)found);
	return found || zero + failed == 0;
}
