// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_GET_ONE_REG and KVM_SET_ONE_REG: the core registers and MPIDR_EL1, as far as EL2 shows them.
 */
#include <linux/stddef.h>
#include <linux/uaccess.h>
#include <asm/kvm.h>

#include "el2/call.h"
#include "el2/errors.h"
#include "onereg.h"
#include "vm_types.h"

#define CORE	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE)
#define CORE_REG(member)	(CORE | offsetof(struct kvm_regs, member) / sizeof(u32))
#define ID_MPIDR	ARM64_SYS_REG(3, 0, 0, 0, 5)

static const struct {
	u64 id;
	u8 reg;
	bool protected;		/* also of a protected vCPU that has not run */
} regs[] = {
	/* x0 to x30 come first, by number. */
	{ CORE_REG(regs.sp), DONJON_REG_SP_EL0, false },
	{ CORE_REG(regs.pc), DONJON_REG_PC, true },
	{ CORE_REG(regs.pstate), DONJON_REG_PSTATE, true },
	{ CORE_REG(sp_el1), DONJON_REG_SP_EL1, true },
	{ CORE_REG(elr_el1), DONJON_REG_ELR_EL1, false },
	{ CORE_REG(spsr[KVM_SPSR_EL1]), DONJON_REG_SPSR_EL1, false },
	{ ID_MPIDR, DONJON_REG_MPIDR, true },
};

#define NR_X	31

/* EL2's number for a KVM register; -ENOENT, or -EINVAL for a part of one. */
static int find(u64 id)
{
	const u64 first = CORE_REG(regs.regs[0]);
	unsigned int i;

	if (id >= first && id < CORE_REG(regs.regs[NR_X]))
		return (id - first) & 1 ? -EINVAL : DONJON_REG_X((id - first) / 2);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		if (regs[i].id == id)
			return regs[i].reg;
	return -ENOENT;
}

int onereg_get(struct vcpu *vcpu, const struct kvm_one_reg *reg)
{
	int number = find(reg->id);
	struct hyp_result r;

	if (number < 0)
		return number;
	r = hyp_call(DONJON_HC_VCPU_GET_REG, vcpu->vm->handle, vcpu->index, number);
	if (r.code)
		return hyp_errno(r.code);
	return put_user(r.x1, (u64 __user *)(unsigned long)reg->addr);
}

int onereg_set(struct vcpu *vcpu, const struct kvm_one_reg *reg)
{
	int number = find(reg->id);
	u64 value;

	if (number < 0)
		return number;
	if (get_user(value, (u64 __user *)(unsigned long)reg->addr))
		return -EFAULT;
	return hyp_errno(hyp_call(DONJON_HC_VCPU_SET_REG, vcpu->vm->handle, vcpu->index, number,
				  value).code);
}

int onereg_list(struct vcpu *vcpu, struct kvm_reg_list __user *list)
{
	bool protected = vcpu->vm->protected;
	u64 count = NR_X, have, i, at = 0;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		count += regs[i].protected || !protected;
	if (get_user(have, &list->n) || put_user(count, &list->n))
		return -EFAULT;
	if (have < count)
		return -E2BIG;
	for (i = 0; i < NR_X; i++)
		if (put_user(CORE_REG(regs.regs[0]) + 2 * i, &list->reg[at++]))
			return -EFAULT;
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		if ((regs[i].protected || !protected) && put_user(regs[i].id, &list->reg[at++]))
			return -EFAULT;
	return 0;
}
