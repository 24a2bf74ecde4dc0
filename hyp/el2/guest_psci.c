// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSCI 1.1 for guests. Power states belong to EL2: an exit tells the host to run or stop a thread,
 * but the host cannot start a protected vCPU anywhere else than its guest says.
 */
#include <el2/guest_exit.h>

#define MPIDR_AFFINITY (MASK(39, 32) | MASK(23, 0))

static struct vcpu *vcpu_at(struct vm *vm, uint64_t mpidr)
{
	struct vcpu *vcpu = vm_vcpu(vm, mpidr & 0xf);

	return vcpu && (vcpu_mpidr(vcpu->index) & MPIDR_AFFINITY) == mpidr ? vcpu : NULL;
}

/* What the guest passes goes from x2 and x3 to the target, with nothing on EL2's stack. */
static int cpu_on(struct vcpu *caller, uint64_t mpidr, uint64_t mask, int64_t *ret)
{
	struct vcpu *target = vcpu_at(caller->vm, mpidr);
	int exit = RESUME;

	*ret = PSCI_RET_INVALID_PARAMS;
	if (!target)
		return RESUME;
	spin_lock(&caller->vm->mem.lock);
	if (target->exit_off && target->power == VCPU_ON)
		target->power = VCPU_OFF;	/* it is leaving */
	switch (target->power) {
	case VCPU_ON:
		*ret = PSCI_RET_ALREADY_ON;
		break;
	case VCPU_ON_PENDING:
		*ret = PSCI_RET_ON_PENDING;
		break;
	case VCPU_OFF:
		target->on_entry = caller->x[2] & mask;
		target->on_context = caller->x[3] & mask;
		target->power = VCPU_ON_PENDING;
		caller->run->arg[0] = target->index;
		*ret = PSCI_RET_SUCCESS;
		exit = DONJON_EXIT_CPU_ON;
		break;
	}
	spin_unlock(&caller->vm->mem.lock);
	return exit;
}

static int64_t affinity_info(struct vm *vm, uint64_t mpidr, uint64_t level)
{
	struct vcpu *vcpu = vcpu_at(vm, mpidr);
	bool off;

	if (level > 3 || !vcpu)
		return PSCI_RET_INVALID_PARAMS;
	if (level)
		return PSCI_AFFINITY_ON;	/* the caller's own group, the only one */
	spin_lock(&vm->mem.lock);
	/* A vCPU that is leaving is off, unless it has been powered on again since. */
	off = vcpu->power == VCPU_OFF || (vcpu->power == VCPU_ON && vcpu->exit_off);
	spin_unlock(&vm->mem.lock);
	return off ? PSCI_AFFINITY_OFF : PSCI_AFFINITY_ON;
}

static int64_t features(uint32_t function)
{
	static const uint32_t offered[] = {
		SMCCC_VERSION, PSCI_VERSION, PSCI_FEATURES, PSCI_CPU_OFF,
		PSCI_CPU_SUSPEND, PSCI_CPU_SUSPEND | SMCCC_64,
		PSCI_CPU_ON, PSCI_CPU_ON | SMCCC_64,
		PSCI_AFFINITY_INFO, PSCI_AFFINITY_INFO | SMCCC_64,
		PSCI_MIGRATE_INFO_TYPE, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET,
		PSCI_SYSTEM_RESET2, PSCI_SYSTEM_RESET2 | SMCCC_64,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offered); i++)
		if (offered[i] == function)
			return PSCI_RET_SUCCESS;
	return PSCI_RET_NOT_SUPPORTED;
}

static int stop(struct vcpu *vcpu, int exit)
{
	spin_lock(&vcpu->vm->mem.lock);
	vcpu->vm->stopped = true;
	spin_unlock(&vcpu->vm->mem.lock);
	return exit;
}

int guest_psci(struct vcpu *vcpu, uint32_t function)
{
	/* 32-bit calls have 32-bit arguments. */
	uint64_t mask = function & SMCCC_64 ? ~0UL : 0xffffffffUL;
	uint64_t a1 = vcpu->x[1] & mask, a2 = vcpu->x[2] & mask;
	int64_t ret = PSCI_RET_NOT_SUPPORTED;
	int exit = RESUME;

	switch (function) {
	case PSCI_VERSION:
		ret = PSCI_VERSION_1_1;
		break;
	case PSCI_FEATURES:
		ret = features(a1);
		break;
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | SMCCC_64:
		exit = cpu_on(vcpu, a1, mask, &ret);
		break;
	case PSCI_CPU_OFF:
		vcpu->exit_off = true;
		exit = DONJON_EXIT_CPU_OFF;
		break;
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | SMCCC_64:
		/* Every state is standby: an interrupt ends it, and nothing is lost. */
		ret = PSCI_RET_SUCCESS;
		exit = DONJON_EXIT_WFI;
		break;
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | SMCCC_64:
		ret = affinity_info(vcpu->vm, a1, a2);
		break;
	case PSCI_MIGRATE_INFO_TYPE:
		ret = PSCI_TOS_NOT_PRESENT;
		break;
	case PSCI_SYSTEM_OFF:
		ret = PSCI_RET_INTERNAL_FAILURE;
		exit = stop(vcpu, DONJON_EXIT_SYSTEM_OFF);
		break;
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2 | SMCCC_64:
		ret = PSCI_RET_INVALID_PARAMS;
		if (a1 != PSCI_RESET2_WARM)
			break;
		/* fall through */
	case PSCI_SYSTEM_RESET:
		ret = PSCI_RET_INTERNAL_FAILURE;
		vcpu->run->arg[0] = function != PSCI_SYSTEM_RESET;
		exit = stop(vcpu, DONJON_EXIT_SYSTEM_RESET);
		break;
	}
	vcpu->x[0] = ret;
	return exit;
}
