// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single pages that EL2 holds for a VM, besides the VM's own block. They bear the VM's mark, so
 * that a page that was never donated is not freed when EL2 gives it "back".
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "donated.h"
#include "el2/offline.h"
#include "el2/pool.h"
#include "vm_types.h"

#define TOPUP_ORDER	4
#define TOPUP_MAX	64	/* whatever EL2 says */
/* Other vCPUs may take the pages that a call was fed for: more tries than there are of them. */
#define FEED_TRIES	64

void donated_mark(struct vm *vm, struct page *page)
{
	set_page_private(page, (unsigned long)vm);
	offline_set(page, 1);
}

void donated_free(struct vm *vm, struct page *page)
{
	if (WARN_ON_ONCE(page_private(page) != (unsigned long)vm))
		return;
	set_page_private(page, 0);
	offline_clear(page, 1);
	__free_page(page);
}

long donated_topup(struct vm *vm, u64 missing)
{
	unsigned int count = min_t(u64, missing, TOPUP_MAX);

	while (count) {
		if (fatal_signal_pending(current))
			return DONJON_E_NO_CACHE;
		unsigned int order = TOPUP_ORDER, i;
		struct page *page;
		long code;

		page = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY, order);
		if (page) {
			/* EL2 gives them back one by one. */
			split_page(page, order);
		} else {
			order = 0;
			page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
			if (!page)
				return DONJON_E_NO_CACHE;
		}
		for (i = 0; i < 1U << order; i++)
			donated_mark(vm, page + i);
		code = hyp_call_fed(vm, DONJON_HC_VM_TOPUP, vm->handle, page_to_phys(page),
				    PAGE_SIZE << order).code;
		if (code) {
			for (i = 0; i < 1U << order; i++)
				donated_free(vm, page + i);
			return code;
		}
		count -= min(count, 1U << order);
	}
	return DONJON_OK;
}

struct hyp_result hyp_call_fed_regs(struct vm *vm, u64 fn, u64 a1, u64 a2, u64 a3, u64 a4)
{
	unsigned int tries, stamp;
	struct hyp_result r;
	long code = DONJON_OK;

	for (tries = 0; !code && tries < FEED_TRIES; tries++) {
		stamp = pool_stamp();
		r = hyp_call(fn, a1, a2, a3, a4);
		switch (r.code) {
		case DONJON_E_NO_POOL:
			code = pool_feed(r.x1, stamp);
			break;
		case DONJON_E_NO_CACHE:
			code = donated_topup(vm, r.x1);
			break;
		default:
			return r;
		}
	}
	if (code)
		r.code = code;
	return r;
}
