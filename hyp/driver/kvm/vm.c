// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs: creation, the calls on a VM's file descriptor, and the end.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/anon_inodes.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "caps.h"
#include "compat.h"
#include "el2/errors.h"
#include "el2/offline.h"
#include "el2/overwrite.h"
#include "irq/ioeventfd.h"
#include "irq/irqfd.h"
#include "irq/kick.h"
#include "irq/vgic.h"
#include "irq/vgic_dev.h"
#include "mem/donated.h"
#include "mem/gmem_file.h"
#include "mem/guestmem.h"
#include "mem/memslot.h"
#include "vcpu.h"
#include "vm.h"
#include "vm_types.h"

#define VM_PAGES_ORDER		5
#define DEFAULT_IPA_BITS	40U
#define MIN_IPA_BITS		32U
/* For a vCPU to leave, and for calls to end that others make while the VM ends. */
#define END_TIMEOUT		(10 * HZ)

static_assert(offsetof(struct kvm_userspace_memory_region2, userspace_addr) ==
	      offsetof(struct kvm_userspace_memory_region, userspace_addr));
/* Field of KVM_CREATE_VM's argument. */
#define VM_TYPE_IPA_BITS	0xffUL

static_assert(DONJON_VM_PAGES == 1UL << VM_PAGES_ORDER);

/* All VMs from their creation at EL2 on; and whether there may be more. */
static DEFINE_MUTEX(list_lock);
static LIST_HEAD(all_vms);
static bool no_more_vms;

/* Creates the VM at EL2, and donates the pages that it needs there. */
static int hyp_vm_create(struct vm *vm)
{
	struct hyp_result r;

	vm->pages = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN, VM_PAGES_ORDER);
	if (!vm->pages)
		return -ENOMEM;
	if (vm->protected)
		overwrite_vm_begins();
	r = hyp_call_fed(vm, DONJON_HC_VM_CREATE, vm->protected ? DONJON_VM_PROTECTED : 0,
			 vm->ipa_bits, page_to_phys(vm->pages));
	if (r.code) {
		if (vm->protected)
			overwrite_vm_ended();
		__free_pages(vm->pages, VM_PAGES_ORDER);
		vm->pages = NULL;
		return hyp_errno(r.code);
	}
	vm->handle = r.x1;
	offline_set(vm->pages, DONJON_VM_PAGES);
	return 0;
}

/* -- The end -- */

/* Reclaims the VM's own pages, after its memory. False: EL2 keeps some, which are lost. */
static bool hyp_vm_destroy(struct vm *vm)
{
	unsigned long end = jiffies + END_TIMEOUT;
	struct hyp_result r;

	for (;;) {
		r = hyp_call_fed(vm, DONJON_HC_VM_DESTROY, vm->handle);
		if (r.code == DONJON_E_BUSY && time_before(jiffies, end)) {
			usleep_range(100, 1000);
			continue;
		}
		if (r.code)
			break;
		if (r.x2 == DONJON_VM_PAGE_LAST) {
			offline_clear(vm->pages, DONJON_VM_PAGES);
			__free_pages(vm->pages, VM_PAGES_ORDER);
			return true;
		}
		donated_free(vm, phys_to_page(r.x1));
		cond_resched();
	}
	pr_warn("cannot destroy VM %llu: %s (%ld): its pages are lost until the next reboot\n",
		vm->handle, hyp_strerror(r.code), r.code);
	return false;
}

static long hyp_vm_kill(struct vm *vm)
{
	unsigned long end = jiffies + END_TIMEOUT;
	long code;

	for (;;) {
		code = hyp_call(DONJON_HC_VM_KILL, vm->handle).code;
		if (code != DONJON_E_BUSY || time_after(jiffies, end))
			return code;
		vm_kick(vm, ~0U);
		usleep_range(100, 1000);
	}
}

/*
 * Ends the VM at EL2, which zeroes its memory and gives it back. Afterwards EL2 answers NOT_FOUND
 * to whoever still has the VM's descriptors.
 */
static void vm_end(struct vm *vm)
{
	long code;

	mutex_lock(&vm->lock);
	if (vm->handle) {
		code = hyp_vm_kill(vm);
		if (code)
			pr_warn("cannot stop VM %llu: %s (%ld)\n", vm->handle, hyp_strerror(code),
				code);
		guestmem_reclaim(vm);
		vm->lost = !hyp_vm_destroy(vm);
		if (vm->protected && !vm->lost)
			overwrite_vm_ended();
		WRITE_ONCE(vm->handle, 0);
	}
	mutex_unlock(&vm->lock);
}

unsigned int vm_end_all(void)
{
	unsigned int ended = 0;
	struct vm *vm;

	mutex_lock(&list_lock);
	no_more_vms = true;
	list_for_each_entry(vm, &all_vms, list) {
		ended += !!vm->handle;
		vm_end(vm);
	}
	mutex_unlock(&list_lock);
	return ended;
}

/*
 * The address space that created the VM ends: no thread has it any more, and all calls by others
 * are EIO. Descriptors may stay in other processes, for as long as they like.
 */
static void vmm_ends(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	vm_end(container_of(notifier, struct vm, notifier));
}

static void vm_free(struct mmu_notifier *notifier)
{
	kfree(container_of(notifier, struct vm, notifier));
}

static const struct mmu_notifier_ops notifier_ops = {
	.release = vmm_ends,
	.free_notifier = vm_free,
};

static void vm_destroy(struct kref *ref)
{
	struct vm *vm = container_of(ref, struct vm, ref);
	unsigned int i;

	/* Waits for vmm_ends() where it runs just now: if it comes later, nothing is left to do. */
	vm_end(vm);
	mutex_lock(&list_lock);
	list_del(&vm->list);
	mutex_unlock(&list_lock);
	for (i = 0; i < DONJON_MAX_VCPUS; i++)
		if (vm->vcpus[i])
			vcpu_free(vm->vcpus[i], vm->lost);
	ioeventfd_vm_free(vm);
	vgic_vm_free(vm);
	guestmem_free(vm);
	mmdrop(vm->mm);
	if (vm->notifier.ops)
		mmu_notifier_put(&vm->notifier);
	else
		kfree(vm);
}

/* -- Calls on a VM -- */

/* KVM_IRQ_LINE: type 31:24, vCPU 23:16, number 15:0 (Documentation/virt/kvm/api.rst, 4.25). */
static int irq_line(struct vm *vm, const struct kvm_irq_level *irq)
{
	u32 type = (irq->irq >> KVM_ARM_IRQ_TYPE_SHIFT) & KVM_ARM_IRQ_TYPE_MASK;
	u32 index = (irq->irq >> KVM_ARM_IRQ_VCPU_SHIFT) & KVM_ARM_IRQ_VCPU_MASK;
	u32 intid = irq->irq & KVM_ARM_IRQ_NUM_MASK;
	struct vcpu *vcpu;

	index += ((irq->irq >> KVM_ARM_IRQ_VCPU2_SHIFT) & KVM_ARM_IRQ_VCPU2_MASK) *
		 (KVM_ARM_IRQ_VCPU_MASK + 1);
	if (!smp_load_acquire(&vm->vgic.ready))
		return READ_ONCE(vm->vgic.created) ? -EBUSY : -ENXIO;
	switch (type) {
	case KVM_ARM_IRQ_TYPE_SPI:
		if (intid < VGIC_NR_PRIVATE)
			return -EINVAL;
		return vgic_set_line(vm, NULL, intid, irq->level);
	case KVM_ARM_IRQ_TYPE_PPI:
		if (index >= DONJON_MAX_VCPUS)
			return -EINVAL;
		vcpu = READ_ONCE(vm->vcpus[array_index_nospec(index, DONJON_MAX_VCPUS)]);
		if (!vcpu || intid < 16 || intid >= VGIC_NR_PRIVATE)
			return -EINVAL;
		return vgic_set_line(vm, vcpu, intid, irq->level);
	default:
		return -EINVAL;
	}
}

static int create_device(struct vm *vm, struct kvm_create_device __user *user)
{
	struct kvm_create_device dev;
	int ret;

	if (copy_from_user(&dev, user, sizeof(dev)))
		return -EFAULT;
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	ret = vgic_create_device(vm, &dev);
	mutex_unlock(&vm->lock);
	/* If the caller does not learn the number, it is closed with the process, as in KVM. */
	if (!ret && copy_to_user(user, &dev, sizeof(dev)))
		ret = -EFAULT;
	return ret;
}

static int preferred_target(struct kvm_vcpu_init __user *user)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };

	return copy_to_user(user, &init, sizeof(init)) ? -EFAULT : 0;
}

/* Both calls begin alike; only the second one knows guest_memfds. */
static int set_memory(struct vm *vm, void __user *user, bool second)
{
	struct kvm_userspace_memory_region2 region = {};

	if (copy_from_user(&region, user, second ? sizeof(region) :
						   sizeof(struct kvm_userspace_memory_region)))
		return -EFAULT;
	if (!second && (region.flags & KVM_MEM_GUEST_MEMFD))
		return -EINVAL;
	return memslot_set(vm, &region);
}

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long value)
{
	struct vm *vm = file->private_data;
	void __user *user = (void __user *)value;
	union {
		struct kvm_create_guest_memfd gmem;
		struct kvm_irq_level irq;
		struct kvm_irqfd irqfd;
		struct kvm_ioeventfd ioeventfd;
	} arg;

	if (vm->mm != current->mm)
		return -EIO;
	switch (cmd) {
	case KVM_CHECK_EXTENSION:
		return caps_check_extension(value, vm);
	case KVM_CREATE_VCPU:
		return vcpu_create(vm, value);
	case KVM_SET_USER_MEMORY_REGION:
	case KVM_SET_USER_MEMORY_REGION2:
		return set_memory(vm, user, cmd == KVM_SET_USER_MEMORY_REGION2);
	case KVM_CREATE_GUEST_MEMFD:
		if (copy_from_user(&arg.gmem, user, sizeof(arg.gmem)))
			return -EFAULT;
		return gmem_create(vm, &arg.gmem);
	case KVM_IRQ_LINE:
		if (copy_from_user(&arg.irq, user, sizeof(arg.irq)))
			return -EFAULT;
		return irq_line(vm, &arg.irq);
	case KVM_IRQFD:
		if (copy_from_user(&arg.irqfd, user, sizeof(arg.irqfd)))
			return -EFAULT;
		return irqfd_set(vm, &arg.irqfd);
	case KVM_IOEVENTFD:
		if (copy_from_user(&arg.ioeventfd, user, sizeof(arg.ioeventfd)))
			return -EFAULT;
		return ioeventfd_set(vm, &arg.ioeventfd);
	case KVM_CREATE_DEVICE:
		return create_device(vm, user);
	case KVM_ARM_PREFERRED_TARGET:
		return preferred_target(user);
	default:
		return -EINVAL;
	}
}

static int vm_release(struct inode *inode, struct file *file)
{
	struct vm *vm = file->private_data;

	irqfd_vm_release(vm);
	vm_put(vm);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vm_ioctl,
	.release = vm_release,
	.llseek = noop_llseek,
};

/* -- Creation -- */

static struct vm *vm_alloc(bool protected, unsigned int ipa_bits)
{
	struct vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);

	if (!vm)
		return NULL;
	kref_init(&vm->ref);
	vm->release = vm_destroy;
	INIT_LIST_HEAD(&vm->list);
	vm->protected = protected;
	vm->ipa_bits = ipa_bits;
	mutex_init(&vm->lock);
	mutex_init(&vm->mem_lock);
	vgic_vm_init(vm);
	irqfd_vm_init(vm);
	ioeventfd_vm_init(vm);
	vm->mm = current->mm;
	mmgrab(vm->mm);
	return vm;
}

static int watch_vmm(struct vm *vm)
{
	int ret;

	vm->notifier.ops = &notifier_ops;
	ret = mmu_notifier_register(&vm->notifier, vm->mm);
	if (ret)
		vm->notifier.ops = NULL;
	return ret;
}

int vm_create(unsigned long type)
{
	unsigned int max = caps_max_ipa_bits(), ipa_bits = type & VM_TYPE_IPA_BITS;
	struct vm *vm;
	int ret;

	if (type & ~(KVM_VM_TYPE_ARM_PROTECTED | VM_TYPE_IPA_BITS))
		return -EINVAL;
	if (!ipa_bits)
		ipa_bits = min(DEFAULT_IPA_BITS, max);
	if (ipa_bits < MIN_IPA_BITS || ipa_bits > max)
		return -EINVAL;

	vm = vm_alloc(type & KVM_VM_TYPE_ARM_PROTECTED, ipa_bits);
	if (!vm)
		return -ENOMEM;
	ret = guestmem_init(vm) ?: watch_vmm(vm);
	mutex_lock(&list_lock);
	if (!ret)
		ret = no_more_vms ? -ENODEV : hyp_vm_create(vm);
	if (!ret)
		list_add(&vm->list, &all_vms);
	mutex_unlock(&list_lock);
	if (ret) {
		vm_put(vm);
		return ret;
	}
	ret = anon_inode_getfd("kvm-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (ret < 0)
		vm_put(vm);
	return ret;
}
