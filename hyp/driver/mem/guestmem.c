// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest RAM: the VMM's anonymous or shmem pages, pinned for as long as the guest has them, and
 * given to it by EL2.
 *
 * A page enters vm.mapped (or a block vm.blocks) before EL2 is asked, so that nothing can fail
 * afterwards, and leaves it, and its pin, only when EL2 has given it back. A page that EL2 would
 * not give back is never unpinned: the host must not use it again.
 *
 * All of it is under vm.mem_lock.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "donated.h"
#include "el2/errors.h"
#include "guestmem.h"
#include "memslot.h"
#include "vm_types.h"

#define PIN_FLAGS	(FOLL_WRITE | FOLL_LONGTERM)
#define AHEAD_PAGES	32
#define MAX_REFUSALS	16

int guestmem_init(struct vm *vm)
{
	xa_init(&vm->mapped);
	xa_init(&vm->blocks);
	vm->batch = kmalloc_array(RAM_BLOCK_PAGES, sizeof(*vm->batch), GFP_KERNEL_ACCOUNT);
	return vm->batch ? 0 : -ENOMEM;
}

void guestmem_free(struct vm *vm)
{
	kfree(vm->batch);
}

/* -- Pins -- */

static int charge(struct vm *vm, unsigned long pages)
{
	int ret = account_locked_vm(vm->mm, pages, true);

	if (!ret)
		vm->locked += pages;
	return ret;
}

static void uncharge(struct vm *vm, unsigned long pages)
{
	account_locked_vm(vm->mm, pages, false);
	vm->locked -= pages;
}

static void unpin(struct page *page, unsigned long pages, bool dirty)
{
	unpin_user_page_range_dirty_lock(page, pages, dirty);
}

/*
 * Why a page can't be pinned: -EIO for a file's memory, which its filesystem writes back, else what
 * pinning said.
 */
static int pin_error(u64 hva, int err)
{
	struct vm_area_struct *vma;

	if (err != -EFAULT && err != -EOPNOTSUPP)
		return err < 0 ? err : -EFAULT;
	mmap_read_lock(current->mm);
	vma = find_vma(current->mm, hva);
	if (vma && vma->vm_start <= hva && vma->vm_file && (vma->vm_flags & VM_WRITE))
		err = -EIO;
	mmap_read_unlock(current->mm);
	return err == -EIO ? -EIO : -EFAULT;
}

/*
 * Pins pages from hva on into vm->batch, count at most, and returns how many: one at least, or an
 * error. Only swap-backed memory: a file's pages are written back, a hugetlb page is its file's.
 */
static int pin_pages(struct vm *vm, u64 hva, int count)
{
	int i, pinned = pin_user_pages_fast(hva, count, PIN_FLAGS, vm->batch);

	if (pinned < 1)
		return pin_error(hva, pinned);
	for (i = 0; i < pinned && folio_test_swapbacked(page_folio(vm->batch[i])); i++)
		;
	if (i < pinned)
		unpin_user_pages(vm->batch + i, pinned - i);
	return i ?: -EIO;
}

/* -- Giving pages to the guest -- */

static int map_at_el2(struct vm *vm, struct page *page, u64 ipa, u64 size)
{
	return hyp_errno(hyp_call_fed(vm, DONJON_HC_VM_MAP, vm->handle, page_to_phys(page), ipa,
				      size).code);
}

/*
 * Notes count consecutive pages for ipa on, where nothing is noted yet: in one walk of the array.
 */
static int note_run(struct vm *vm, struct page *page, unsigned int count, u64 ipa)
{
	XA_STATE(xas, &vm->mapped, PHYS_PFN(ipa));
	unsigned int i = 0;

	do {
		xas_lock(&xas);
		for (; i < count; i++, xas_next(&xas)) {
			xas_store(&xas, page + i);
			if (xas_error(&xas))
				break;
		}
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL_ACCOUNT));
	if (i == count)
		return 0;
	while (i--)
		xa_erase(&vm->mapped, PHYS_PFN(ipa) + i);
	return xas_error(&xas);
}

/* Gives the guest count consecutive pages, all or none. */
static int map_run(struct vm *vm, struct page *page, unsigned int count, u64 ipa)
{
	int ret = note_run(vm, page, count, ipa);

	if (ret)
		return ret;
	ret = map_at_el2(vm, page, ipa, (u64)count << PAGE_SHIFT);
	while (ret && count--)
		xa_erase(&vm->mapped, PHYS_PFN(ipa) + count);
	return ret;
}

/*
 * Gives the guest the pages of vm->batch, consecutive ones with one call. Returns how many it has:
 * one at least, or an error.
 */
static int map_batch(struct vm *vm, int count, u64 ipa)
{
	int done, run, ret = 0;

	for (done = 0; done < count; done += run) {
		struct page *page = vm->batch[done];

		for (run = 1; done + run < count && vm->batch[done + run] == page + run; run++)
			;
		ret = map_run(vm, page, run, ipa + ((u64)done << PAGE_SHIFT));
		/*
		 * The guest has made some of them shared, or one is poisoned: only the first is
		 * asked for.
		 */
		if (ret && ret != -ENOMEM && run > 1) {
			run = 1;
			ret = map_run(vm, page, run, ipa + ((u64)done << PAGE_SHIFT));
		}
		if (ret)
			break;
	}
	return done ?: ret;
}

struct page *guestmem_page(struct vm *vm, u64 ipa)
{
	struct page *block = xa_load(&vm->blocks, ipa / RAM_BLOCK_SIZE);

	return block ? block + PHYS_PFN(ipa % RAM_BLOCK_SIZE) : xa_load(&vm->mapped, PHYS_PFN(ipa));
}

/*
 * The guest misses a page that it was given. Another vCPU was quicker, then EL2 refuses; or the
 * host's kernel had taken it by force, and the guest has made the address usable again: it gets the
 * same page. If it is refused again and again, then the VMM has given the page to somebody else.
 */
static int map_again(struct vcpu *vcpu, struct page *page, u64 ipa)
{
	int ret = map_at_el2(vcpu->vm, page, ipa, PAGE_SIZE);

	if (ret != -EEXIST && ret != -EPERM) {
		vcpu->refusals = 0;
		return ret;
	}
	vcpu->refusals = ipa == vcpu->refused ? vcpu->refusals + 1 : 1;
	vcpu->refused = ipa;
	return vcpu->refusals < MAX_REFUSALS ? 0 : ret;
}

/*
 * Can the 2 MiB around ipa be one block: aligned alike in IPA, user and physical address, all in
 * the slot, nothing there yet?
 */
static bool block_possible(struct vm *vm, const struct memslot *slot, u64 ipa, struct page *page)
{
	u64 base = ALIGN_DOWN(ipa, RAM_BLOCK_SIZE), hva = slot->hva + (ipa - slot->ipa);
	unsigned long index = PHYS_PFN(base);

	if (compound_order(compound_head(page)) < RAM_BLOCK_ORDER)
		return false;
	if (!IS_ALIGNED(ipa ^ hva, RAM_BLOCK_SIZE) || !IS_ALIGNED(ipa ^ page_to_phys(page), RAM_BLOCK_SIZE))
		return false;
	if (base < slot->ipa || base + RAM_BLOCK_SIZE > slot->ipa + slot->size)
		return false;
	return !xa_find(&vm->mapped, &index, PHYS_PFN(base) + RAM_BLOCK_PAGES - 1, XA_PRESENT);
}

/*
 * Pins a block: its pages must be the consecutive pages of one folio. NULL: they are not, or can't
 * be charged; nothing was changed. The huge page behind it is there already, so this costs one walk
 * and one reference count.
 */
static struct page *pin_block(struct vm *vm, u64 hva)
{
	struct page *first;
	int i, count;

	if (charge(vm, RAM_BLOCK_PAGES))
		return NULL;
	count = pin_user_pages_fast(hva, RAM_BLOCK_PAGES, PIN_FLAGS, vm->batch);
	first = vm->batch[0];
	for (i = 0; i < count && vm->batch[i] == first + i; i++)
		;
	/*
	 * All that was seen of the page at the fault is asked again: the VMM may have put another
	 * there.
	 */
	if (i == RAM_BLOCK_PAGES && compound_order(compound_head(first)) >= RAM_BLOCK_ORDER &&
	    IS_ALIGNED(page_to_phys(first), RAM_BLOCK_SIZE) && folio_test_swapbacked(page_folio(first)))
		return first;
	if (count > 0)
		unpin_user_pages(vm->batch, count);
	uncharge(vm, RAM_BLOCK_PAGES);
	return NULL;
}

/* True: the whole block is the guest's now. */
static bool map_block(struct vm *vm, const struct memslot *slot, u64 ipa)
{
	u64 base = ALIGN_DOWN(ipa, RAM_BLOCK_SIZE);
	struct page *page = pin_block(vm, slot->hva + (base - slot->ipa));

	if (!page)
		return false;
	if (!xa_insert(&vm->blocks, base / RAM_BLOCK_SIZE, page, GFP_KERNEL_ACCOUNT)) {
		if (!map_at_el2(vm, page, base, RAM_BLOCK_SIZE))
			return true;
		xa_erase(&vm->blocks, base / RAM_BLOCK_SIZE);
	}
	unpin(page, RAM_BLOCK_PAGES, false);
	uncharge(vm, RAM_BLOCK_PAGES);
	return false;
}

/* How many pages from ipa on, count at most, are in the slot and not the guest's yet. */
static int missing_pages(struct vm *vm, const struct memslot *slot, u64 ipa, int count)
{
	u64 end = min(slot->ipa + slot->size, ALIGN_DOWN(ipa, RAM_BLOCK_SIZE) + RAM_BLOCK_SIZE);
	unsigned long first = PHYS_PFN(ipa), index = first;
	unsigned long last = min(PHYS_PFN(end), first + count) - 1;

	if (xa_find(&vm->mapped, &index, last, XA_PRESENT))
		last = index - 1;
	return last - first + 1;
}

/* With the block around it where that is one, else with some pages behind it. */
int guestmem_map(struct vm *vm, const struct memslot *slot, u64 ipa, int count)
{
	u64 hva = slot->hva + (ipa - slot->ipa);
	int pinned, mapped, ret;

	count = missing_pages(vm, slot, ipa, count);
	if (charge(vm, count)) {
		count = 1;
		ret = charge(vm, 1);
		if (ret)
			return ret;
	}
	pinned = pin_pages(vm, hva, count);
	if (pinned > 0 && block_possible(vm, slot, ipa, vm->batch[0])) {
		unpin_user_pages(vm->batch, pinned);
		if (map_block(vm, slot, ipa)) {
			uncharge(vm, count);
			return (RAM_BLOCK_SIZE - (ipa & (RAM_BLOCK_SIZE - 1))) >> PAGE_SHIFT;
		}
		pinned = pin_pages(vm, hva, 1);
	}
	mapped = pinned > 0 ? map_batch(vm, pinned, ipa) : pinned;
	ret = max(mapped, 0);
	if (pinned > ret)
		unpin_user_pages(vm->batch + ret, pinned - ret);
	if (count > ret)
		uncharge(vm, count - ret);
	return mapped;
}

/*
 * A guest that goes through its memory page by page gets ever more of them at once: an exit for
 * each would cost it more than the page itself. One that doesn't gets what it asks for.
 */
static int fault_count(struct vcpu *vcpu, u64 ipa)
{
	bool follows = ipa == vcpu->fault_next;

	vcpu->fault_pages = follows ? clamp(2 * vcpu->fault_pages, 1, AHEAD_PAGES) : 1;
	return vcpu->fault_pages;
}

int guestmem_fault(struct vcpu *vcpu, u64 ipa)
{
	struct vm *vm = vcpu->vm;
	const struct memslot *slot;
	struct page *page;
	int ret;

	ipa &= PAGE_MASK;
	if (mutex_lock_killable(&vm->mem_lock))
		return -EINTR;
	slot = memslot_find(vm, ipa);
	page = guestmem_page(vm, ipa);
	if (!slot)
		ret = -EFAULT;
	else if (page)
		ret = map_again(vcpu, page, ipa);
	else
		ret = guestmem_map(vm, slot, ipa, fault_count(vcpu, ipa));
	mutex_unlock(&vm->mem_lock);
	if (ret > 0)
		vcpu->fault_next = ipa + ((u64)ret << PAGE_SHIFT);
	return min(ret, 0);
}

/* -- Taking pages back -- */

/* Asks EL2 for a block at a time, and lets go of its pages only if it agreed. */
static int take_blocks(struct vm *vm, u64 fn, u64 base, u64 size, unsigned long *freed)
{
	unsigned long index, last = (base + size - 1) / RAM_BLOCK_SIZE;
	struct page *page;
	int ret = 0;

	xa_for_each_range(&vm->blocks, index, page, base / RAM_BLOCK_SIZE, last) {
		long code = hyp_call_fed(vm, fn, vm->handle, index * RAM_BLOCK_SIZE,
					 RAM_BLOCK_SIZE).code;

		cond_resched();
		if (code) {
			ret = hyp_errno(code);
			continue;
		}
		xa_erase(&vm->blocks, index);
		unpin(page, RAM_BLOCK_PAGES, true);
		*freed += RAM_BLOCK_PAGES;
	}
	return ret;
}

/* The same for single pages, with one call for each 2 MiB in which there are some. */
static int take_pages(struct vm *vm, u64 fn, u64 base, u64 size, unsigned long *freed)
{
	unsigned long index, first = PHYS_PFN(base), last = PHYS_PFN(base + size) - 1, chunk = -1UL;
	struct page *page;
	long code = 0;
	int ret = 0;

	xa_for_each_range(&vm->mapped, index, page, first, last) {
		if (index / RAM_BLOCK_PAGES != chunk) {
			u64 from, to;

			chunk = index / RAM_BLOCK_PAGES;
			from = max(chunk * RAM_BLOCK_PAGES, first);
			to = min(chunk * RAM_BLOCK_PAGES + RAM_BLOCK_PAGES - 1, last);
			code = hyp_call_fed(vm, fn, vm->handle, PFN_PHYS(from),
					    PFN_PHYS(to - from + 1)).code;
			cond_resched();
		}
		if (code) {
			ret = hyp_errno(code);
			continue;
		}
		xa_erase(&vm->mapped, index);
		unpin(page, 1, true);
		++*freed;
	}
	return ret;
}

static int take_back(struct vm *vm, u64 fn, u64 base, u64 size)
{
	unsigned long freed = 0;
	int ret = take_blocks(vm, fn, base, size, &freed);

	ret = take_pages(vm, fn, base, size, &freed) ?: ret;
	if (freed)
		uncharge(vm, freed);
	return ret;
}

int guestmem_unmap(struct vm *vm, u64 ipa, u64 size)
{
	return take_back(vm, DONJON_HC_VM_UNMAP, ipa, size);
}

/*
 * A protected guest may also leave notes where it never had a page: what it made shared, and what
 * was taken by force. Piece by piece over all RAM.
 */
static int reclaim_notes(struct vm *vm)
{
	u64 ipa, end, next;
	unsigned int i;
	int ret = 0;
	long code;

	for (i = 0; vm->protected && i < DONJON_MAX_RAM_RANGES; i++) {
		end = vm->slots[i].ipa + vm->slots[i].size;
		for (ipa = vm->slots[i].ipa; ipa < end; ipa = next) {
			next = min(end, ALIGN_DOWN(ipa, RAM_BLOCK_SIZE) + RAM_BLOCK_SIZE);
			code = hyp_call_fed(vm, DONJON_HC_VM_RECLAIM, vm->handle, ipa, next - ipa).code;
			ret = hyp_errno(code) ?: ret;
			cond_resched();
		}
	}
	return ret;
}

void guestmem_reclaim(struct vm *vm)
{
	int ret;

	/* No slot any more where it was unprotected, but pages. */
	mutex_lock(&vm->mem_lock);
	ret = take_back(vm, DONJON_HC_VM_RECLAIM, 0, vm_ipa_limit(vm));
	ret = reclaim_notes(vm) ?: ret;
	if (ret)
		pr_warn("VM %llu: EL2 doesn't give all memory back (%d); %lu KiB are lost until the next reboot\n",
			vm->handle, ret, vm->locked << (PAGE_SHIFT - 10));
	/* What is lost stays pinned, but the user isn't charged for ever. */
	if (vm->locked)
		uncharge(vm, vm->locked);
	xa_destroy(&vm->mapped);
	xa_destroy(&vm->blocks);
	mutex_unlock(&vm->mem_lock);
}
