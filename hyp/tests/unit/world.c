// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"
#include <arch/attributes.h>
#include <arch/features.h>
#include <arch/memory.h>
#include <el2/host.h>
#include <el2/init.h>
#include <el2/random.h>
#include <tests/spec/hooks.h>

static struct page_cache carve;		/* pages of the carve-out that nobody uses */
static struct guest_memory *guests[8];
static unsigned int nr_guests;
uint64_t world_random;
static uint64_t next;			/* the carve-out below it is in use for good */
static struct pgtable hyp_view;

static void panicked(const char *what, const char *file, unsigned int line)
{
	fail_msg("EL2 panicked at %s:%u: %s", file, line, what);
}

uint64_t world_pages(uint64_t n)
{
	uint64_t base = (next + n * PAGE_SIZE - 1) & ~(n * PAGE_SIZE - 1);

	next = base + n * PAGE_SIZE;
	assert_true(next <= FAKE_RAM_BASE + CARVE_SIZE);
	return base;
}

void world_set_cache(struct page_cache *cache, uint64_t n)
{
	while (cache->count > n)
		cache_push(&carve, pa(cache_pop(cache)));
	while (cache->count < n) {
		uint64_t page = cache_pop(&carve);

		cache_push(cache, pa(page ? page : world_pages(1)));
	}
}

static bool page_is_zero(uint64_t addr)
{
	return world_is_zero(addr, PAGE_SIZE);
}

int world_setup(void **state)
{
	const struct donjon_region map[] = {
		{ FAKE_RAM_BASE, FIRMWARE_BASE - FAKE_RAM_BASE, DONJON_REGION_RAM },
		{ FIRMWARE_BASE, HOLE_BASE - FIRMWARE_BASE, DONJON_REGION_FIRMWARE },
		{ HIGH_BASE, HIGH_END - HIGH_BASE, DONJON_REGION_RAM },
		{ DENIED_BASE, PAGE_SIZE, DONJON_REGION_DENIED },
	};
	uint64_t seed[RANDOM_SEED_WORDS] = { 1, 2, 3, 4 };
	unsigned int root_pages = pgtable_root_pages(HOST_IA_BITS);
	uint64_t root;

	hooks_stop();
	hooks_is_zero = page_is_zero;
	hooks_table = fake_page;
	hooks_flags_stay = false;
	fake_reset(panicked);
	cpu_features = (struct cpu_features){ .pa_bits = HOST_IA_BITS, .nr_lrs = 4, .rng = true };
	phase_set(DONJON_PHASE_RUNNING);
	fake.initialised = true;
	next = FAKE_RAM_BASE;
	nr_guests = 0;
	cache_init(&carve);
	cache_init(&pool);
	firmware_init();
	vms_init();
	root = world_pages(pgtable_root_pages(HYP_VA_BITS));
	world_set_cache(&pool, TINY ? 159 : 24);
	fake.hyp_root = root;
	hyp_memory_init(fake_page(root), root, 0);
	world_random = world_pages(1);
	random_init(pa(world_random), seed);
	fake.smcs = 0;
	assert_int_equal(hyp_map_private(arch_linear_va(FAKE_RAM_BASE), pa(FAKE_RAM_BASE),
					 CARVE_SIZE, S1_HYP_DATA),
			 0);
	fake.check_linear = true;
	root = world_pages(root_pages);
	assert_int_equal(regions_init(map, ARRAY_SIZE(map), 1UL << PA_LIMIT_BITS), 0);
	ledger_init(HOST_IA_BITS, arch_linear(root), root);
	assert_int_equal(ledger_claim_hyp(pa(FAKE_RAM_BASE), CARVE_SIZE), 0);
	world_set_cache(&pool, TINY ? 40 : 24);
	fake_log_clear();
	return 0;
}

int world_teardown(void **state)
{
	hooks_stop();
	while (nr_guests) {
		guests[--nr_guests]->pages = 0;
		ledger_remove_guest(guests[nr_guests]);
	}
	return 0;
}

void world_guest(struct guest_memory *guest, bool protected, uint64_t n)
{
	static unsigned int owner;
	unsigned int pages = pgtable_root_pages(GUEST_IA_BITS);
	uint64_t root = world_pages(pages);

	memset(guest, 0, sizeof(*guest));
	spin_init(&guest->lock, LOCK_VM);
	cache_init(&guest->cache);
	guest->owner = OWNER_GUEST + owner++ % DONJON_MAX_VMS;
	guest->protected = protected;
	guest->ram[0].size = BIT(GUEST_IA_BITS - protected);
	guest->nr_ram = 1;
	pgtable_init(&guest->pgt, PGT_GUEST, GUEST_IA_BITS, guest->owner, arch_linear(root), root,
		     &guest->cache);
	world_set_cache(&guest->cache, n);
	ledger_add_guest(guest);
	assert_true(nr_guests < ARRAY_SIZE(guests));
	guests[nr_guests++] = guest;
}

/* -- What must not change -- */

static uint64_t mix(uint64_t sum, uint64_t v)
{
	return ((sum ^ v) * 0x100000001b3UL) ^ (sum >> 29);
}

static uint64_t sum_table(uint64_t sum, const pte_t *table, unsigned int level, uint64_t entries)
{
	uint64_t i;

	for (i = 0; i < entries; i++) {
		if (!table[i])
			continue;
		sum = mix(mix(mix(sum, level), i), table[i]);
		if (pte_is_table(table[i], level))
			sum = sum_table(sum, fake_page(table[i] & PTE_ADDR), level + 1, PT_ENTRIES);
	}
	return sum;
}

static uint64_t sum_pgtable(uint64_t sum, const struct pgtable *pgt)
{
	sum = sum_table(sum, pgt->root, pgt->start_level,
			1UL << (pgt->ia_bits - level_shift(pgt->start_level)));
	return mix(mix(sum, pgt->tables), pgt->cache->count);
}

static const struct pgtable *hyp_table(void)
{
	pgtable_init(&hyp_view, PGT_HYP, HYP_VA_BITS, 0, fake_page(fake.hyp_root), fake.hyp_root,
		     &pool);
	return &hyp_view;
}

uint64_t world_sum(const struct guest_memory *guest)
{
	uint64_t sum = sum_pgtable(sum_pgtable(0, ledger_host_table()), hyp_table());

	if (guest)
		sum = mix(sum_pgtable(sum, &guest->pgt), guest->pages);
	return sum;
}

/*
 * P4: a table of the host's that transitions have touched says something. Lazily made ones hold
 * mappings of two kinds of memory.
 */
static void check_says_something(const pte_t *table, unsigned int level, uint64_t entries,
				 uint64_t base)
{
	bool something = false;
	uint64_t i, start, end;

	for (i = 0; i < entries; i++) {
		if (pte_is_table(table[i], level)) {
			check_says_something(fake_page(table[i] & PTE_ADDR), level + 1, PT_ENTRIES,
					     base + i * level_size(level));
			something = true;
		} else if (table[i] &&
			   (!pte_valid(table[i]) || pte_state(table[i]) != PAGE_OWNED)) {
			something = true;
		}
	}
	region_find(base, &start, &end);
	if (!something && level > PT_BLOCK_LEVEL && base >= start &&
	    base + entries * level_size(level) <= end)
		fail_msg("P4: the host's table of level %u at 0x%lx says nothing", level, base);
}

static void check_pgtable(const struct pgtable *pgt, const char *name)
{
	if (pgtable_check(pgt) < 0)
		fail_msg("%s table breaks P1, P2 or P3, or its number of tables is wrong", name);
}

static uint64_t count_blocks(const pte_t *table, unsigned int level, uint64_t entries)
{
	uint64_t i, n = 0;

	for (i = 0; i < entries; i++)
		if (pte_is_table(table[i], level))
			n += level < PT_L2 ? count_blocks(fake_page(table[i] & PTE_ADDR), level + 1,
							  PT_ENTRIES)
					   : 0;
		else
			n += level == PT_L2 && table[i];
	return n;
}

/* L5: the page reserved for a later split is there, and counted right. */
static void check_deposit(const struct guest_memory *guest)
{
	const struct pgtable *pgt = &guest->pgt;
	uint64_t blocks = count_blocks(pgt->root, pgt->start_level,
				       1UL << (pgt->ia_bits - level_shift(pgt->start_level)));

	assert_int_equal(pgt->blocks, blocks);
	if (guest->cache.count < blocks)
		fail_msg("L5: %lu blocks, %lu pages in the cache", blocks, guest->cache.count);
}

void world_check(const struct guest_memory *guest)
{
	const struct pgtable *host = ledger_host_table();

	check_pgtable(host, "the host's");
	check_says_something(host->root, host->start_level,
			     1UL << (host->ia_bits - level_shift(host->start_level)), 0);
	if (guest) {
		check_pgtable(&guest->pgt, "the guest's");
		check_deposit(guest);
	}
	assert_int_equal(fake_pending(), 0);
	assert_int_equal(this_cpu()->locks_held, 0);
}

void world_touch(uint64_t addr)
{
	unsigned int owner;

	assert_int_equal(ledger_host_fault(pa(addr), &owner, NULL), 0);
}

enum donjon_page_state world_state(uint64_t addr)
{
	enum donjon_page_state state;
	unsigned int owner;
	uint64_t end, from;

	assert_int_equal(ledger_query(pa(addr), &end, &state, &owner, &from), 0);
	assert_true(end > addr);
	return state;
}

uint64_t world_fill(uint64_t addr, uint64_t size, uint64_t seed)
{
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE)
		memset(fake_page(addr + off), (int)(0x80 | ((seed + (off >> PAGE_SHIFT)) & 0x7f)),
		       PAGE_SIZE);
	return seed;
}

bool world_is(uint64_t addr, uint64_t size, uint64_t seed)
{
	uint64_t off, i;

	for (off = 0; off < size; off += PAGE_SIZE) {
		const uint8_t *page = fake_page(addr + off);

		for (i = 0; i < PAGE_SIZE; i += 61)
			if (page[i] != (0x80 | ((seed + (off >> PAGE_SHIFT)) & 0x7f)))
				return false;
	}
	return true;
}

bool world_is_zero(uint64_t addr, uint64_t size)
{
	static const uint8_t zero[PAGE_SIZE];
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE)
		if (memcmp(fake_page(addr + off), zero, PAGE_SIZE))
			return false;
	return true;
}
