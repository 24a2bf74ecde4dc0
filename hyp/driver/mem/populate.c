// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before the first run of a protected VM: finds what the VMM has written to its memory and maps it,
 * without making any other page present.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>

#include "gmem.h"
#include "guestmem.h"
#include "populate.h"

/*
 * The size of the range from hva on that has no entry in the page tables. 0: there is an entry at
 * hva, which may also say that the page was swapped out or is being moved. Under the mmap lock,
 * which keeps these tables.
 */
static u64 absent_in_tables(struct mm_struct *mm, const struct vm_area_struct *vma, u64 hva)
{
	pgd_t *pgd = pgd_offset(mm, hva);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t pmd;

	if (pgd_none(READ_ONCE(*pgd)))
		goto none;
	p4d = p4d_offset(pgd, hva);
	if (p4d_none(READ_ONCE(*p4d)))
		goto none;
	pud = pud_offset(p4d, hva);
	if (pud_none(READ_ONCE(*pud)))
		goto none;
	pmd = READ_ONCE(*pmd_offset(pud, hva));
	if (pmd_none(pmd))
		goto none;
	/* A block, or the entry of one that was swapped out. */
	if (!pmd_table(pmd))
		return 0;
	return pte_none(READ_ONCE(*pte_offset_kernel(&pmd, hva))) ? PAGE_SIZE : 0;
none:
	return min_t(u64, ALIGN_DOWN(hva, PMD_SIZE) + PMD_SIZE, vma->vm_end) - hva;
}

/*
 * The size of the range from hva on that has no pages in the file, for shmem, whose pages may be in
 * the file but not in the page tables. 0: there is a page at hva.
 */
static u64 absent_in_file(const struct vm_area_struct *vma, u64 hva)
{
	unsigned long start = linear_page_index((struct vm_area_struct *)vma, hva), index = start;
	unsigned long last = start + PHYS_PFN(vma->vm_end - hva) - 1;

	if (xa_find(&vma->vm_file->f_mapping->i_pages, &index, last, XA_PRESENT))
		return PFN_PHYS(index - start);
	return vma->vm_end - hva;
}

/*
 * True: the VMM has written to hva. If it has not, *skip is the size of a range without such pages.
 * The answer is a hint: the mapping may change at once, but then the VMM races with itself.
 */
static bool present(u64 hva, u64 end, u64 *skip)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	struct page *page;

	if (pin_user_pages_fast(hva, 1, FOLL_NOFAULT, &page) == 1) {
		unpin_user_page(page);
		return true;
	}
	mmap_read_lock(mm);
	vma = find_vma(mm, hva);
	if (!vma || vma->vm_start > hva)
		*skip = (vma ? min_t(u64, vma->vm_start, end) : end) - hva;
	else if (!vma->vm_file)
		*skip = absent_in_tables(mm, vma, hva);
	else if (vma->vm_flags & VM_SHARED)
		*skip = absent_in_file(vma, hva);
	else
		*skip = 0;	/* a private mapping of a file: its contents count as written */
	mmap_read_unlock(mm);
	return !*skip;
}

static int populate_slot(struct vm *vm, const struct memslot *slot)
{
	u64 ipa = slot->ipa, end = slot->ipa + slot->size, hva, skip;
	int ret;

	while (ipa < end) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		if (xa_load(&vm->blocks, ipa / RAM_BLOCK_SIZE)) {
			ipa = ALIGN_DOWN(ipa, RAM_BLOCK_SIZE) + RAM_BLOCK_SIZE;
			continue;
		}
		skip = PAGE_SIZE;
		hva = slot->hva + (ipa - slot->ipa);
		if (!guestmem_page(vm, ipa) && present(hva, slot->hva + slot->size, &skip)) {
			ret = guestmem_map(vm, slot, ipa, 1);
			if (ret < 0)
				return ret;
			continue;
		}
		ipa += skip;
	}
	return 0;
}

int guestmem_populate(struct vm *vm)
{
	unsigned int i;
	int ret = 0;

	if (mutex_lock_killable(&vm->mem_lock))
		return -EINTR;
	for (i = 0; !ret && i < DONJON_MAX_RAM_RANGES; i++)
		if (vm->slots[i].gmem)
			ret = gmem_populate(vm, &vm->slots[i]);
		else if (vm->slots[i].size)
			ret = populate_slot(vm, &vm->slots[i]);
	mutex_unlock(&vm->mem_lock);
	return ret;
}
