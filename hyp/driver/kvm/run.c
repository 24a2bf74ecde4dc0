// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_RUN: runs a vCPU at EL2 until there is an exit for the VMM, and handles the others.
 */
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <asm/daifflags.h>
#include <asm/neon.h>

#include "compat.h"
#include "el2/errors.h"
#include "el2/log.h"
#include "el2/pool.h"
#include "irq/ioeventfd.h"
#include "irq/irqfd.h"
#include "irq/kick.h"
#include "irq/timer.h"
#include "irq/vgic.h"
#include "irq/vgic_dev.h"
#include "irq/vgic_mmio.h"
#include "mem/donated.h"
#include "mem/gmem.h"
#include "mem/guestmem.h"
#include "mem/populate.h"
#include "run.h"
#include "vm_types.h"

/* The vCPU goes on running. Else it returns to the VMM: 0, with an exit in kvm_run, or an error. */
enum { RUN_ON = 1 };

/* -- One run at EL2 -- */

/*
 * True: the thread has to go back to user space. For a signal, or because its CPU time limits are
 * checked only on the way there. Other work that waits for the way back can wait longer.
 */
static bool wanted_outside(void)
{
#ifdef CONFIG_POSIX_CPU_TIMERS_TASK_WORK
	if (READ_ONCE(current->posix_cputimers_work.scheduled))
		return true;
#endif
	return signal_pending(current);
}

/*
 * Runs the guest once. EL2 loads the guest's FPSIMD registers over the host's, so that the kernel
 * saves them before. *seq becomes the value of on_seq before the run. Returns EL2's code, or
 * DONJON_OK with exit INTERRUPT if the host has something to do first.
 */
static long enter(struct vcpu *vcpu, unsigned int *seq)
{
	fpsimd_area_t fpsimd;
	long code = DONJON_OK;

	preempt_disable();
	fpsimd_begin(&fpsimd);
	local_irq_disable();
	WRITE_ONCE(vcpu->cpu, smp_processor_id());
	smp_store_release(&vcpu->in_guest, true);
	smp_mb();		/* pairs with vcpu_kick() */

	*seq = atomic_read(&vcpu->on_seq);
	if (wanted_outside() || need_resched()) {
		vcpu->hyp_run->exit = DONJON_EXIT_INTERRUPT;
	} else {
		timer_enter(vcpu);
		timer_arm(vcpu);
		vgic_flush(vcpu);
		/*
		 * All exceptions. Where interrupts are masked by priority (pseudo-NMI), this also
		 * lets the GIC signal them, so that they end the run.
		 */
		local_daif_mask();
		vcpu->pool_stamp = pool_stamp();
		code = hyp_call(DONJON_HC_VCPU_RUN, vcpu->vm->handle, vcpu->index).code;
		local_daif_restore(DAIF_PROCCTX_NOIRQ);
		if (!code) {
			vcpu->hyp_run->entry_flags = 0;
			if (unlikely(!vcpu->vm->activated))
				smp_store_release(&vcpu->vm->activated, true);
		}
		timer_leave(vcpu);
		if (vgic_sync(vcpu))
			timer_deactivated();
	}

	WRITE_ONCE(vcpu->in_guest, false);
	local_irq_enable();
	fpsimd_end(&fpsimd);
	preempt_enable();
	if (unlikely(vcpu->vgic.kick)) {
		vm_kick(vcpu->vm, vcpu->vgic.kick);
		vcpu->vgic.kick = 0;
	}
	while (unlikely(vcpu->vgic.nr_eois))
		irqfd_resample(vcpu->vm, vcpu->vgic.eois[--vcpu->vgic.nr_eois]);
	return code;
}

/* -- Sleep -- */

/* Sleeps until a kick, a signal or the time-out. */
static void sleep_once(struct vcpu *vcpu, bool timed, u64 ns)
{
	ktime_t timeout = ns_to_ktime(ns);

	if (timed)
		schedule_hrtimeout(&timeout, HRTIMER_MODE_REL);
	else
		schedule();
}

/* WFI: sleeps until an interrupt that the vCPU would take is pending, or the timer fires. */
static int wait_for_interrupt(struct vcpu *vcpu)
{
	DEFINE_WAIT(wait);
	u64 ns = 0;
	bool timed;

	for (;;) {
		prepare_to_wait(&vcpu->wait, &wait, TASK_INTERRUPTIBLE);
		timed = timer_deadline(vcpu, &ns);
		if (timed && !ns) {
			/* Does not wake a vCPU that has disabled the timer's interrupt. */
			vgic_set_timer_line(vcpu, true);
			timed = false;
		}
		if (vgic_has_pending(vcpu) || signal_pending(current))
			break;
		sleep_once(vcpu, timed, ns);
	}
	finish_wait(&vcpu->wait, &wait);
	return RUN_ON;
}

/* Powered off: sleeps until it is powered on after seq was read. */
static int wait_for_power(struct vcpu *vcpu, unsigned int seq)
{
	WRITE_ONCE(vcpu->off, true);
	smp_mb();
	if (atomic_read(&vcpu->on_seq) != seq)
		WRITE_ONCE(vcpu->off, false);
	if (wait_event_interruptible(vcpu->wait, atomic_read(&vcpu->on_seq) != seq))
		return -EINTR;
	return RUN_ON;
}

/* -- Exits -- */

static int exit_mmio(struct vcpu *vcpu)
{
	struct donjon_run *from = vcpu->hyp_run;
	struct kvm_run *run = vcpu->run;
	u64 ipa = from->ipa, data = from->mmio_data;
	unsigned int size = from->size;
	bool write = from->write;

	if (!size || size > sizeof(data))
		return -EIO;
	if (vgic_mmio(vcpu, ipa, size, write, &data)) {
		from->mmio_data = data;
		from->entry_flags = DONJON_ENTRY_MMIO;
		return RUN_ON;
	}
	if (write && ioeventfd_write(vcpu->vm, ipa, size, data)) {
		from->entry_flags = DONJON_ENTRY_MMIO;
		return RUN_ON;
	}
	vcpu->mmio_pending = true;
	vcpu->mmio_write = write;
	vcpu->mmio_size = size;
	run->mmio.phys_addr = ipa;
	run->mmio.len = size;
	run->mmio.is_write = write;
	memset(run->mmio.data, 0, sizeof(run->mmio.data));
	if (write)
		memcpy(run->mmio.data, &data, size);
	run->exit_reason = KVM_EXIT_MMIO;
	return 0;
}

/* The VMM has done the access of the last exit. */
static void complete_mmio(struct vcpu *vcpu)
{
	u64 data = 0;

	if (!vcpu->mmio_pending)
		return;
	vcpu->mmio_pending = false;
	if (!vcpu->mmio_write) {
		memcpy(&data, vcpu->run->mmio.data, vcpu->mmio_size);
		vcpu->hyp_run->mmio_data = data;
	}
	vcpu->hyp_run->entry_flags = DONJON_ENTRY_MMIO;
}

static int exit_system(struct vcpu *vcpu, u32 type, u64 flags)
{
	struct kvm_run *run = vcpu->run;

	WRITE_ONCE(vcpu->vm->stopped, true);
	/* EL2 tells the other vCPUs that they are powered off. */
	vm_kick(vcpu->vm, ~0U);
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->system_event.type = type;
	run->system_event.ndata = 1;
	run->system_event.data[0] = flags;
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	return 0;
}

/* EL2 needs pages for the VM's tables, or for its own, before the guest can go on. */
static int exit_topup(struct vcpu *vcpu)
{
	u64 cache = READ_ONCE(vcpu->hyp_run->arg[0]), pool = READ_ONCE(vcpu->hyp_run->arg[1]);
	long code = DONJON_OK;

	if (cache)
		code = donated_topup(vcpu->vm, cache);
	if (!code && pool)
		code = pool_feed(pool, vcpu->pool_stamp);
	return code ? hyp_errno(code) : RUN_ON;
}

/* The guest takes back what it shares. Where it has to wait, it asks again at its next run. */
static int exit_recall(struct vcpu *vcpu)
{
	struct donjon_run *from = vcpu->hyp_run;
	int ret = guestmem_recall(vcpu, from->ipa, from->size);

	if (!ret)
		from->entry_flags = DONJON_ENTRY_RELEASED;
	return ret ?: RUN_ON;
}

static int exit_cpu_on(struct vcpu *vcpu)
{
	u64 index = vcpu->hyp_run->arg[0];
	struct vcpu *target = index < DONJON_MAX_VCPUS ? READ_ONCE(vcpu->vm->vcpus[index]) : NULL;

	if (target)
		vcpu_powered_on(target);
	return RUN_ON;
}

static int exit_unknown(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON;
	run->internal.ndata = 1;
	run->internal.data[0] = vcpu->hyp_run->exit;
	return 0;
}

static int handle_exit(struct vcpu *vcpu)
{
	struct donjon_run *from = vcpu->hyp_run;

	switch (from->exit) {
	case DONJON_EXIT_INTERRUPT:
	case DONJON_EXIT_SHARE:
		return RUN_ON;
	case DONJON_EXIT_MEMORY:
		return guestmem_fault(vcpu, from->ipa) ?: RUN_ON;
	case DONJON_EXIT_MMIO:
		return exit_mmio(vcpu);
	case DONJON_EXIT_WFI:
		return wait_for_interrupt(vcpu);
	case DONJON_EXIT_CPU_ON:
		return exit_cpu_on(vcpu);
	case DONJON_EXIT_CPU_OFF:
		return RUN_ON;		/* the next run says OFF */
	case DONJON_EXIT_SYSTEM_OFF:
		return exit_system(vcpu, KVM_SYSTEM_EVENT_SHUTDOWN, 0);
	case DONJON_EXIT_SYSTEM_RESET:
		return exit_system(vcpu, KVM_SYSTEM_EVENT_RESET,
				   from->arg[0] ? KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 : 0);
	case DONJON_EXIT_TOPUP:
		return exit_topup(vcpu);
	case DONJON_EXIT_RECALL:
		return exit_recall(vcpu);
	case DONJON_EXIT_SGI:
		vgic_send_sgi(vcpu, from->arg[0]);
		return RUN_ON;
	case DONJON_EXIT_POISONED:
		/* At once: who took the page may end before the log is read again. */
		log_print();
		set_memory_fault(vcpu->run, KVM_MEMORY_EXIT_FLAG_PRIVATE, from->ipa & PAGE_MASK,
				 PAGE_SIZE);
		return -EFAULT;
	case DONJON_EXIT_NO_SYNDROME:
		return -ENOSYS;		/* as KVM without KVM_CAP_ARM_NISV_TO_USER */
	default:
		return exit_unknown(vcpu);
	}
}

/* EL2 refused to run it. */
static int handle_refusal(struct vcpu *vcpu, long code, unsigned int seq)
{
	switch (code) {
	case DONJON_E_OFF:
		return wait_for_power(vcpu, seq);
	case DONJON_E_INTERNAL:
		log_drain();
		fallthrough;
	default:
		return hyp_errno(code);
	}
}

/* -- KVM_RUN -- */

/*
 * Conditions of the VM's first run. A vCPU that is powered off does not begin it: the VMM may start
 * the threads of such vCPUs before it has filled the memory.
 */
static int before_first_run(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	int ret = 0;

	if (likely(smp_load_acquire(&vm->activated)))
		return 0;
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	if (!vm->activated) {
		ret = vgic_check_ready(vm);
		if (!ret && vm->protected && !READ_ONCE(vcpu->off))
			ret = guestmem_populate(vm);
	}
	mutex_unlock(&vm->lock);
	return ret;
}

int vcpu_run(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	unsigned int seq;
	long code;
	int ret;

	if (!vcpu->initialised)
		return -ENOEXEC;
	complete_mmio(vcpu);
	if (kvm_immediate_exit(run))
		return -EINTR;
	run->exit_reason = KVM_EXIT_UNKNOWN;
	ret = before_first_run(vcpu);
	if (ret)
		return ret;

	do {
		cond_resched();
		if (wanted_outside()) {
			ret = -EINTR;
			break;
		}
		code = enter(vcpu, &seq);
		gmem_recall_end(vcpu);
		ret = code ? handle_refusal(vcpu, code, seq) : handle_exit(vcpu);
	} while (ret == RUN_ON);
	gmem_recall_end(vcpu);

	if (ret == -EINTR)
		run->exit_reason = KVM_EXIT_INTR;
	return ret;
}
