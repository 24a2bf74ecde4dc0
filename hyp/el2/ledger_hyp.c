// SPDX-License-Identifier: GPL-2.0-only
/* Transitions between the host and EL2. */
#include <el2/hyp_memory.h>
#include <el2/ledger_internal.h>
#include <arch/cache.h>

int ledger_claim_hyp(pa_t base, uint64_t size)
{
	uint64_t off = 0, part;
	int ret = 0;

	spin_lock(&host_lock);
	for (; !ret && off < size; off += part) {
		part = min_u64(size - off, PT_MAX_RANGE - ((base.v + off) & (PT_MAX_RANGE - 1)));
		ret = host_expect(base.v + off, part, DONJON_PAGE_HOST);
		ret = ret ?: host_tables(base.v + off, part, annotation(OWNER_HYP, 0), 0);
		if (!ret)
			host_set(base.v + off, part, annotation(OWNER_HYP, 0));
	}
	spin_unlock(&host_lock);
	return ret;
}

/* The host's pages are its own and EL2 has nothing there; *tables grows by what the change to leaf takes from the pool. */
static int check_for_hyp(pa_t pa, uint64_t size, struct pt_leaf leaf, uint64_t *tables)
{
	int ret = host_expect(pa.v, size, DONJON_PAGE_HOST);

	ret = ret ?: hyp_expect(pa, size, HYP_NOTHING);
	if (!ret)
		*tables += pgtable_tables_needed(&host_pgt, pa.v, size, &leaf) + hyp_tables_needed(pa, size);
	return ret;
}

/* Donates size bytes at donated and shares shared bytes, a page or nothing, at lent. */
static int give_to_hyp(pa_t donated, uint64_t size, pa_t lent, uint64_t shared)
{
	uint64_t tables = 0;
	int ret = 0;

	spin_lock(&host_lock);
	hyp_memory_lock();
	if (size)
		ret = check_for_hyp(donated, size, annotation(OWNER_HYP, 0), &tables);
	if (!ret && shared)
		ret = check_for_hyp(lent, shared, mapping(lent.v, S2_HOST_RAM, PAGE_SHARED_OWNED), &tables);
	ret = ret ?: cache_expect(&pool, tables);
	if (!ret && size) {
		host_set(donated.v, size, annotation(OWNER_HYP, 0));
		hyp_map(donated, size, PAGE_OWNED);
	}
	if (!ret && shared) {
		host_set_state(lent.v, shared, PAGE_SHARED_OWNED);
		hyp_map(lent, shared, PAGE_SHARED_BORROWED);
	}
	hyp_memory_unlock();
	spin_unlock(&host_lock);
	return ret;
}

int ledger_host_donate_hyp(pa_t pa, uint64_t size)
{
	return give_to_hyp(pa, size, pa, 0);
}

int ledger_host_share_hyp(pa_t pa)
{
	return give_to_hyp(pa, 0, pa, PAGE_SIZE);
}

int ledger_host_donate_and_share_hyp(pa_t donated, pa_t lent)
{
	return give_to_hyp(donated, PAGE_SIZE, lent, PAGE_SIZE);
}

int ledger_hyp_donate_host(pa_t pa, uint64_t size)
{
	int ret;

	spin_lock(&host_lock);
	hyp_memory_lock();
	ret = host_expect(pa.v, size, DONJON_PAGE_HYP);
	ret = ret ?: hyp_expect(pa, size, HYP_OWNED);
	ret = ret ?: host_tables(pa.v, size, annotation(OWNER_HOST, 0), hyp_tables_needed(pa, size));
	if (!ret) {
		arch_clean_range(pa.v, size);
		hyp_unmap(pa, size);
		host_set(pa.v, size, annotation(OWNER_HOST, 0));
	}
	hyp_memory_unlock();
	spin_unlock(&host_lock);
	return ret;
}

int ledger_host_unshare_hyp(pa_t pa)
{
	int ret;

	spin_lock(&host_lock);
	hyp_memory_lock();
	ret = host_expect(pa.v, PAGE_SIZE, DONJON_PAGE_HOST_SHARED);
	ret = ret ?: hyp_expect(pa, PAGE_SIZE, HYP_BORROWED);
	if (!ret) {
		hyp_unmap(pa, PAGE_SIZE);
		host_set_state(pa.v, PAGE_SIZE, PAGE_OWNED);
	}
	hyp_memory_unlock();
	spin_unlock(&host_lock);
	return ret;
}
