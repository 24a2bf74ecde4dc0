// SPDX-License-Identifier: GPL-2.0-only
/* Transitions between the host and EL2. */
#include <el2/hyp_memory.h>
#include <el2/ledger_internal.h>
#include <arch/cache.h>

static int claim(pa_t pa, uint64_t size)
{
	int ret = host_expect(pa, size, DONJON_PAGE_HOST) ?:
		  host_tables(pa, size, annotation(OWNER_HYP, ipa(0)), 0);

	if (!ret)
		host_set(pa, size, annotation(OWNER_HYP, ipa(0)));
	return ret;
}

int ledger_claim_hyp(pa_t base, uint64_t size)
{
	uint64_t off = 0, part;
	int ret = 0;

	spin_lock(&host_lock);
	for (; !ret && off < size; off += part) {
		part = min_u64(size - off, PT_MAX_RANGE - ((base.v + off) & (PT_MAX_RANGE - 1)));
		ret = claim(pa(base.v + off), part);
	}
	spin_unlock(&host_lock);
	return ret;
}

static void lock_both(void)
{
	spin_lock(&host_lock);
	spin_lock(&hyp_lock);
}

static void unlock_both(void)
{
	spin_unlock(&hyp_lock);
	spin_unlock(&host_lock);
}

/* The host's pages are its own, and EL2 has nothing there. */
static int expect_host_alone(pa_t pa, uint64_t size)
{
	return host_expect(pa, size, DONJON_PAGE_HOST) ?: hyp_expect(pa, size, HYP_NOTHING);
}

/* The pool has pages for the host's table, and for EL2's beside the reserve (L6). */
static int pool_expect(uint64_t host, uint64_t own, uint64_t feeds)
{
	uint64_t reserve = ledger_reserve(feeds);

	return cache_expect(&pool, own + (own && reserve > host ? reserve : host));
}

int ledger_host_donate_hyp(pa_t pa, uint64_t size, struct page_cache *cache)
{
	int ret;

	lock_both();
	ret = expect_host_alone(pa, size) ?:
	      pool_expect(host_tables_needed(pa, size, annotation(OWNER_HYP, ipa(0))),
			  hyp_tables_needed(pa, size), cache == &pool ? POOL_FEED : 0);
	if (ret)
		goto unlock;

	/* Nothing fails below. */
	host_set(pa, size, annotation(OWNER_HYP, ipa(0)));
	hyp_map(pa, size, PAGE_OWNED);
unlock:
	unlock_both();
	if (!ret && cache)
		cache_fill(cache, pa, size);
	return ret;
}

int ledger_host_share_hyp(pa_t pa)
{
	struct pt_leaf shared = mapping(pa, S2_HOST_RAM, PAGE_SHARED_OWNED);
	int ret;

	lock_both();
	ret = expect_host_alone(pa, PAGE_SIZE) ?:
	      pool_expect(host_tables_needed(pa, PAGE_SIZE, shared),
			  hyp_tables_needed(pa, PAGE_SIZE), 0);
	if (ret)
		goto unlock;

	/* Nothing fails below. */
	host_set(pa, PAGE_SIZE, shared);
	hyp_map(pa, PAGE_SIZE, PAGE_SHARED_BORROWED);
unlock:
	unlock_both();
	return ret;
}

int ledger_hyp_donate_host(pa_t pa, uint64_t size)
{
	int ret;

	lock_both();
	ret = host_expect(pa, size, DONJON_PAGE_HYP) ?: hyp_expect(pa, size, HYP_OWNED) ?:
	      host_tables(pa, size, nothing(), hyp_tables_needed(pa, size));
	if (ret)
		goto unlock;

	/* Nothing fails below. */
	arch_clean_range(pa.v, size);
	hyp_unmap(pa, size);
	host_set(pa, size, nothing());
unlock:
	unlock_both();
	return ret;
}

int ledger_host_unshare_hyp(pa_t pa)
{
	int ret;

	lock_both();
	ret = host_expect(pa, PAGE_SIZE, DONJON_PAGE_HOST_SHARED) ?:
	      hyp_expect(pa, PAGE_SIZE, HYP_BORROWED);
	if (ret)
		goto unlock;

	/* Nothing fails below: both entries are pages already. */
	hyp_unmap(pa, PAGE_SIZE);
	host_set(pa, PAGE_SIZE, mapping(pa, S2_HOST_RAM, PAGE_OWNED));
unlock:
	unlock_both();
	return ret;
}
