// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs: creation, and the calls on a vCPU's file descriptor but KVM_RUN (run.c) and the registers
 * (onereg.c).
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "caps.h"
#include "el2/errors.h"
#include "irq/kick.h"
#include "irq/timer.h"
#include "irq/vgic.h"
#include "mem/donated.h"
#include "mem/guestmem.h"
#include "onereg.h"
#include "run.h"
#include "vcpu.h"
#include "vm_types.h"

#define RESET_TRIES	1000
#define PTRAUTH		(BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC))
#define FEATURES	(BIT(KVM_ARM_VCPU_POWER_OFF) | BIT(KVM_ARM_VCPU_PSCI_0_2) | PTRAUTH)

/* -- KVM_ARM_VCPU_INIT -- */

/*
 * Resets the vCPU at EL2, where it is powered off then. Others may be leaving a VM that has
 * stopped; nothing keeps them there. *restarted: the VM had stopped, and has no longer. Only EL2
 * knows: the thread of the vCPU that stopped it may not have come as far as exit_system().
 */
static int hyp_reset(struct vcpu *vcpu, bool *restarted)
{
	struct hyp_result r = { .code = DONJON_E_BUSY };
	unsigned int tries;

	for (tries = 0; r.code == DONJON_E_BUSY && tries < RESET_TRIES; tries++) {
		r = hyp_call(DONJON_HC_VCPU_RESET, vcpu->vm->handle, vcpu->index);
		if (r.code == DONJON_E_BUSY)
			vm_kick(vcpu->vm, ~0U);
		cond_resched();
	}
	*restarted = !r.code && r.x1;
	return hyp_errno(r.code);
}

/*
 * The guest had powered off or asked for a reset: all of the VM is as before its first run, but for
 * its memory. Under vm->lock.
 */
static void restart(struct vm *vm)
{
	unsigned int i;

	vgic_reset(vm);
	for (i = 0; i < DONJON_MAX_VCPUS; i++)
		if (vm->vcpus[i])
			WRITE_ONCE(vm->vcpus[i]->off, true);
}

/*
 * The registers after a reset. The guest starts with its caches off: what the VMM writes for it
 * from now on must not be in the host's only, so that pages are mapped anew, and cleaned then.
 */
static int reset(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	bool restarted;
	int ret;

	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	ret = hyp_reset(vcpu, &restarted);
	if (restarted)
		restart(vm);
	if (!ret && vm->activated)
		ret = guestmem_unmap_all(vm);
	mutex_unlock(&vm->lock);
	if (!ret)
		timer_reset(vcpu);
	return ret;
}

static int set_power(struct vcpu *vcpu, bool on)
{
	long code = hyp_call(DONJON_HC_VCPU_POWER, vcpu->vm->handle, vcpu->index, on).code;

	if (code)
		return hyp_errno(code);
	if (on)
		vcpu_powered_on(vcpu);
	else
		vcpu->off = true;
	return 0;
}

static int check_init(const struct vcpu *vcpu, const struct kvm_vcpu_init *init)
{
	u32 features = init->features[0];
	unsigned int i;

	if (init->target != KVM_ARM_TARGET_GENERIC_V8)
		return -EINVAL;
	for (i = 1; i < ARRAY_SIZE(init->features); i++)
		if (init->features[i])
			return -ENOENT;
	if (features & ~FEATURES)
		return -EINVAL;
	/* Both or neither, as in KVM. */
	if ((features & PTRAUTH) && (features & PTRAUTH) != PTRAUTH)
		return -EINVAL;
	if ((features & PTRAUTH) && !caps_check_extension(KVM_CAP_ARM_PTRAUTH_ADDRESS, vcpu->vm))
		return -EINVAL;
	features &= ~BIT(KVM_ARM_VCPU_POWER_OFF);
	return vcpu->initialised && features != vcpu->features ? -EINVAL : 0;
}

static int vcpu_init(struct vcpu *vcpu, const struct kvm_vcpu_init *init)
{
	int ret = check_init(vcpu, init);

	if (ret)
		return ret;
	/* The guest has powered off or asked for a reset: EL2 runs no protected VM again. */
	if (READ_ONCE(vcpu->vm->stopped) && vcpu->vm->protected)
		return -EBUSY;
	if (vcpu->initialised) {
		ret = reset(vcpu);
		if (ret)
			return ret;
	}
	ret = set_power(vcpu, !(init->features[0] & BIT(KVM_ARM_VCPU_POWER_OFF)));
	if (ret)
		return ret;
	vcpu->features = init->features[0] & ~BIT(KVM_ARM_VCPU_POWER_OFF);
	vcpu->initialised = true;
	vcpu->mmio_pending = false;
	vcpu->hyp_run->entry_flags = 0;
	return 0;
}

/* -- Other calls -- */

static int set_mp_state(struct vcpu *vcpu, const struct kvm_mp_state *state)
{
	switch (state->mp_state) {
	case KVM_MP_STATE_RUNNABLE:
		return set_power(vcpu, true);
	case KVM_MP_STATE_STOPPED:
		return set_power(vcpu, false);
	default:
		return -EINVAL;
	}
}

/*
 * Only what KVM_CAP_ARM_INJECT_EXT_DABT needs: an MMIO access is answered with an external abort.
 */
static int set_events(struct vcpu *vcpu, const struct kvm_vcpu_events *events)
{
	static const struct kvm_vcpu_events none;

	if (memcmp(events->exception.pad, none.exception.pad, sizeof(none.exception.pad)) ||
	    memcmp(events->reserved, none.reserved, sizeof(none.reserved)))
		return -EINVAL;
	if (events->exception.serror_pending || events->exception.serror_has_esr ||
	    events->exception.serror_esr || events->exception.ext_dabt_pending > 1)
		return -EINVAL;
	if (!events->exception.ext_dabt_pending)
		return 0;
	if (!vcpu->mmio_pending)
		return -EINVAL;
	vcpu->mmio_pending = false;
	vcpu->hyp_run->entry_flags = DONJON_ENTRY_ABORT;
	return 0;
}

/* Under vcpu->mutex. */
static long locked_ioctl(struct vcpu *vcpu, unsigned int cmd, void __user *user)
{
	union {
		struct kvm_vcpu_init init;
		struct kvm_one_reg reg;
		struct kvm_mp_state state;
		struct kvm_vcpu_events events;
	} arg = {};

	switch (cmd) {
	case KVM_RUN:
		return user ? -EINVAL : vcpu_run(vcpu);
	case KVM_ARM_VCPU_INIT:
		if (copy_from_user(&arg.init, user, sizeof(arg.init)))
			return -EFAULT;
		return vcpu_init(vcpu, &arg.init);
	}
	if (!vcpu->initialised && cmd != KVM_GET_MP_STATE && cmd != KVM_SET_MP_STATE)
		return -ENOEXEC;
	switch (cmd) {
	case KVM_GET_ONE_REG:
	case KVM_SET_ONE_REG:
		if (copy_from_user(&arg.reg, user, sizeof(arg.reg)))
			return -EFAULT;
		if (cmd == KVM_GET_ONE_REG)
			return onereg_get(vcpu, &arg.reg);
		return onereg_set(vcpu, &arg.reg);
	case KVM_GET_REG_LIST:
		return onereg_list(vcpu, user);
	case KVM_GET_MP_STATE:
		arg.state.mp_state = READ_ONCE(vcpu->off) ? KVM_MP_STATE_STOPPED :
							    KVM_MP_STATE_RUNNABLE;
		return copy_to_user(user, &arg.state, sizeof(arg.state)) ? -EFAULT : 0;
	case KVM_SET_MP_STATE:
		if (copy_from_user(&arg.state, user, sizeof(arg.state)))
			return -EFAULT;
		return set_mp_state(vcpu, &arg.state);
	case KVM_GET_VCPU_EVENTS:
		/* Events go to EL2 at once: nothing is ever pending here. */
		return copy_to_user(user, &arg.events, sizeof(arg.events)) ? -EFAULT : 0;
	case KVM_SET_VCPU_EVENTS:
		if (copy_from_user(&arg.events, user, sizeof(arg.events)))
			return -EFAULT;
		return set_events(vcpu, &arg.events);
	default:
		return -EINVAL;
	}
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vcpu *vcpu = file->private_data;
	long ret;

	if (vcpu->vm->mm != current->mm)
		return -EIO;
	if (_IOC_TYPE(cmd) != KVMIO)
		return -EINVAL;
	if (mutex_lock_killable(&vcpu->mutex))
		return -EINTR;
	ret = locked_ioctl(vcpu, cmd, (void __user *)arg);
	mutex_unlock(&vcpu->mutex);
	return ret;
}

/* The one page of struct kvm_run. */
static vm_fault_t vcpu_fault(struct vm_fault *vmf)
{
	struct vcpu *vcpu = vmf->vma->vm_file->private_data;

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page(vcpu->run);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vcpu_vm_ops = { .fault = vcpu_fault };

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &vcpu_vm_ops;
	return 0;
}

static int vcpu_release(struct inode *inode, struct file *file)
{
	struct vcpu *vcpu = file->private_data;

	vm_put(vcpu->vm);
	return 0;
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vcpu_ioctl,
	.mmap = vcpu_mmap,
	.release = vcpu_release,
	.llseek = noop_llseek,
};

/* -- Creation -- */

void vcpu_free(struct vcpu *vcpu, bool keep_run_page)
{
	if (!keep_run_page)
		free_page((unsigned long)vcpu->hyp_run);
	free_page((unsigned long)vcpu->run);
	kfree(vcpu);
}

static struct vcpu *vcpu_alloc(struct vm *vm, unsigned int index)
{
	struct vcpu *vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return NULL;
	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->off = true;
	mutex_init(&vcpu->mutex);
	init_waitqueue_head(&vcpu->wait);
	vcpu->run = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vcpu->hyp_run = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vcpu->run || !vcpu->hyp_run) {
		vcpu_free(vcpu, false);
		return NULL;
	}
	vgic_vcpu_init(vcpu);
	timer_vcpu_init(vcpu);
	return vcpu;
}

static int hyp_vcpu_create(struct vcpu *vcpu)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	long code;

	if (!page)
		return -ENOMEM;
	donated_mark(vcpu->vm, page);
	code = hyp_call_fed(vcpu->vm, DONJON_HC_VCPU_CREATE, vcpu->vm->handle, vcpu->index,
			    page_to_phys(page), virt_to_phys(vcpu->hyp_run)).code;
	if (code)
		donated_free(vcpu->vm, page);
	return hyp_errno(code);
}

static int create_locked(struct vm *vm, unsigned int index)
{
	struct vcpu *vcpu;
	int ret;

	if (vm->vcpus[index])
		return -EEXIST;
	if (vm->vgic.ready || vm->activated)
		return -EBUSY;
	vcpu = vcpu_alloc(vm, index);
	if (!vcpu)
		return -ENOMEM;
	ret = hyp_vcpu_create(vcpu);
	if (ret) {
		vcpu_free(vcpu, false);
		return ret;
	}
	/* EL2 has it from now on: it stays until the VM's end, even if there is no file for it. */
	smp_store_release(&vm->vcpus[index], vcpu);
	vm_get(vm);
	ret = anon_inode_getfd("kvm-vcpu", &vcpu_fops, vcpu, O_RDWR | O_CLOEXEC);
	if (ret < 0)
		vm_put(vm);
	return ret;
}

int vcpu_create(struct vm *vm, unsigned long index)
{
	int ret;

	if (index >= DONJON_MAX_VCPUS)
		return -EINVAL;
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	ret = create_locked(vm, index);
	mutex_unlock(&vm->lock);
	return ret;
}
