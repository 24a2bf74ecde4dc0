// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single pages that EL2 holds for a VM, besides its own block. They bear the VM's mark, so that a
 * page that was never donated is not freed when EL2 gives it "back".
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "donated.h"
#include "el2/errors.h"
#include "el2/pool.h"
#include "vm_types.h"

#define TOPUP_ORDER	4

void donated_mark(struct vm *vm, struct page *page)
{
	set_page_private(page, (unsigned long)vm);
}

void donated_free(struct vm *vm, struct page *page)
{
	if (WARN_ON_ONCE(page_private(page) != (unsigned long)vm))
		return;
	set_page_private(page, 0);
	__free_page(page);
}

int donated_topup(struct vm *vm, unsigned int count)
{
	while (count) {
		unsigned int order = TOPUP_ORDER, i;
		struct page *page;
		long code;

		page = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY, order);
		if (page) {
			/* EL2 gives them back one by one. */
			split_page(page, order);
		} else {
			order = 0;
			page = alloc_page(GFP_KERNEL_ACCOUNT);
			if (!page)
				return -ENOMEM;
		}
		for (i = 0; i < 1U << order; i++)
			donated_mark(vm, page + i);
		code = hyp_call_fed(DONJON_HC_VM_TOPUP, vm->handle, page_to_phys(page),
				    PAGE_SIZE << order, 0).code;
		if (code) {
			for (i = 0; i < 1U << order; i++)
				donated_free(vm, page + i);
			return hyp_errno(code);
		}
		count -= min(count, 1U << order);
	}
	return 0;
}
