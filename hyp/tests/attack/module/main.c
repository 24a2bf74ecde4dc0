// SPDX-License-Identifier: GPL-2.0-only
/*
 * donjon_attack.ko, for tests only: gives user space what a host kernel that has turned bad can do,
 * see attack.h. Never load it on a machine that matters.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/neon.h>
#include <asm/sysreg.h>

#include "attack.h"
#include "compat.h"
#include "impdef.h"
#include "registers.h"
#include "touch.h"
#include "walk.h"

void attack_hvc0(u64 *x);
void attack_hvc1(u64 *x);
void attack_hvcffff(u64 *x);
void attack_smc0(u64 *x);
void attack_smc1(u64 *x);

#define PFR1_SME_SHIFT 24 /* of ID_AA64PFR1_EL1 */
#define CPACR_FP_SME   (3UL << 20 | 3UL << 24 | 3UL << 16)
#define STREAMING      1UL
#define SMSTART_SM     ".inst 0xd503437f" /* msr svcrsm, #1 */
#define SMSTOP_SM      ".inst 0xd503427f"

static bool has_sme(void)
{
	return read_sysreg(id_aa64pfr1_el1) >> PFR1_SME_SHIFT & 0xf;
}

/* The call is made in streaming mode, of which Linux knows nothing. */
static void attack_hvc0_streaming(u64 *x)
{
	u64 cpacr = read_sysreg(cpacr_el1);

	write_sysreg(cpacr | CPACR_FP_SME, cpacr_el1);
	isb();
	asm volatile(SMSTART_SM ::: "memory");
	WARN_ON(!(read_sysreg_s(sys_reg(3, 3, 4, 2, 2)) & STREAMING));
	attack_hvc0(x);
	asm volatile(SMSTOP_SM ::: "memory");
	write_sysreg(cpacr, cpacr_el1);
	isb();
}

static void (*const conduits[])(u64 *x) = {
	[ATTACK_HVC0] = attack_hvc0,	   [ATTACK_HVC1] = attack_hvc1,
	[ATTACK_HVCFFFF] = attack_hvcffff, [ATTACK_SMC0] = attack_smc0,
	[ATTACK_SMC1] = attack_smc1,	   [ATTACK_HVC0_STREAMING] = attack_hvc0_streaming,
};

/* A vCPU may be run by this: interrupts end its run, and its FPSIMD registers must not be ours. */
static int do_call(struct attack_call *call)
{
	fpsimd_area_t fpsimd;
	unsigned long flags;

	if (call->conduit >= ARRAY_SIZE(conduits))
		return -EINVAL;
	if (call->conduit == ATTACK_HVC0_STREAMING && !has_sme())
		return -EOPNOTSUPP;
	fpsimd_begin(&fpsimd);
	local_irq_save(flags);
	conduits[call->conduit]((u64 *)call->x);
	local_irq_restore(flags);
	fpsimd_end(&fpsimd);
	return 0;
}

/* What is_spurious_el1_translation_fault() leaves in PAR_EL1, and what EL2 leaves there. */
static void ask_mmu(const u64 *at)
{
	asm volatile("at s1e1r, %0\n\tisb" : : "r"(at) : "memory");
}

static void forget_answer(void)
{
	write_sysreg(1, par_el1);
}

static int write_word(u64 *to, u64 value)
{
	__put_kernel_nofault(to, &value, u64, fault);
	return 0;
fault:
	return -EFAULT;
}

/* Of the two, from is the caller's buffer when this is a write. */
static int copy_words(u64 *to, u64 *from, size_t count, bool write, bool asked)
{
	unsigned long flags;
	int ret = 0;
	size_t i;

	for (i = 0; i < count && !ret; i++) {
		local_irq_save(flags);
		if (asked)
			ask_mmu(write ? &to[i] : &from[i]);
		ret = write ? write_word(&to[i], from[i]) :
			      copy_from_kernel_nofault(&to[i], &from[i], sizeof(*to));
		if (asked)
			forget_answer();
		local_irq_restore(flags);
	}
	return ret ? -EFAULT : 0;
}

/* Without a net: a fault is an oops. */
static int bare_words(u64 *to, const u64 *from, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		WRITE_ONCE(to[i], READ_ONCE(from[i]));
	return 0;
}

static int access_at(u64 *page, u64 *buffer, const struct attack_memory *m)
{
	size_t count = m->size / sizeof(u64);
	u64 *at = page + offset_in_page(m->pa) / sizeof(u64);

	if (m->how == ATTACK_BARE)
		return m->write ? bare_words(at, buffer, count) : bare_words(buffer, at, count);
	return copy_words(m->write ? at : buffer, m->write ? buffer : at, count, m->write,
			  m->how == ATTACK_ASKED);
}

static int access_page(u64 *buffer, const struct attack_memory *m)
{
	struct page *page = phys_to_page(m->pa);
	void *address;
	int ret;

	switch (m->alias) {
	case ATTACK_LINEAR:
		return access_at(page_address(page), buffer, m);
	case ATTACK_VMAP:
	case ATTACK_VMAP_DEVICE:
		address = vmap(&page, 1, VM_MAP,
			       m->alias == ATTACK_VMAP ? PAGE_KERNEL : pgprot_device(PAGE_KERNEL));
		if (!address)
			return -ENOMEM;
		ret = access_at(address, buffer, m);
		vunmap(address);
		return ret;
	case ATTACK_MEMREMAP:
		address = memremap(m->pa & PAGE_MASK, PAGE_SIZE, MEMREMAP_WB);
		if (!address)
			return -ENOMEM;
		ret = access_at(address, buffer, m);
		memunmap(address);
		return ret;
	default:
		return -EINVAL;
	}
}

static int do_memory(const struct attack_memory *m)
{
	void __user *user = (void __user *)(unsigned long)m->buffer;
	u64 *buffer;
	int ret;

	if ((m->pa | m->size) & 7 || m->size > PAGE_SIZE - offset_in_page(m->pa) ||
	    !pfn_valid(PHYS_PFN(m->pa)))
		return -EINVAL;
	buffer = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	ret = m->write && copy_from_user(buffer, user, m->size) ? -EINVAL : access_page(buffer, m);
	if (!ret && !m->write && copy_to_user(user, buffer, m->size))
		ret = -EINVAL;
	kfree(buffer);
	return ret;
}

static int do_alloc(struct attack_pages *pages)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, pages->order);

	if (!page)
		return -ENOMEM;
	pages->pa = page_to_phys(page);
	return 0;
}

static long attack_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	union {
		struct attack_call call;
		struct attack_memory memory;
		struct attack_pages pages;
		struct attack_impdef impdef;
		struct attack_registers registers;
		struct attack_touch touch;
		struct attack_walk walk;
	} u;
	int ret;

	if (_IOC_SIZE(cmd) > sizeof(u) || copy_from_user(&u, user, _IOC_SIZE(cmd)))
		return -EINVAL;
	switch (cmd) {
	case ATTACK_CALL:
		ret = do_call(&u.call);
		break;
	case ATTACK_MEMORY:
		ret = do_memory(&u.memory);
		break;
	case ATTACK_ALLOC:
		ret = do_alloc(&u.pages);
		break;
	case ATTACK_IMPDEF:
		ret = attack_impdef(&u.impdef);
		break;
	case ATTACK_REGISTERS:
		ret = attack_registers(&u.registers);
		break;
	case ATTACK_TOUCH:
		ret = attack_touch(&u.touch);
		break;
	case ATTACK_WALK:
		ret = attack_walk(&u.walk);
		break;
	case ATTACK_FREE:
		__free_pages(phys_to_page(u.pages.pa), u.pages.order);
		return 0;
	default:
		return -ENOTTY;
	}
	if (!ret && cmd & IOC_OUT && copy_to_user(user, &u, _IOC_SIZE(cmd)))
		ret = -EINVAL;
	return ret;
}

/* User space gets memory of the host's, or what was so once, at any physical address, cached. */
static int attack_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!pfn_valid(vma->vm_pgoff))
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, vma->vm_pgoff, vma->vm_end - vma->vm_start,
			       vma->vm_page_prot);
}

static const struct file_operations attack_fops = {
	.owner = THIS_MODULE,
	.mmap = attack_mmap,
	.unlocked_ioctl = attack_ioctl,
};

static struct miscdevice attack_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "donjon_attack",
	.fops = &attack_fops,
};
module_misc_device(attack_misc);

MODULE_DESCRIPTION("Donjon's tests: a host kernel that has turned bad");
MODULE_LICENSE("GPL");
