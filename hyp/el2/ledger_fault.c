// SPDX-License-Identifier: GPL-2.0-only
/* Faults of the host, and the end of the machine. */
#include <el2/ledger_internal.h>
#include <el2/regions.h>
#include <arch/cache.h>

/* GUEST -> HOST, zeroed; the guest's entry is poisoned. */
static int poison(struct guest_memory *guest, pa_t pa, ipa_t ipa)
{
	struct pt_leaf poisoned = { .owner = GUEST_TAG_POISONED };
	struct guest_leaf p = guest_leaf_at(guest, ipa, ipa.v + PAGE_SIZE);
	/* with the guest's root, when the machine was to be reset */
	bool gone = guest->dying && !p.pte;
	int ret = 0;

	EL2_ASSERT(gone || (pte_valid(p.pte) && p.pa.v == pa.v &&
			    leaf_kind(guest, ipa, &p) == LEAF_PRIVATE));
	if (!gone)
		ret = guest_tables(guest, ipa, PAGE_SIZE, poisoned);
	ret = ret ?: host_tables(pa, PAGE_SIZE, nothing(), 0);
	if (ret)
		return ret;

	/* Nothing fails below. */
	if (!gone)
		guest_set(guest, ipa, PAGE_SIZE, poisoned);
	arch_zero_range(pa.v, PAGE_SIZE);
	arch_clean_range(pa.v, PAGE_SIZE);
	host_set(pa, PAGE_SIZE, nothing());
	ledger_forced_reclaims++;
	return 0;
}

int ledger_force_reclaim(pa_t addr)
{
	pa_t page = pa(addr.v & PAGE_MASK);
	struct guest_memory *guest;
	unsigned int level;
	int ret;
	pte_t pte;

	spin_lock(&host_lock);
	pte = pgtable_get(&host_pgt, page.v, &level);
	switch (host_entry_state(pte)) {
	case DONJON_PAGE_GUEST:
		guest = ledger_guests[pte_owner(pte) - OWNER_GUEST];
		EL2_ASSERT(guest);
		spin_lock(&guest->lock);
		ret = poison(guest, page, ipa(pte_output(pte, level, page.v)));
		spin_unlock(&guest->lock);
		break;
	case DONJON_PAGE_HYP:
		ret = -EPERM;
		break;
	default:
		ret = 0;	/* given back in the meantime, or about to be */
	}
	spin_unlock(&host_lock);
	return ret;
}

/* The host's entry at this level is 0: maps the largest block that lies in one region or hole. */
static int map_for_host(pa_t pa, unsigned int level)
{
	uint64_t start, end;
	unsigned int type = region_find(pa.v, &start, &end);
	uint64_t attr = type == DONJON_REGION_RAM ? S2_HOST_RAM :
			type == DONJON_REGION_FIRMWARE ? S2_HOST_FIRMWARE : S2_HOST_DEVICE;

	SPIN_ASSERT_HELD(LOCK_HOST);
	if (type == DONJON_REGION_DENIED)
		return -ENOENT;
	if (level < PT_BLOCK_LEVEL)
		level = PT_BLOCK_LEVEL;
	for (; level < PT_LAST_LEVEL; level++) {
		uint64_t base = align_down(pa.v, level_size(level));

		if (base >= start && end - base >= level_size(level))
			break;
	}
	return pgtable_map_lazily(&host_pgt, pa.v, level, attr);
}

int ledger_host_fault(pa_t pa, unsigned int *owner, uint64_t *ipa)
{
	unsigned int level;
	int ret = 0;
	pte_t pte;

	*owner = OWNER_HOST;
	if (pa.v >> host_pgt.ia_bits)
		return -EINVAL;
	spin_lock(&host_lock);
	pte = pgtable_get(&host_pgt, pa.v, &level);
	if (!pte) {
		ret = map_for_host(pa, level);
	} else if (!pte_valid(pte) && pte_owner(pte) != OWNER_CLEANING) {
		*owner = pte_owner(pte);
		if (ipa)
			*ipa = pte_output(pte, level, pa.v);
		ret = -EPERM;
	}
	spin_unlock(&host_lock);
	return ret;
}

void ledger_scrub_all(bool locked)
{
	uint64_t addr, limit = 1UL << host_pgt.ia_bits;

	if (locked)
		spin_lock(&host_lock);
	for (addr = 0; addr < limit;) {
		unsigned int level;
		pte_t pte = pgtable_get(&host_pgt, addr, &level);
		uint64_t size = level_size(level), step = min_u64(size, PT_MAX_RANGE);
		uint64_t base = align_down(addr, size), off;

		if (!pte_valid(pte) && pte_owner(pte) >= OWNER_GUEST)
			for (off = 0; off < size; off += step) {
				arch_zero_range(base + off, step);
				arch_clean_range(base + off, step);
			}
		addr = base + size;
	}
	if (locked)
		spin_unlock(&host_lock);
}
