// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many pages a refusal says are missing while another CPU fills the same cache. Linked with
 * --wrap=cache_short, which comes after the first look at the count.
 */
#include "world.h"
#include <arch/memory.h>

#define AT BLOCK

int __real_cache_short(const struct page_cache *cache, uint64_t missing);
int __wrap_cache_short(const struct page_cache *cache, uint64_t missing);

static struct guest_memory guest;
static uint64_t meanwhile[8];
static unsigned int pushes;

int __wrap_cache_short(const struct page_cache *cache, uint64_t missing)
{
	unsigned int i, cpu = fake_cpu;

	fake_cpu = (cpu + 1) % FAKE_CPUS; /* the end of its VM_TOPUP */
	for (i = 0; i < pushes; i++)
		cache_push((struct page_cache *)cache, pa(meanwhile[i]));
	fake_cpu = cpu;
	return __real_cache_short(cache, missing);
}

/* n: pages that arrive meanwhile. */
static void expect_missing(unsigned int n)
{
	unsigned int i;
	int ret;

	world_guest(&guest, true, 0);
	for (i = 0; i < n; i++)
		meanwhile[i] = world_pages(1);
	pushes = n;
	ret = ledger_host_map_guest(&guest, pa(FREE_BASE), ipa(AT), PAGE_SIZE);
	assert_int_equal(ret, -ENOBUFS);
	assert_in_range(*arch_pages_short(), 1, DONJON_MAP_TABLES + 1);
}

static void what_is_missing_is_told(void **state)
{
	expect_missing(0);
}

static void and_while_pages_arrive(void **state)
{
	expect_missing(ARRAY_SIZE(meanwhile));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("S5: shortage: what is missing is one page or more",
			what_is_missing_is_told),
		PROMISE("S5: shortage: the same while another CPU fills the cache",
			and_while_pages_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
