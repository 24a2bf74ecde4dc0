// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kicks: an interrupt for the CPU that runs the vCPU, or a wake-up of the vCPU's thread.
 */
#include <linux/bitops.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/wait.h>

#include "kick.h"
#include "vm_types.h"

/*
 * One request for each CPU, so that a kick needs no memory and waits for nothing. A request that is
 * still under way serves a second kick as well: its CPU cannot begin a run before it has taken it.
 */
static DEFINE_PER_CPU(atomic_t, kicked);
static DEFINE_PER_CPU(call_single_data_t, kick_request);

static void kick_arrived(void *unused)
{
	/* The interrupt itself ends the run. */
	atomic_set(this_cpu_ptr(&kicked), 0);
}

static void kick_cpu(int cpu)
{
	/* Not preempted in between: others rely on the request being on its way. */
	preempt_disable();
	if (!atomic_xchg(per_cpu_ptr(&kicked, cpu), 1))
		smp_call_function_single_async(cpu, per_cpu_ptr(&kick_request, cpu));
	preempt_enable();
}

/* Not by an initialiser: the per-CPU data of modules is not relocated. */
void kick_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		INIT_CSD(per_cpu_ptr(&kick_request, cpu), kick_arrived, NULL);
}

void vcpu_kick(struct vcpu *vcpu)
{
	/*
	 * The caller has written before what the vCPU is to see. Either the vCPU sees that after
	 * its own barrier in enter(), or in_guest is seen here, and then the interrupt reaches the
	 * CPU at EL2 or, pending, on its way there.
	 */
	smp_mb();
	if (smp_load_acquire(&vcpu->in_guest))
		kick_cpu(READ_ONCE(vcpu->cpu));
	else
		wake_up(&vcpu->wait);
}

void vm_kick(struct vm *vm, u32 mask)
{
	unsigned long bits = mask;
	unsigned int i;

	for_each_set_bit(i, &bits, DONJON_MAX_VCPUS) {
		struct vcpu *vcpu = READ_ONCE(vm->vcpus[i]);

		if (vcpu)
			vcpu_kick(vcpu);
	}
}

void vcpu_powered_on(struct vcpu *vcpu)
{
	/* In this order: see wait_for_power(). Several threads may do it at once. */
	atomic_inc(&vcpu->on_seq);
	smp_mb__after_atomic();
	WRITE_ONCE(vcpu->off, false);
	vcpu_kick(vcpu);
}
