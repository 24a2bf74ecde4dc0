// SPDX-License-Identifier: GPL-2.0-only
/*
 * 2 MiB pages in the ledger: one entry for a block, exactly one split when a part of it changes,
 * and no table left over in the end. The counters tell.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

struct counts {
	uint64_t value[DONJON_NR_COUNTERS];
};

static struct counts now(void)
{
	struct counts c;

	for (unsigned int i = 0; i < DONJON_NR_COUNTERS; i++)
		c.value[i] = kmod_counter(i);
	return c;
}

static uint64_t since(const struct counts *then, enum donjon_counter which)
{
	return kmod_counter(which) - then->value[which];
}

/* True when the counter went up by want since then. */
static bool rose(const struct counts *then, enum donjon_counter which, const char *name,
		 uint64_t want)
{
	uint64_t got = since(then, which);

	if (got != want)
		tap_note("%s rose by %lld, want %llu", name, (long long)got,
			 (unsigned long long)want);
	return got == want;
}

static bool writes(const struct counts *then, uint64_t host, uint64_t guest)
{
	return rose(then, DONJON_CNT_HOST_WRITES, "host_writes", host) &
	       rose(then, DONJON_CNT_GUEST_WRITES, "guest_writes", guest);
}

static bool splits(const struct counts *then, uint64_t host, uint64_t guest)
{
	return rose(then, DONJON_CNT_HOST_SPLITS, "host_splits", host) &
	       rose(then, DONJON_CNT_GUEST_SPLITS, "guest_splits", guest);
}

/* Of the pages that EL2 has for tables none is missing. */
static bool tables_back(const struct counts *then)
{
	return rose(then, DONJON_CNT_HOST_TABLES, "host_tables", 0) &
	       rose(then, DONJON_CNT_POOL_FREE, "pool_free", 0);
}

static void touch_all(uint64_t chunk)
{
	uint64_t value;

	/* What the host maps lazily it has mapped then, so that the counters below do not move for
	 * that. */
	for (uint64_t off = 0; off < BLOCK; off += PAGE)
		if (kmod_memory(chunk + off, &value, 8, ATTACK_LINEAR, false))
			tap_give_up("the host cannot read its own memory");
}

static void reclaimed(uint64_t chunk)
{
	struct counts start, then;
	struct raw_vm o;

	raw_vm_create(&o, true);
	start = now();
	if (raw_vm_map(&o, chunk, RAW_VM_RAM, BLOCK))
		tap_give_up("VM_MAP of 2 MiB");
	tap_ok(writes(&start, 1, 1) && splits(&start, 0, 0),
	       "2 MiB donated: one entry in the host's table and one in the guest's");
	kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL);
	then = now();
	if (kmod_call(DONJON_HC_VM_RECLAIM, o.handle, RAW_VM_RAM + 5 * PAGE, PAGE, 0, 0, NULL))
		tap_give_up("VM_RECLAIM of one page");
	tap_ok(splits(&then, 1, 1), "one page of it reclaimed: exactly one block split in each");
	tap_ok(raw_vm_clean(chunk + 5 * PAGE, PAGE), "and the page is zero");
	then = now();
	if (kmod_call(DONJON_HC_VM_RECLAIM, o.handle, RAW_VM_RAM + 100 * PAGE, PAGE, 0, 0, NULL))
		tap_give_up("VM_RECLAIM of another page");
	tap_ok(splits(&then, 0, 0), "another page of it: no further split");
	if (kmod_call(DONJON_HC_VM_RECLAIM, o.handle, RAW_VM_RAM, BLOCK, 0, 0, NULL))
		tap_give_up("VM_RECLAIM of the rest");
	tap_ok(raw_vm_clean(chunk, BLOCK), "the rest reclaimed: 2 MiB of zeros");
	tap_ok(raw_vm_destroy(&o), "and the VM ends");
}

static void whole_block(uint64_t chunk)
{
	struct counts start;
	struct raw_vm o;

	raw_vm_create(&o, true);
	start = now();
	if (raw_vm_map(&o, chunk, RAW_VM_RAM, BLOCK) ||
	    kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL) ||
	    kmod_call(DONJON_HC_VM_RECLAIM, o.handle, RAW_VM_RAM, BLOCK, 0, 0, NULL))
		tap_give_up("2 MiB there and back");
	tap_ok(writes(&start, 2, 2) && splits(&start, 0, 0) &&
		       rose(&start, DONJON_CNT_HOST_TABLES, "host_tables", 0),
	       "2 MiB there and back: two entries each, no split, no table");
	tap_ok(raw_vm_clean(chunk, BLOCK) && raw_vm_destroy(&o), "and zeros");
}

/* A block in pages: as many entries as pages, and the tables go with the last one. */
static void page_by_page(uint64_t chunk)
{
	struct counts start;
	struct raw_vm o;
	long code = 0;

	raw_vm_create(&o, true);
	start = now();
	for (uint64_t off = 0; off < BLOCK && !code; off += PAGE)
		code = raw_vm_map(&o, chunk + off, RAW_VM_RAM + off, PAGE);
	if (code)
		tap_give_up("VM_MAP of pages: %ld", code);
	tap_ok(writes(&start, 512, 512), "2 MiB donated page by page: 512 entries each");
	kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL);
	if (kmod_call(DONJON_HC_VM_RECLAIM, o.handle, RAW_VM_RAM, BLOCK, 0, 0, NULL))
		tap_give_up("VM_RECLAIM");
	tap_ok(raw_vm_clean(chunk, BLOCK), "and given back in one call: zeros");
	tap_ok(raw_vm_destroy(&o), "and the VM ends");
}

/* The host's kernel touches one page of a block. */
static void forced(uint64_t chunk)
{
	struct counts start;
	uint64_t value = 1;
	struct raw_vm o;
	struct run run;

	raw_vm_create(&o, true);
	if (raw_vm_map(&o, chunk, RAW_VM_RAM, BLOCK))
		tap_give_up("VM_MAP of 2 MiB");
	start = now();
	tap_ok(!kmod_memory(chunk + 7 * PAGE, &value, 8, ATTACK_LINEAR, false) && !value &&
		       splits(&start, 1, 1) &&
		       rose(&start, DONJON_CNT_FORCED_RECLAIMS, "forced_reclaims", 1),
	       "one page of 2 MiB taken by force: exactly one block split in each");
	tap_ok(kmod_ledger(chunk + 8 * PAGE, &run) && run.state == DONJON_PAGE_GUEST &&
		       run.ipa == RAW_VM_RAM + 8 * PAGE && kmod_ledger(chunk + 6 * PAGE, &run) &&
		       run.state == DONJON_PAGE_GUEST && run.ipa == RAW_VM_RAM + 6 * PAGE,
	       "its neighbours keep their owner and their IPA");
	tap_ok(raw_vm_map(&o, chunk + 7 * PAGE, RAW_VM_RAM + 7 * PAGE, PAGE) == DONJON_E_POISONED,
	       "its place is POISONED");
	tap_ok(raw_vm_destroy(&o) && raw_vm_clean(chunk, BLOCK),
	       "and in the end all is the host's and zero");
}

/* -- The same through the driver -- */

/* Pages that are EL2's or shared: one entry of the host's for each. */
static void count_objects(const struct run *run, void *context)
{
	if (run->state == DONJON_PAGE_HYP || run->state == DONJON_PAGE_HOST_SHARED)
		*(uint64_t *)context += (run->end - run->start) / PAGE;
}

/* Runs a guest that touches all of its memory. The entries written in the host's table for that
 * memory alone, and in its own. */
static void run_guest(size_t size, uint64_t *host, uint64_t *own)
{
	struct guest_setup setup = {
		.image = "hello", .args = "expect=protected", .size = size, .huge = true};
	struct counts start = now();
	uint64_t before = 0, after = 0;
	struct guest g;

	kmod_walk(count_objects, &before);
	guest_boot(&g, &setup);
	if (guest_wait_end(&g) != GUEST_OFF)
		tap_note("%s", guest_story(&g));
	kmod_walk(count_objects, &after);
	*own = since(&start, DONJON_CNT_GUEST_WRITES);
	*host = since(&start, DONJON_CNT_HOST_WRITES) - (after - before);
	guest_free(&g);
}

static void by_kvm(size_t size)
{
	uint64_t host, own, blocks = size / BLOCK;

	run_guest(size, &host, &own);
	if (host != blocks || own != blocks)
		tap_note("%llu entries of the host's, %llu of the guest's",
			 (unsigned long long)host, (unsigned long long)own);
	tap_ok(host == blocks && own == blocks,
	       "a guest with %llu pages of 2 MiB: as many entries in either table",
	       (unsigned long long)blocks);
}

static void nothing_left(void)
{
	uint64_t unused;
	struct counts start = now();

	run_guest(16UL << 20, &unused, &unused);
	tap_ok(tables_back(&start) && !kmod_counter(DONJON_CNT_VMS),
	       "after a guest's end no page of a table is left over");
}

int suite_blocks(void)
{
	struct counts start;
	uint64_t chunk;

	kmod_open();
	chunk = kmod_alloc(9);
	if (!chunk)
		tap_give_up("the host has no 2 MiB in one piece");
	touch_all(chunk);
	/* The first round makes what stays: the host's memory around the objects' pages in tables.
	 */
	whole_block(chunk);
	start = now();
	whole_block(chunk);
	tap_ok(tables_back(&start), "no table is left over");
	start = now();
	reclaimed(chunk);
	tap_ok(tables_back(&start), "no table is left over");
	start = now();
	page_by_page(chunk);
	tap_ok(tables_back(&start), "no table is left over");
	start = now();
	forced(chunk);
	tap_ok(tables_back(&start), "no table is left over");
	by_kvm(16UL << 20);
	by_kvm(48UL << 20);
	nothing_left();
	kmod_free(chunk, 9);
	return tap_end();
}
