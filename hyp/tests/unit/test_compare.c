// SPDX-License-Identifier: GPL-2.0-only
/*
 * The specification beside the tables: each thing that the comparison looks at is broken once
 * behind the ledger's back, and it says so.
 */
#include "world.h"
#include <arch/memory.h>
#include <tests/spec/hooks.h>

#define BASE	(FREE_BASE + 4 * BLOCK)
#define GUEST_AT (2 * BLOCK)

static struct guest_memory guest, other;

/*
 * The guest has a block, one page of it shared, one lost, one EMPTY; EL2 has a page and has
 * borrowed one.
 */
static void populate(void)
{
	uint64_t done;

	world_guest(&guest, true, 24);
	world_guest(&other, true, 24);
	assert_int_equal(ledger_host_map_guest(&guest, pa(BASE), ipa(GUEST_AT), BLOCK), 0);
	assert_int_equal(
		ledger_host_map_guest(&guest, pa(BASE + BLOCK), ipa(GUEST_AT + BLOCK), BLOCK), 0);
	assert_int_equal(ledger_guest_share_host(&guest, ipa(GUEST_AT + PAGE_SIZE)), 0);
	assert_int_equal(ledger_force_reclaim(pa(BASE + 2 * PAGE_SIZE)), 0);
	assert_int_equal(ledger_host_donate_hyp(pa(BASE + 2 * BLOCK), PAGE_SIZE, NULL), 0);
	assert_int_equal(ledger_host_share_hyp(pa(BASE + 2 * BLOCK + PAGE_SIZE)), 0);
	assert_int_equal(ledger_guest_set_ripas(&guest, ipa(GUEST_AT + 3 * PAGE_SIZE), PAGE_SIZE,
						RIPAS_EMPTY, 0, &done),
			 0);
}

static pte_t *host_entry(uint64_t off)
{
	unsigned int level;

	return pgtable_entry(ledger_host_table(), BASE + off, &level);
}

static pte_t *guest_entry(uint64_t off)
{
	unsigned int level;

	return pgtable_entry(&guest.pgt, GUEST_AT + off, &level);
}

static pte_t *hyp_entry(uint64_t off)
{
	struct pgtable hyp;
	unsigned int level;

	pgtable_init(&hyp, PGT_HYP, HYP_VA_BITS, 0, fake_page(fake.hyp_root), fake.hyp_root, &pool);
	return pgtable_entry(&hyp, arch_linear_va(BASE + off), &level);
}

static void annotation_of_another_ipa(void)
{
	*host_entry(0) += PAGE_SIZE;
}

static void annotation_of_a_block_of_another_ipa(void)
{
	*host_entry(BLOCK) += BLOCK;
}

static void annotation_of_another_guest(void)
{
	*host_entry(0) += 1UL << PTE_OWNER_SHIFT;
}

static void annotation_with_other_bits(void)
{
	*host_entry(0) |= BIT(60);
}

static void host_has_a_guests_page(void)
{
	*host_entry(0) = BASE | 0x7fc | PTE_VALID | PTE_TYPE;
}

static void host_maps_another_page(void)
{
	*host_entry(PAGE_SIZE) += PAGE_SIZE;
}

static void host_shared_page_is_executable_device(void)
{
	*host_entry(PAGE_SIZE) |= BIT(54);
}

static void guest_has_another_page(void)
{
	*guest_entry(0) += 3 * PAGE_SIZE;
}

static void guest_has_a_page_twice(void)
{
	*guest_entry(2 * PAGE_SIZE) = *guest_entry(0);
}

static void guest_shares_what_the_host_does_not_know(void)
{
	*guest_entry(0) |= (pte_t)PAGE_SHARED_OWNED << PTE_STATE_SHIFT;
}

static void poison_is_gone(void)
{
	*guest_entry(2 * PAGE_SIZE) = 0;
}

static void a_page_is_poisoned(void)
{
	*guest_entry(0) = GUEST_TAG_POISONED << PTE_OWNER_SHIFT;
}

static void empty_is_gone(void)
{
	*guest_entry(3 * PAGE_SIZE) = GUEST_TAG_POISONED << PTE_OWNER_SHIFT;
}

static void a_page_is_empty(void)
{
	*guest_entry(0) = (GUEST_AT & PTE_ADDR) | GUEST_TAG_EMPTY << PTE_OWNER_SHIFT;
}

static void empty_names_another_address(void)
{
	*guest_entry(3 * PAGE_SIZE) += PAGE_SIZE;
}

static void unprotected_ipa_has_another_page(void)
{
	*guest_entry((1UL << (GUEST_IA_BITS - 1)) + 3 * PAGE_SIZE) += PAGE_SIZE;
}

static void unprotected_ipa_is_private(void)
{
	*guest_entry((1UL << (GUEST_IA_BITS - 1)) + 3 * PAGE_SIZE) &= ~PTE_STATE;
}

static void guest_counts_one_page_less(void)
{
	guest.pages--;
}

static void guest_counts_one_block_less(void)
{
	guest.pgt.blocks--;
}

static void guest_counts_one_table_more(void)
{
	guest.pgt.tables++;
}

static void guest_has_another_vmid(void)
{
	guest.pgt.vmid++;
}

static void reserved_page_is_gone(void)
{
	while (guest.cache.count)
		cache_pop(&guest.cache);
}

/* In the entry above the page's. */
static void host_counts_one_reference_less(void)
{
	const struct pgtable *host = ledger_host_table();
	unsigned int level = host->start_level;
	uint64_t i = BASE >> level_shift(level);
	pte_t *table = host->root;

	for (; level < PT_L2; i = (BASE >> level_shift(level)) & (PT_ENTRIES - 1)) {
		table = fake_page(table[i] & PTE_ADDR);
		level++;
	}
	table[i] -= PTE_COUNT_ONE;
}

static void hyp_does_not_map_its_page(void)
{
	*hyp_entry(2 * BLOCK) = 0;
}

static void hyp_maps_a_guests_page(void)
{
	*hyp_entry(2 * BLOCK) += PAGE_SIZE;
}

static void hyp_owns_what_it_borrowed(void)
{
	*hyp_entry(2 * BLOCK + PAGE_SIZE) &= ~PTE_STATE;
}

static const struct {
	const char *name;
	void (*breaks)(void);
	const char *says;		/* a part of the message */
} breakages[] = {
	{ "annotation of another IPA", annotation_of_another_ipa, "IPA" },
	{ "block annotated with another IPA", annotation_of_a_block_of_another_ipa, "IPA" },
	{ "annotation of another guest", annotation_of_another_guest, "says GUEST" },
	{ "annotation with other bits", annotation_with_other_bits, "P2" },
	{ "the host has a guest's page", host_has_a_guests_page,
	  "says HOST, specification says GUEST" },
	{ "the host maps another page", host_maps_another_page, "mapping is wrong" },
	{ "a shared page's attributes", host_shared_page_is_executable_device, "mapping is wrong" },
	{ "the guest has another page", guest_has_another_page, "the guest's table says" },
	{ "the guest has a page twice", guest_has_a_page_twice, "the guest's table says" },
	{ "the guest alone shares a page", guest_shares_what_the_host_does_not_know,
	  "GUEST_SHARED" },
	{ "poison is gone", poison_is_gone, "P1" },
	{ "a page is poisoned", a_page_is_poisoned, "poisoned" },
	{ "EMPTY is gone", empty_is_gone, "poisoned" },
	{ "a page is EMPTY", a_page_is_empty, "is EMPTY" },
	{ "EMPTY with another address", empty_names_another_address, "another address" },
	{ "another page at the unprotected IPA", unprotected_ipa_has_another_page,
	  "the guest's table says" },
	{ "the page at the unprotected IPA is private", unprotected_ipa_is_private,
	  "the guest's table says" },
	{ "a page not counted", guest_counts_one_page_less, "pages counted" },
	{ "a block not counted", guest_counts_one_block_less, "blocks counted" },
	{ "a table counted twice", guest_counts_one_table_more, "tables" },
	{ "another VMID", guest_has_another_vmid, "VMID" },
	{ "the reserved page is gone", reserved_page_is_gone, "L5" },
	{ "a reference too few", host_counts_one_reference_less, "P1" },
	{ "EL2 does not map its page", hyp_does_not_map_its_page, "P1" },
	{ "EL2 maps another page", hyp_maps_a_guests_page, "linear" },
	{ "EL2 owns what it borrowed", hyp_owns_what_it_borrowed, "EL2's table says HYP" },
};

/* Whether the next operation, which changes nothing, panics. */
static bool is_seen(void)
{
	return fake_panics(ledger_force_reclaim(pa(FREE_BASE)));
}

static void the_comparison_sees_what_is_broken(void **state)
{
	unsigned int i;

	_Static_assert(2 * ARRAY_SIZE(breakages) < DONJON_MAX_VMS, "owner numbers");
	for (i = 0; i < ARRAY_SIZE(breakages); i++) {
		world_setup(NULL);
		populate();
		assert_false(is_seen());
		breakages[i].breaks();
		if (!is_seen())
			fail_msg("%s: not seen", breakages[i].name);
		if (!strstr(fake.panic, breakages[i].says) || !strstr(fake.panic, "force_reclaim"))
			fail_msg("%s: told as \"%s\"", breakages[i].name, fake.panic);
		/* The lock is still held: the next world begins with another. */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "S1, S7: specification: the comparison sees what is broken",
		  the_comparison_sees_what_is_broken, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
