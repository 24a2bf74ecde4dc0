// SPDX-License-Identifier: GPL-2.0-only
/* What happens to contents, in which order, and what is left when a guest is gone. */
#include "world.h"
#include <tests/spec/hooks.h>
#include <arch/attributes.h>

#define PLACE	(FREE_BASE + 4 * BLOCK)
#define AT	(2 * BLOCK)

static struct guest_memory guest, unprotected;

static void guests(bool activated, bool coherent)
{
	world_guest(&guest, true, 16);
	world_guest(&unprotected, false, 16);
	guest.activated = activated;
	fake.coherent = coherent;
	fake_log_clear();
}

static void donate(uint64_t off, uint64_t size)
{
	assert_int_equal(ledger_host_map_guest(&guest, pa(PLACE + off), ipa(AT + off), size), 0);
}

static uint64_t reclaim(uint64_t off, uint64_t size)
{
	uint64_t done;

	assert_int_equal(fake_return(ledger_reclaim, &guest, ipa(AT + off), size, &done), 0);
	return done;
}

/* The index of the last TLB invalidation of this kind of table. */
static unsigned int last_tlbi(enum pgtable_kind kind, uint8_t vmid)
{
	unsigned int i, at = fake.events;

	for (i = 0; i < fake.events; i++)
		if (fake.log[i].what == FAKE_TLBI && fake.log[i].kind == kind) {
			assert_int_equal(fake.log[i].vmid, vmid);
			at = i;
		}
	assert_true(at < fake.events);
	return at;
}

/* The index of the store that maps this physical address, the last one. */
static unsigned int mapped_at(uint64_t addr, uint64_t attr)
{
	unsigned int i, at = fake.events;

	for (i = 0; i < fake.events; i++)
		if (fake.log[i].what == FAKE_ENTRY && pte_valid(fake.log[i].value) &&
		    (fake.log[i].value & PTE_ADDR) == addr &&
		    (fake.log[i].value & MASK(11, 2)) == attr)
			at = i;
	assert_true(at < fake.events);
	return at;
}

static void the_host_loses_a_page_before_the_guest_gets_it_zeroed(void **state)
{
	unsigned int tlbi, zero, clean, made;

	guests(true, false);
	world_touch(PLACE);
	world_fill(PLACE, BLOCK, 1);
	fake_log_clear();
	donate(0, BLOCK);
	tlbi = last_tlbi(PGT_HOST, 0);
	zero = fake_find(FAKE_ZERO, 0);
	clean = fake_find(FAKE_CLEAN, 0);
	made = mapped_at(PLACE, S2_GUEST_RAM);
	assert_true(tlbi < zero && zero < clean && clean < made);
	assert_int_equal(fake.log[zero].addr, PLACE);
	assert_int_equal(fake.log[zero].size, BLOCK);
	assert_int_equal(fake.log[clean].addr, PLACE);
	assert_int_equal(fake.log[clean].size, BLOCK);
	assert_true(world_is_zero(PLACE, BLOCK));
}

static void contents_survive_until_activation(void **state)
{
	guests(false, false);
	world_fill(PLACE, BLOCK, 1);
	donate(0, PAGE_SIZE);
	assert_true(world_is(PLACE, PAGE_SIZE, 1));
	assert_int_equal(fake_count(FAKE_CLEAN), 1);
	assert_int_equal(fake_count(FAKE_ZERO), 0);
	guest.activated = true;
	donate(PAGE_SIZE, PAGE_SIZE);
	assert_true(world_is(PLACE, PAGE_SIZE, 1));
	assert_true(world_is_zero(PLACE + PAGE_SIZE, PAGE_SIZE));
}

/*
 * With FEAT_S2FWB the guest sees caches always, but what the host wrote as data must still reach
 * the instruction side.
 */
static void a_coherent_guest_needs_no_cleaning_of_zeroes(void **state)
{
	guests(true, true);
	donate(0, PAGE_SIZE);
	assert_int_equal(fake_count(FAKE_CLEAN), 0);
	assert_int_equal(fake_count(FAKE_ZERO), 1);
	guest.activated = false;
	donate(PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(fake_count(FAKE_CLEAN), 1);
}

/* The host may read past the caches what lay in memory before. */
static void a_shared_page_is_in_memory_before_the_host_has_it(void **state)
{
	unsigned int clean;

	guests(true, true);
	donate(0, PAGE_SIZE);
	fake_log_clear();
	assert_int_equal(ledger_guest_share_host(&guest, ipa(AT)), 0);
	clean = fake_find(FAKE_CLEAN, 0);
	assert_int_equal(fake.log[clean].addr, PLACE);
	assert_int_equal(fake.log[clean].size, PAGE_SIZE);
	assert_true(clean < mapped_at(PLACE, S2_HOST_RAM));
	/*
	 * And back: the host may have made a line and the memory behind it differ, which no FWB of
	 * the guest's heals.
	 */
	fake_log_clear();
	assert_int_equal(ledger_guest_unshare_host(&guest, ipa(AT), true), 0);
	clean = fake_find(FAKE_CLEAN, 0);
	assert_true(last_tlbi(PGT_HOST, 0) < clean && clean < fake.events);
	assert_int_equal(fake.log[clean].addr, PLACE);
}

static void the_guest_loses_a_page_before_the_host_gets_it_zeroed(void **state)
{
	unsigned int tlbi, zero, clean, i, given = 0;

	guests(false, false);
	donate(0, BLOCK);
	world_fill(PLACE, BLOCK, 1);
	guest.dying = true;
	fake_log_clear();
	assert_int_equal(reclaim(0, BLOCK), BLOCK);
	tlbi = fake_find(FAKE_TLBI, 0);
	zero = fake_find(FAKE_ZERO, 0);
	clean = fake_find(FAKE_CLEAN, 0);
	for (i = 0; i < fake.events; i++)
		if (fake.log[i].what == FAKE_ENTRY &&
		    pte_owner(fake.log[i].old) == OWNER_CLEANING &&
		    !pte_valid(fake.log[i].old))
			given = i;
	assert_int_equal(fake.log[tlbi].kind, PGT_GUEST);
	assert_int_equal(fake.log[tlbi].vmid, guest.owner);
	assert_int_equal(fake.log[tlbi].size, BLOCK);
	assert_true(tlbi < zero && zero < clean && clean < given);
	assert_true(world_is_zero(PLACE, BLOCK));
	assert_int_equal(world_state(PLACE), DONJON_PAGE_HOST);
	world_check(&guest);
}

static void the_host_loses_a_shared_page_before_the_guest_relies_on_it(void **state)
{
	guests(false, false);
	donate(0, PAGE_SIZE);
	assert_int_equal(ledger_guest_share_host(&guest, ipa(AT)), 0);
	world_fill(PLACE, PAGE_SIZE, 3);
	fake_log_clear();
	assert_int_equal(ledger_guest_unshare_host(&guest, ipa(AT), true), 0);
	assert_true(last_tlbi(PGT_HOST, 0) < mapped_at(PLACE, S2_GUEST_RAM));
	/* The guest's own data: nobody zeroes it. */
	assert_true(world_is(PLACE, PAGE_SIZE, 3));
	assert_int_equal(fake_count(FAKE_ZERO), 0);
}

/* The index of the store that puts this non-valid entry there, the last one. */
static unsigned int annotated_at(uint64_t owner, uint64_t ipa)
{
	unsigned int i, at = fake.events;

	for (i = 0; i < fake.events; i++)
		if (fake.log[i].what == FAKE_ENTRY && !pte_valid(fake.log[i].value) &&
		    pte_owner(fake.log[i].value) == owner && (fake.log[i].value & PTE_ADDR) == ipa)
			at = i;
	assert_true(at < fake.events);
	return at;
}

static void convert(uint64_t off, uint64_t size, enum ripas want)
{
	uint64_t done;

	fake_log_clear();
	assert_int_equal(ledger_guest_set_ripas(&guest, ipa(AT + off), size, want, CHANGE_RELEASED,
						&done),
			 0);
	assert_int_equal(done, size);
}

static void what_a_guest_gives_up_it_loses_before_the_host_gets_it_zeroed(void **state)
{
	unsigned int zero, clean, n = 2;
	uint64_t size;

	guests(true, false);
	for (size = BLOCK; n--; size = PAGE_SIZE) {
		uint64_t off = size == BLOCK ? 0 : BLOCK;

		donate(off, size);
		world_fill(PLACE + off, size, 1);
		convert(off, size, RIPAS_EMPTY);
		zero = fake_find(FAKE_ZERO, 0);
		clean = fake_find(FAKE_CLEAN, 0);
		assert_true(last_tlbi(PGT_GUEST, guest.owner) < zero);
		assert_true(annotated_at(GUEST_TAG_EMPTY, AT + off) < zero);
		assert_true(zero < clean && clean < mapped_at(PLACE + off, S2_HOST_RAM));
		assert_true(clean < mapped_at(PLACE + off, S2_GUEST_RAM));
		assert_int_equal(fake.log[clean].size, size);
		assert_true(world_is_zero(PLACE + off, size));
	}
	world_check(&guest);
}

static void what_is_made_ram_again_both_lose_before_the_guest_gets_it_zeroed(void **state)
{
	unsigned int zero, clean, private;

	guests(true, false);
	donate(0, BLOCK);
	convert(0, BLOCK, RIPAS_EMPTY);
	world_fill(PLACE, BLOCK, 1);
	convert(0, BLOCK, RIPAS_RAM);
	zero = fake_find(FAKE_ZERO, 0);
	clean = fake_find(FAKE_CLEAN, 0);
	private = mapped_at(PLACE, S2_GUEST_RAM);
	assert_true(last_tlbi(PGT_GUEST, guest.owner) < zero);
	assert_true(last_tlbi(PGT_HOST, 0) < zero);
	assert_true(annotated_at(OWNER_CLEANING, PLACE) < zero);
	assert_true(zero < clean && clean < annotated_at(guest.owner, AT) && clean < private);
	assert_true(world_is_zero(PLACE, BLOCK));
	assert_int_equal(world_state(PLACE), DONJON_PAGE_GUEST);
	world_check(&guest);
}

static void a_part_of_an_empty_block_leaves_the_rest_empty(void **state)
{
	uint64_t off;

	guests(true, false);
	convert(0, BLOCK, RIPAS_EMPTY);
	convert(PAGE_SIZE, PAGE_SIZE, RIPAS_RAM);
	assert_int_equal(guest.pages, BLOCK / PAGE_SIZE - 1);
	for (off = 0; off < BLOCK; off += PAGE_SIZE) {
		unsigned int level;
		pte_t pte = pgtable_get(&guest.pgt, AT + off, &level);

		if (off == PAGE_SIZE) {
			assert_int_equal(pte, 0);
			continue;
		}
		assert_int_equal(pte_owner(pte), GUEST_TAG_EMPTY);
		assert_int_equal(pte_output(pte, level, AT + off), AT + off);
	}
	world_check(&guest);
}

static void el2_lets_go_of_a_page_before_the_host_gets_it(void **state)
{
	unsigned int i, given = 0;

	assert_int_equal(ledger_host_donate_hyp(pa(PLACE), PAGE_SIZE, NULL), 0);
	fake_log_clear();
	assert_int_equal(ledger_hyp_donate_host(pa(PLACE), PAGE_SIZE), 0);
	for (i = 0; i < fake.events; i++)
		if (fake.log[i].what == FAKE_ENTRY && !pte_valid(fake.log[i].old) &&
		    pte_owner(fake.log[i].old) == OWNER_HYP)
			given = i;
	assert_true(fake_find(FAKE_CLEAN, 0) < fake_find(FAKE_TLBI, 0));
	assert_true(last_tlbi(PGT_HYP, 0) < given);
	world_check(NULL);
}

static void a_block_is_one_entry_and_one_page_of_it_splits_one_block(void **state)
{
	uint64_t writes, splits, guest_writes, guest_splits, tables;

	guests(true, false);
	tables = ledger_counter(DONJON_CNT_HOST_TABLES);
	writes = ledger_counter(DONJON_CNT_HOST_WRITES);
	splits = ledger_counter(DONJON_CNT_HOST_SPLITS);
	guest_writes = ledger_counter(DONJON_CNT_GUEST_WRITES);
	guest_splits = ledger_counter(DONJON_CNT_GUEST_SPLITS);
	donate(0, BLOCK);
	donate(BLOCK, BLOCK);
	assert_int_equal(ledger_counter(DONJON_CNT_HOST_WRITES) - writes, 2);
	assert_int_equal(ledger_counter(DONJON_CNT_GUEST_WRITES) - guest_writes, 2);
	guest.dying = true;
	assert_int_equal(reclaim(BLOCK / 2, PAGE_SIZE), PAGE_SIZE);
	assert_int_equal(ledger_counter(DONJON_CNT_HOST_SPLITS) - splits, 1);
	assert_int_equal(ledger_counter(DONJON_CNT_GUEST_SPLITS) - guest_splits, 1);
	assert_int_equal(reclaim(0, BLOCK), BLOCK - PAGE_SIZE);
	assert_int_equal(reclaim(BLOCK, BLOCK), BLOCK);
	assert_int_equal(ledger_counter(DONJON_CNT_HOST_SPLITS) - splits, 1);
	assert_int_equal(ledger_counter(DONJON_CNT_GUEST_SPLITS) - guest_splits, 1);
	assert_int_equal(ledger_counter(DONJON_CNT_HOST_TABLES), tables);
	assert_int_equal(guest.pgt.tables, 0);
	assert_int_equal(guest.pages, 0);
	world_check(&guest);
}

/* Whatever a guest did with its memory, when it is gone the tables and caches are as before. */
static void nothing_is_left_of_a_guest(void **state)
{
	uint64_t before, pool_before = pool.count, off;

	guests(true, false);
	before = world_sum(&guest);
	donate(0, BLOCK);
	donate(BLOCK, 3 * PAGE_SIZE);
	donate(2 * BLOCK + PAGE_SIZE, BLOCK);
	assert_int_equal(ledger_guest_share_host(&guest, ipa(AT)), 0);
	assert_int_equal(ledger_guest_share_host(&guest, ipa(AT + 2 * PAGE_SIZE)), 0);
	assert_int_equal(ledger_guest_unshare_host(&guest, ipa(AT), true), 0);
	assert_int_equal(ledger_force_reclaim(pa(PLACE + 3 * PAGE_SIZE)), 0);
	assert_int_equal(ledger_force_reclaim(pa(PLACE + BLOCK)), 0);
	assert_int_equal(guest.pages, 2 * PT_ENTRIES + 3);
	world_check(&guest);
	guest.dying = true;
	for (off = 0; off < 4 * BLOCK; off += BLOCK)
		reclaim(off, BLOCK);
	assert_int_equal(guest.pages, 0);
	assert_int_equal(world_sum(&guest), before);
	assert_int_equal(pool.count, pool_before);
	assert_int_equal(guest.cache.count, 16);
	world_check(&guest);
}

static void a_shared_page_goes_back_with_its_contents(void **state)
{
	guests(true, false);
	donate(0, BLOCK);
	world_fill(PLACE, BLOCK, 5);
	assert_int_equal(ledger_guest_share_host(&guest, ipa(AT + PAGE_SIZE)), 0);
	guest.dying = true;
	assert_int_equal(reclaim(0, BLOCK), BLOCK);
	assert_true(world_is_zero(PLACE, PAGE_SIZE));
	assert_true(world_is(PLACE + PAGE_SIZE, PAGE_SIZE, 6));
	assert_true(world_is_zero(PLACE + 2 * PAGE_SIZE, BLOCK - 2 * PAGE_SIZE));
}

static void forced_reclaim_takes_one_page_and_harms_no_other(void **state)
{
	uint64_t taken = PLACE + 2 * PAGE_SIZE, forced = ledger_counter(DONJON_CNT_FORCED_RECLAIMS);
	unsigned int tlbi, zero;

	guests(true, false);
	donate(0, BLOCK);
	world_fill(PLACE, BLOCK, 1);
	fake_log_clear();
	assert_int_equal(ledger_force_reclaim(pa(taken + 0x123)), 0);
	tlbi = fake_find(FAKE_TLBI, 0);
	zero = fake_find(FAKE_ZERO, 0);
	assert_int_equal(fake.log[tlbi].vmid, guest.owner);
	assert_true(tlbi < zero && zero < fake_find(FAKE_CLEAN, 0));
	assert_int_equal(fake.log[zero].addr, taken);
	assert_int_equal(fake.log[zero].size, PAGE_SIZE);
	assert_true(world_is_zero(taken, PAGE_SIZE));
	assert_true(world_is(PLACE, 2 * PAGE_SIZE, 1));
	assert_true(world_is(taken + PAGE_SIZE, BLOCK - 3 * PAGE_SIZE, 4));
	assert_int_equal(world_state(taken), DONJON_PAGE_HOST);
	assert_int_equal(world_state(PLACE), DONJON_PAGE_GUEST);
	assert_int_equal(ledger_guest_lookup(&guest, ipa(AT + 2 * PAGE_SIZE)), -EHWPOISON);
	assert_int_equal(ledger_guest_lookup(&guest, ipa(AT + 3 * PAGE_SIZE)), 0);
	assert_int_equal(ledger_counter(DONJON_CNT_FORCED_RECLAIMS), forced + 1);
	world_touch(taken);
	/*
	 * The page is the host's like any other, and the guest does not get another one in its
	 * place.
	 */
	assert_int_equal(ledger_host_map_guest(&guest, pa(PLACE + BLOCK), ipa(AT + 2 * PAGE_SIZE),
					       PAGE_SIZE),
			 -EHWPOISON);
	world_check(&guest);
}

static void a_poisoned_page_is_not_counted_as_reclaimed(void **state)
{
	guests(true, false);
	donate(0, 4 * PAGE_SIZE);
	assert_int_equal(ledger_force_reclaim(pa(PLACE + PAGE_SIZE)), 0);
	guest.dying = true;
	assert_int_equal(reclaim(0, 4 * PAGE_SIZE), 3 * PAGE_SIZE);
	assert_int_equal(guest.pages, 0);
}

/*
 * Once a block is mapped, no shortage can keep the host from taking a page of it, nor the guest
 * from sharing one. The pool pays for none of it: its pages must not wander into the VM's cache,
 * which goes back to the host.
 */
static void the_table_for_a_split_is_there_since_the_block_was_mapped(void **state)
{
	uint64_t off, spare = 0, pages;
	int answer;

	guests(true, false);
	world_set_cache(&guest.cache, 7);
	while (!(answer = ledger_host_map_guest(&guest, pa(PLACE + spare), ipa(AT + spare), BLOCK)))
		spare += BLOCK;
	assert_int_equal(answer, -ENOBUFS);
	assert_true(spare >= 2 * BLOCK);
	pages = pool.count + ledger_host_table()->tables;
	assert_int_equal(ledger_guest_share_host(&guest, ipa(AT)), 0);
	for (off = BLOCK; off < spare; off += BLOCK)
		assert_int_equal(ledger_force_reclaim(pa(PLACE + off)), 0);
	assert_int_equal(pool.count + ledger_host_table()->tables, pages);
	world_check(&guest);
	guest.dying = true;
	for (off = 0; off < spare; off += BLOCK)
		reclaim(off, BLOCK);
	assert_int_equal(guest.cache.count, 7);
	assert_int_equal(pool.count + ledger_host_table()->tables, pages);
}

static void a_dying_guest_gets_nothing(void **state)
{
	uint64_t sum, done = 0;

	guests(true, false);
	assert_int_equal(ledger_host_map_guest(&unprotected, pa(PLACE + BLOCK), ipa(AT), BLOCK), 0);
	guest.dying = unprotected.dying = true;
	sum = world_sum(&guest) ^ world_sum(&unprotected);
	assert_int_equal(ledger_host_map_guest(&guest, pa(PLACE), ipa(AT), BLOCK), -ESHUTDOWN);
	assert_int_equal(ledger_host_map_guest(&unprotected, pa(PLACE), ipa(0), BLOCK), -ESHUTDOWN);
	assert_int_equal(world_sum(&guest) ^ world_sum(&unprotected), sum);
	assert_int_equal(reclaim(0, BLOCK), 0);
	assert_int_equal(fake_return(ledger_reclaim, &unprotected, ipa(AT), BLOCK, &done), 0);
	assert_int_equal(done, BLOCK);
	assert_int_equal(unprotected.pages, 0);
	/* Shared memory was never hidden from the host: it keeps its contents. */
	assert_int_equal(fake_count(FAKE_ZERO), 0);
}

static void unsharing_takes_what_is_there(void **state)
{
	uint64_t done;

	guests(false, false);
	assert_int_equal(ledger_host_map_guest(&unprotected, pa(PLACE), ipa(AT), 2 * PAGE_SIZE), 0);
	assert_int_equal(ledger_host_map_guest(&unprotected, pa(PLACE + 3 * PAGE_SIZE),
					       ipa(AT + 3 * PAGE_SIZE), BLOCK),
			 0);
	world_fill(PLACE, 2 * BLOCK, 1);
	fake_log_clear();
	assert_int_equal(fake_return(ledger_host_unshare_guest, &unprotected, ipa(AT),
				     BLOCK, &done), 0);
	assert_int_equal(done, BLOCK - PAGE_SIZE);
	assert_int_equal(fake_find(FAKE_ZERO, 0), fake.events);
	assert_true(world_is(PLACE, 2 * BLOCK, 1));
	assert_int_equal(world_state(PLACE), DONJON_PAGE_HOST);
	assert_int_equal(world_state(PLACE + BLOCK), DONJON_PAGE_HOST_SHARED);
	assert_int_equal(fake_return(ledger_host_unshare_guest, &unprotected, ipa(AT + BLOCK),
				     BLOCK, &done), 0);
	assert_int_equal(done, 3 * PAGE_SIZE);
	assert_int_equal(fake_return(ledger_host_unshare_guest, &unprotected, ipa(AT),
				     BLOCK, &done), 0);
	assert_int_equal(done, 0);
	assert_int_equal(unprotected.pages, 0);
	assert_int_equal(ledger_counter(DONJON_CNT_HOST_TABLES), ledger_host_table()->tables);
	world_check(&unprotected);
}

static void a_reset_leaves_no_secret(void **state)
{
	guests(false, false);
	world_fill(PLACE - BLOCK, 5 * BLOCK, 1);
	donate(0, BLOCK);
	donate(BLOCK + PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(ledger_guest_share_host(&guest, ipa(AT + PAGE_SIZE)), 0);
	assert_int_equal(
		ledger_host_map_guest(&unprotected, pa(PLACE + 2 * BLOCK), ipa(AT), PAGE_SIZE), 0);
	ledger_scrub_all(true);
	assert_true(world_is_zero(PLACE, PAGE_SIZE));
	assert_true(world_is_zero(PLACE + 2 * PAGE_SIZE, BLOCK - 2 * PAGE_SIZE));
	assert_true(world_is_zero(PLACE + BLOCK + PAGE_SIZE, PAGE_SIZE));
	assert_true(world_is(PLACE + PAGE_SIZE, PAGE_SIZE, PT_ENTRIES + 2));
	assert_true(world_is(PLACE + BLOCK, PAGE_SIZE, 2 * PT_ENTRIES + 1));
	assert_true(world_is(PLACE + 2 * BLOCK, PAGE_SIZE, 3 * PT_ENTRIES + 1));
	assert_true(world_is(PLACE - BLOCK, BLOCK, 1));
}

static void pages_zeroed_before_a_reset_reach_memory(void **state)
{
	unsigned int i, zero, clean;

	guests(true, false);
	donate(0, 2 * PAGE_SIZE);
	donate(BLOCK, BLOCK);
	hooks_stop();
	fake_log_clear();
	ledger_scrub_all(true);
	assert_int_equal(fake_count(FAKE_ZERO), 3);
	assert_int_equal(fake_count(FAKE_CLEAN), 3);
	for (i = 0, zero = 0, clean = 0; i < 3; i++, zero++, clean++) {
		zero = fake_find(FAKE_ZERO, zero);
		clean = fake_find(FAKE_CLEAN, clean);
		assert_true(zero < clean);
		assert_int_equal(fake.log[clean].addr, fake.log[zero].addr);
		assert_int_equal(fake.log[clean].size, fake.log[zero].size);
	}
}

static void the_host_maps_the_largest_block_that_its_region_allows(void **state)
{
	unsigned int level;

	world_touch(PLACE + PAGE_SIZE);
	pgtable_get(ledger_host_table(), PLACE, &level);
	assert_true(level <= PT_L2);
	world_touch(FIRMWARE_BASE - PAGE_SIZE);
	pgtable_get(ledger_host_table(), FIRMWARE_BASE - PAGE_SIZE, &level);
	assert_int_equal(level, PT_LAST_LEVEL);
	world_touch(FIRMWARE_BASE);
	assert_int_equal(pgtable_get(ledger_host_table(), FIRMWARE_BASE, &level) &
				 (MASK(11, 2) | BIT(54)),
			 S2_HOST_FIRMWARE);
	world_touch(HOLE_BASE);
	assert_int_equal(pgtable_get(ledger_host_table(), HOLE_BASE, &level) &
				 (MASK(11, 2) | BIT(54)),
			 S2_HOST_DEVICE);
	assert_int_equal(level, PT_L2);
	world_touch(0);
	world_touch((1UL << HOST_IA_BITS) - PAGE_SIZE);
	world_check(NULL);
}

static void faults_of_the_host_are_answered(void **state)
{
	unsigned int owner;

	guests(true, false);
	donate(0, BLOCK);
	assert_int_equal(ledger_host_fault(pa(PLACE + PAGE_SIZE), &owner, NULL), -EPERM);
	assert_int_equal(owner, guest.owner);
	assert_int_equal(ledger_guest_share_host(&guest, ipa(AT + PAGE_SIZE)), 0);
	assert_int_equal(ledger_host_fault(pa(PLACE + PAGE_SIZE), &owner, NULL), 0);
	assert_int_equal(ledger_host_fault(pa(1UL << HOST_IA_BITS), &owner, NULL), -EINVAL);
	assert_int_equal(ledger_host_fault(pa(~0UL & PAGE_MASK), &owner, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("S1, S3: ledger: the host loses a page before the guest gets it, zeroed, "
			"cleaned",
			the_host_loses_a_page_before_the_guest_gets_it_zeroed),
		PROMISE("S4: ledger: contents survive until activation",
			contents_survive_until_activation),
		PROMISE("ledger: a coherent guest needs no cleaning of zeroes",
			a_coherent_guest_needs_no_cleaning_of_zeroes),
		PROMISE("ledger: a shared page is in memory before the host has it",
			a_shared_page_is_in_memory_before_the_host_has_it),
		PROMISE("S3: ledger: the guest loses a page before the host gets it, zeroed, "
			"cleaned",
			the_guest_loses_a_page_before_the_host_gets_it_zeroed),
		PROMISE("S1: ledger: the host loses a shared page before the guest relies on it",
			the_host_loses_a_shared_page_before_the_guest_relies_on_it),
		PROMISE("S3: ledger: what a guest gives up it loses before the host gets it, "
			"zeroed, cleaned",
			what_a_guest_gives_up_it_loses_before_the_host_gets_it_zeroed),
		PROMISE("S1, S3: ledger: what is made RAM again both lose before it comes, zeroed",
			what_is_made_ram_again_both_lose_before_the_guest_gets_it_zeroed),
		PROMISE("ledger: a part of an EMPTY block leaves the rest EMPTY",
			a_part_of_an_empty_block_leaves_the_rest_empty),
		PROMISE("S7: ledger: EL2 lets go of a page before the host gets it",
			el2_lets_go_of_a_page_before_the_host_gets_it),
		PROMISE("ledger: a block is one entry, and one page of it splits exactly one block",
			a_block_is_one_entry_and_one_page_of_it_splits_one_block),
		PROMISE("ledger: nothing is left of a guest", nothing_is_left_of_a_guest),
		PROMISE("ledger: a shared page goes back with its contents",
			a_shared_page_goes_back_with_its_contents),
		PROMISE("S3: ledger: forced reclaim takes one page and harms no other",
			forced_reclaim_takes_one_page_and_harms_no_other),
		PROMISE("ledger: a poisoned page is not counted as reclaimed",
			a_poisoned_page_is_not_counted_as_reclaimed),
		PROMISE("ledger: the table for a split is there since the block was mapped",
			the_table_for_a_split_is_there_since_the_block_was_mapped),
		PROMISE("ledger: a dying guest gets nothing", a_dying_guest_gets_nothing),
		PROMISE("ledger: unsharing takes what is there", unsharing_takes_what_is_there),
		PROMISE("S3: ledger: a reset leaves no secret", a_reset_leaves_no_secret),
		PROMISE("S3: ledger: pages zeroed before a reset reach memory",
			pages_zeroed_before_a_reset_reach_memory),
		PROMISE("ledger: the host maps the largest block that its region allows",
			the_host_maps_the_largest_block_that_its_region_allows),
		PROMISE("S1: ledger: faults of the host are answered",
			faults_of_the_host_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
