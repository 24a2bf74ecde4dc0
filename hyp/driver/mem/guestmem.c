// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest RAM: pages of a guest_memfd (gmem.c), or anonymous or shmem pages of the VMM, which are
 * pinned; EL2 maps them for the guest. All that follows is about the latter, but for the functions
 * of guestmem.h.
 *
 * A page is tracked in vm.mapped (a block in vm.blocks) before EL2 is asked to map it, so that
 * nothing can fail afterwards. It is unpinned, and no longer tracked, only when EL2 has given it
 * back. A page that EL2 does not give back is never unpinned: the host must not use it again.
 *
 * All of this is under vm.mem_lock.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "donated.h"
#include "el2/errors.h"
#include "gmem.h"
#include "gmem_file.h"
#include "guestmem.h"
#include "memslot.h"
#include "vm_types.h"

#define PIN_FLAGS	(FOLL_WRITE | FOLL_LONGTERM)
#define AHEAD_PAGES	32	/* mapped at one of several sequential faults, at most */
#define MAX_REFUSALS	16	/* in a row, of one page */
#define BUSY_TRIES	10	/* for a page that the host still uses, after BUSY_MS each */
#define BUSY_MS		10
#define MEMORY_TRIES	500	/* for memory that the host does not have, as far apart */

int guestmem_init(struct vm *vm)
{
	xa_init(&vm->mapped);
	xa_init(&vm->blocks);
	INIT_LIST_HEAD(&vm->gmems);
	vm->batch = kmalloc_array(RAM_BLOCK_PAGES, sizeof(*vm->batch), GFP_KERNEL_ACCOUNT);
	return vm->batch ? 0 : -ENOMEM;
}

void guestmem_free(struct vm *vm)
{
	gmem_free(vm);
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
 * The error for a page that cannot be pinned: -EIO for memory of a file, which its filesystem
 * writes back, else the error of the pin.
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
 * Pins up to count pages of the slot from hva on into vm->batch. Returns how many, at least one, or
 * an error. Only swap-backed memory: pages of a file are written back, a hugetlb page belongs to
 * its file. What the guest cannot write the VMM need not be able to write either.
 */
static int pin_pages(struct vm *vm, const struct memslot *slot, u64 hva, int count)
{
	int i, pinned = pin_user_pages_fast(hva, count, PIN_FLAGS, vm->batch);

	if (pinned < 1 && slot->readonly)
		pinned = pin_user_pages_fast(hva, count, PIN_FLAGS & ~FOLL_WRITE, vm->batch);
	if (pinned < 1)
		return pin_error(hva, pinned);
	for (i = 0; i < pinned && folio_test_swapbacked(page_folio(vm->batch[i])); i++)
		;
	if (i < pinned)
		unpin_user_pages(vm->batch + i, pinned - i);
	return i ?: -EIO;
}

/* -- Mapping pages for the guest -- */

static int map_at_el2(struct vm *vm, struct page *page, u64 ipa, u64 size)
{
	return hyp_errno(hyp_call_fed(vm, DONJON_HC_VM_MAP, vm->handle, page_to_phys(page), ipa,
				      size).code);
}

/*
 * Tracks count consecutive pages from ipa on, where none is tracked yet, in one walk of the array.
 */
static int track_pages(struct vm *vm, struct page *page, unsigned int count, u64 ipa)
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

/* Maps count consecutive pages, all or none. */
static int map_pages(struct vm *vm, struct page *page, unsigned int count, u64 ipa)
{
	int ret = track_pages(vm, page, count, ipa);

	if (ret)
		return ret;
	ret = map_at_el2(vm, page, ipa, (u64)count << PAGE_SHIFT);
	while (ret && count--)
		xa_erase(&vm->mapped, PHYS_PFN(ipa) + count);
	return ret;
}

/*
 * Maps the pages of vm->batch, consecutive ones with one call, which maps all or none of that many.
 * Returns how many, at least one, or
 * an error.
 */
static int map_batch(struct vm *vm, int count, u64 ipa)
{
	int done, run, room, ret = 0;

	for (done = 0; done < count; done += run) {
		struct page *page = vm->batch[done];

		room = map_limit(page, ipa + PFN_PHYS(done));
		for (run = 1; run < room && done + run < count &&
		     vm->batch[done + run] == page + run; run++)
			;
		ret = map_pages(vm, page, run, ipa + PFN_PHYS(done));
		/*
		 * The guest has made some of them shared, or one is poisoned: try only the first.
		 */
		if (ret && ret != -ENOMEM && run > 1) {
			run = 1;
			ret = map_pages(vm, page, run, ipa + ((u64)done << PAGE_SHIFT));
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
 * The answer to a fault on a page that was mapped for the guest. Either another vCPU was quicker,
 * and EL2 refuses; or the host's kernel had taken the page by force, and the guest has made the
 * address usable again: then the same page is mapped. If EL2 refuses again and again, the VMM has
 * given the page to another guest.
 */
static int bear_refusals(struct vcpu *vcpu, u64 ipa, int ret)
{
	if (ret != -EEXIST && ret != -EPERM) {
		vcpu->refusals = 0;
		return ret;
	}
	vcpu->refusals = ipa == vcpu->refused ? vcpu->refusals + 1 : 1;
	vcpu->refused = ipa;
	return vcpu->refusals < MAX_REFUSALS ? 0 : ret;
}

/*
 * True: the 2 MiB around ipa can be one block. IPA, user and physical address are equal modulo
 * 2 MiB, all of it is in the slot, and nothing is mapped there yet.
 */
static bool block_possible(struct vm *vm, const struct memslot *slot, u64 ipa, struct page *page)
{
	u64 base = ALIGN_DOWN(ipa, RAM_BLOCK_SIZE), hva = slot->hva + (ipa - slot->ipa);
	unsigned long index = PHYS_PFN(base);

	if (compound_order(compound_head(page)) < RAM_BLOCK_ORDER)
		return false;
	if (!IS_ALIGNED(ipa ^ hva, RAM_BLOCK_SIZE) ||
	    !IS_ALIGNED(ipa ^ page_to_phys(page), RAM_BLOCK_SIZE))
		return false;
	if (base < slot->ipa || base + RAM_BLOCK_SIZE > slot->ipa + slot->size)
		return false;
	return !xa_find(&vm->mapped, &index, PHYS_PFN(base) + RAM_BLOCK_PAGES - 1, XA_PRESENT);
}

/*
 * Pins a block: its pages must be the consecutive pages of one folio. NULL: they are not, or cannot
 * be charged; nothing has changed. The huge page exists already, so that this costs one walk and
 * one reference count.
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
	 * Checks again all that was seen of the page at the fault: the VMM may have replaced it.
	 */
	if (i == RAM_BLOCK_PAGES && compound_order(compound_head(first)) >= RAM_BLOCK_ORDER &&
	    IS_ALIGNED(page_to_phys(first), RAM_BLOCK_SIZE) &&
	    folio_test_swapbacked(page_folio(first)))
		return first;
	if (count > 0)
		unpin_user_pages(vm->batch, count);
	uncharge(vm, RAM_BLOCK_PAGES);
	return NULL;
}

/* Maps the whole block around ipa. False: that was not possible, and nothing has changed. */
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

/* The number of pages from ipa on, at most count, that are in the slot and not mapped yet. */
static int missing_pages(struct vm *vm, const struct memslot *slot, u64 ipa, int count)
{
	u64 end = min(slot->ipa + slot->size, ALIGN_DOWN(ipa, RAM_BLOCK_SIZE) + RAM_BLOCK_SIZE);
	unsigned long first = PHYS_PFN(ipa), index = first;
	unsigned long last = min(PHYS_PFN(end), first + count) - 1;

	if (xa_find(&vm->mapped, &index, last, XA_PRESENT))
		last = index - 1;
	return last - first + 1;
}

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
	pinned = pin_pages(vm, slot, hva, count);
	if (pinned > 0 && block_possible(vm, slot, ipa, vm->batch[0])) {
		unpin_user_pages(vm->batch, pinned);
		if (map_block(vm, slot, ipa)) {
			uncharge(vm, count);
			return (RAM_BLOCK_SIZE - (ipa & (RAM_BLOCK_SIZE - 1))) >> PAGE_SHIFT;
		}
		pinned = pin_pages(vm, slot, hva, 1);
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
 * A guest that walks its memory page by page gets more of them at each fault: an exit for each page
 * would cost more than the page itself. Any other gets one page.
 */
static int fault_count(struct vcpu *vcpu, u64 ipa)
{
	bool follows = ipa == vcpu->fault_next;

	vcpu->fault_pages = follows ? clamp(2 * vcpu->fault_pages, 1, AHEAD_PAGES) : 1;
	return vcpu->fault_pages;
}

/* may_wait: whether a shortage of memory is the host's, and no limit of the VMM's for pins. */
static int fault(struct vcpu *vcpu, u64 ipa, bool *may_wait)
{
	struct vm *vm = vcpu->vm;
	const struct memslot *slot;
	struct page *page;
	int ret;

	if (mutex_lock_killable(&vm->mem_lock))
		return -EINTR;
	slot = memslot_find(vm, ipa);
	page = guestmem_page(vm, ipa);
	*may_wait = slot && slot->gmem;
	/* The slot has gone since the exit, as KVM_RUN had to wait for it: EL2 looks again. */
	if (!slot)
		ret = 0;
	else if (slot->gmem)
		ret = bear_refusals(vcpu, ipa,
				    gmem_map(vm, slot, ipa, fault_count(vcpu, ipa)));
	else if (page)
		ret = bear_refusals(vcpu, ipa, map_at_el2(vm, page, ipa, PAGE_SIZE));
	else
		ret = guestmem_map(vm, slot, ipa, fault_count(vcpu, ipa));
	mutex_unlock(&vm->mem_lock);
	if (ret > 0)
		vcpu->fault_next = ipa + ((u64)ret << PAGE_SHIFT);
	return min(ret, 0);
}

/*
 * The driver calls no OOM killer for a guest. Where all memory is full, somebody else does that
 * soon, and the guest gets its page then.
 */
int guestmem_fault(struct vcpu *vcpu, u64 ipa)
{
	unsigned int tries = 0;
	bool may_wait = false;
	int ret;

	for (;;) {
		ret = fault(vcpu, ipa & PAGE_MASK, &may_wait);
		if (ret != -EAGAIN && !(ret == -ENOMEM && may_wait))
			return ret;
		if (++tries >= (ret == -EAGAIN ? BUSY_TRIES : MEMORY_TRIES))
			return ret;
		if (schedule_timeout_interruptible(msecs_to_jiffies(BUSY_MS)))
			return -EINTR;
	}
}

static int recall(struct vcpu *vcpu, u64 ipa, u64 size)
{
	struct vm *vm = vcpu->vm;
	const struct memslot *slot;
	int ret = 0;

	if (mutex_lock_killable(&vm->mem_lock))
		return -EINTR;
	slot = memslot_find(vm, ipa);
	if (slot && slot->gmem)
		ret = gmem_recall(vcpu, slot, ipa, min(size, slot->ipa + slot->size - ipa));
	mutex_unlock(&vm->mem_lock);
	return ret;
}

/* Again and again while the host uses a page, with no lock in between. A signal ends it. */
int guestmem_recall(struct vcpu *vcpu, u64 ipa, u64 size)
{
	unsigned int tries;
	int ret;

	for (tries = 0; tries < BUSY_TRIES; tries++) {
		ret = recall(vcpu, ipa, size);
		if (ret != -EAGAIN)
			return ret;
		if (schedule_timeout_interruptible(msecs_to_jiffies(BUSY_MS)))
			return -EINTR;
	}
	return -EAGAIN;
}

/* -- Reclaiming pages -- */

/* Asks EL2 for one block at a time, and unpins it if EL2 has given it back. */
static int reclaim_blocks(struct vm *vm, u64 fn, u64 base, u64 size, unsigned long *freed)
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

/* The same for single pages, with one call for each 2 MiB that has some. */
static int reclaim_single_pages(struct vm *vm, u64 fn, u64 base, u64 size, unsigned long *freed)
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

static int reclaim_range(struct vm *vm, u64 fn, u64 base, u64 size)
{
	unsigned long freed = 0;
	int ret = reclaim_blocks(vm, fn, base, size, &freed);

	ret = reclaim_single_pages(vm, fn, base, size, &freed) ?: ret;
	if (freed)
		uncharge(vm, freed);
	return ret;
}

int guestmem_unmap(struct vm *vm, u64 ipa, u64 size)
{
	return reclaim_range(vm, DONJON_HC_VM_UNMAP, ipa, size);
}

int guestmem_unmap_all(struct vm *vm)
{
	int ret;

	if (mutex_lock_killable(&vm->mem_lock))
		return -EINTR;
	ret = guestmem_unmap(vm, 0, vm_ipa_limit(vm));
	mutex_unlock(&vm->mem_lock);
	return ret;
}

/*
 * One call for each 2 MiB of a protected guest's RAM: pages of a guest_memfd, and annotations at
 * IPAs that were never populated, where the guest has shared memory or lost it by force.
 */
static int reclaim_slots(struct vm *vm)
{
	u64 ipa, end, next;
	unsigned int i;
	int ret = 0;
	long code;

	for (i = 0; vm->protected && i < DONJON_MAX_RAM_RANGES; i++) {
		end = vm->slots[i].ipa + vm->slots[i].size;
		for (ipa = vm->slots[i].ipa; ipa < end; ipa = next) {
			next = min(end, ALIGN_DOWN(ipa, RAM_BLOCK_SIZE) + RAM_BLOCK_SIZE);
			code = hyp_call_fed(vm, DONJON_HC_VM_RECLAIM, vm->handle, ipa,
					    next - ipa).code;
			ret = hyp_errno(code) ?: ret;
			if (!code && vm->slots[i].gmem)
				gmem_returned(&vm->slots[i], ipa, next - ipa);
			cond_resched();
		}
	}
	return ret;
}

void guestmem_reclaim(struct vm *vm)
{
	unsigned long lost;
	int ret;

	/* Over all addresses: an unprotected VM may have pages without a slot. */
	mutex_lock(&vm->mem_lock);
	ret = reclaim_range(vm, DONJON_HC_VM_RECLAIM, 0, vm_ipa_limit(vm));
	ret = reclaim_slots(vm) ?: ret;
	lost = gmem_end(vm) + vm->locked;
	if (ret)
		pr_warn("VM %llu: EL2 keeps memory (%d): %lu KiB are lost until the next reboot\n",
			vm->handle, ret, lost << (PAGE_SHIFT - 10));
	/* Lost memory stays pinned, but the user is not charged for it any longer. */
	if (vm->locked)
		uncharge(vm, vm->locked);
	xa_destroy(&vm->mapped);
	xa_destroy(&vm->blocks);
	mutex_unlock(&vm->mem_lock);
}
