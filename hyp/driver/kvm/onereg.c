// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_GET_ONE_REG, KVM_SET_ONE_REG and KVM_GET_REG_LIST. What of a protected vCPU may be read or
 * set is EL2's decision; of an unprotected one it is all that a VMM saves and restores but the
 * interrupt controller.
 */
#include <linux/stddef.h>
#include <linux/uaccess.h>
#include <asm/arch_timer.h>
#include <asm/kvm.h>
#include <clocksource/arm_arch_timer.h>

#include "el2/call.h"
#include "el2/errors.h"
#include "onereg.h"
#include "vm_types.h"

#define CORE(size, member)	(KVM_REG_ARM64 | KVM_REG_SIZE_##size | KVM_REG_ARM_CORE | \
				 offsetof(struct kvm_regs, member) / sizeof(u32))
#define PSCI_VERSION_1_1	0x10001

enum place {
	AT_EL2,
	AT_EL2_FIXED,		/* may be set to its own value only */
	SPARE_SPSR,		/* of AArch32 modes: a place in the driver */
	COUNTER,		/* CNTVCT_EL0, the host's: a write changes nothing */
	PSCI,			/* the version, fixed */
};

struct reg {
	u64 id;
	u8 number;		/* EL2's, or the driver's */
	u8 place;
	bool protected;		/* listed for a protected vCPU, too */
};

static const struct reg regs[] = {
	{ CORE(U64, regs.sp), DONJON_REG_SP_EL0 },
	{ CORE(U64, regs.pc), DONJON_REG_PC, AT_EL2, true },
	{ CORE(U64, regs.pstate), DONJON_REG_PSTATE, AT_EL2, true },
	{ CORE(U64, sp_el1), DONJON_REG_SP_EL1, AT_EL2, true },
	{ CORE(U64, elr_el1), DONJON_REG_ELR_EL1 },
	{ CORE(U64, spsr[KVM_SPSR_EL1]), DONJON_REG_SPSR_EL1 },
	{ CORE(U64, spsr[KVM_SPSR_ABT]), 0, SPARE_SPSR },
	{ CORE(U64, spsr[KVM_SPSR_UND]), 1, SPARE_SPSR },
	{ CORE(U64, spsr[KVM_SPSR_IRQ]), 2, SPARE_SPSR },
	{ CORE(U64, spsr[KVM_SPSR_FIQ]), 3, SPARE_SPSR },
	{ CORE(U32, fp_regs.fpsr), DONJON_REG_FPSR },
	{ CORE(U32, fp_regs.fpcr), DONJON_REG_FPCR },
	{ ARM64_SYS_REG(3, 0, 0, 0, 5), DONJON_REG_MPIDR, AT_EL2_FIXED, true },
	{ ARM64_SYS_REG(3, 0, 1, 0, 0), DONJON_REG_SCTLR_EL1 },
	{ ARM64_SYS_REG(3, 0, 1, 0, 2), DONJON_REG_CPACR_EL1 },
	{ ARM64_SYS_REG(3, 0, 2, 0, 0), DONJON_REG_TTBR0_EL1 },
	{ ARM64_SYS_REG(3, 0, 2, 0, 1), DONJON_REG_TTBR1_EL1 },
	{ ARM64_SYS_REG(3, 0, 2, 0, 2), DONJON_REG_TCR_EL1 },
	{ ARM64_SYS_REG(3, 0, 5, 1, 0), DONJON_REG_AFSR0_EL1 },
	{ ARM64_SYS_REG(3, 0, 5, 1, 1), DONJON_REG_AFSR1_EL1 },
	{ ARM64_SYS_REG(3, 0, 5, 2, 0), DONJON_REG_ESR_EL1 },
	{ ARM64_SYS_REG(3, 0, 6, 0, 0), DONJON_REG_FAR_EL1 },
	{ ARM64_SYS_REG(3, 0, 7, 4, 0), DONJON_REG_PAR_EL1 },
	{ ARM64_SYS_REG(3, 0, 10, 2, 0), DONJON_REG_MAIR_EL1 },
	{ ARM64_SYS_REG(3, 0, 10, 3, 0), DONJON_REG_AMAIR_EL1 },
	{ ARM64_SYS_REG(3, 0, 12, 0, 0), DONJON_REG_VBAR_EL1 },
	{ ARM64_SYS_REG(3, 0, 13, 0, 1), DONJON_REG_CONTEXTIDR_EL1 },
	{ ARM64_SYS_REG(3, 0, 13, 0, 4), DONJON_REG_TPIDR_EL1 },
	{ ARM64_SYS_REG(3, 0, 14, 1, 0), DONJON_REG_CNTKCTL_EL1 },
	{ ARM64_SYS_REG(3, 2, 0, 0, 0), DONJON_REG_CSSELR_EL1 },
	{ ARM64_SYS_REG(3, 3, 13, 0, 2), DONJON_REG_TPIDR_EL0 },
	{ ARM64_SYS_REG(3, 3, 13, 0, 3), DONJON_REG_TPIDRRO_EL0 },
	{ KVM_REG_ARM_TIMER_CTL, DONJON_REG_CNTV_CTL },
	{ KVM_REG_ARM_TIMER_CVAL, DONJON_REG_CNTV_CVAL },
	{ KVM_REG_ARM_TIMER_CNT, 0, COUNTER },
	{ KVM_REG_ARM_PSCI_VERSION, 0, PSCI },
};

/*
 * Feature registers of AArch32, which is not offered: they read as zero, and KVM ignores what is
 * written to them, but for ID_AFR0_EL1, ID_DFR1_EL1 and two that are unallocated.
 */
#define NR_ID32		24U
#define FIXED_ID32	(BIT(3) | BIT(19) | BIT(21) | BIT(23))

static bool ignores_writes(const struct reg *reg)
{
	unsigned int n = reg->number - DONJON_REG_ID(1, 0);

	return reg->place == AT_EL2_FIXED && n < NR_ID32 && !(BIT(n) & FIXED_ID32);
}

#define NR_X	31U
#define NR_V	32U
#define NR_ID	56U
#define NR_REGS	(NR_X + ARRAY_SIZE(regs) + NR_V + NR_ID)

/* The n-th of NR_REGS registers: x0 to x30, those above, V0 to V31, the feature registers. */
static struct reg reg_at(unsigned int n)
{
	if (n < NR_X)
		return (struct reg){ CORE(U64, regs.regs[0]) + 2 * n, DONJON_REG_X(n), AT_EL2,
				     true };
	n -= NR_X;
	if (n < ARRAY_SIZE(regs))
		return regs[n];
	n -= ARRAY_SIZE(regs);
	if (n < NR_V)
		return (struct reg){ CORE(U128, fp_regs.vregs[0]) + 4 * n, DONJON_REG_V(n, 0) };
	n -= NR_V;
	return (struct reg){ ARM64_SYS_REG(3, 0, 0, 1 + n / 8, n % 8),
			     DONJON_REG_ID(1 + n / 8, n % 8), AT_EL2_FIXED };
}

/* 0, -ENOENT, or -EINVAL for a part of a register. */
static int find(u64 id, struct reg *reg)
{
	const u64 x0 = CORE(U64, regs.regs[0]);
	unsigned int i;

	for (i = 0; i < NR_REGS; i++) {
		*reg = reg_at(i);
		if (reg->id == id)
			return 0;
	}
	return id > x0 && id < x0 + 2 * NR_X ? -EINVAL : -ENOENT;
}

static int get_at_el2(struct vcpu *vcpu, unsigned int number, u64 *value)
{
	struct hyp_result r = hyp_call(DONJON_HC_VCPU_GET_REG, vcpu->vm->handle, vcpu->index,
				       number);

	*value = r.x1;
	return hyp_errno(r.code);
}

/* The timer of a vCPU that does not run goes on: EL2 has what it was at the exit. */
static u64 timer_ctl(const struct vcpu *vcpu, u64 ctl)
{
	bool fired = (ctl & ARCH_TIMER_CTRL_ENABLE) &&
		     arch_timer_read_counter() >= vcpu->cntv_cval;

	return (ctl & ~(u64)ARCH_TIMER_CTRL_IT_STAT) | (fired ? ARCH_TIMER_CTRL_IT_STAT : 0);
}

/* value: two words, the second one for a register of 128 bits. */
static int get(struct vcpu *vcpu, const struct reg *reg, u64 value[2])
{
	int ret;

	switch (reg->place) {
	case SPARE_SPSR:
		value[0] = vcpu->spare_spsr[reg->number];
		return 0;
	case COUNTER:
		value[0] = arch_timer_read_counter();
		return 0;
	case PSCI:
		value[0] = PSCI_VERSION_1_1;
		return 0;
	}
	ret = get_at_el2(vcpu, reg->number, value);
	if (!ret && KVM_REG_SIZE(reg->id) == 16)
		ret = get_at_el2(vcpu, reg->number + 1, value + 1);
	if (!ret && reg->id == KVM_REG_ARM_TIMER_CTL)
		value[0] = timer_ctl(vcpu, value[0]);
	return ret;
}

static int set_at_el2(struct vcpu *vcpu, unsigned int number, u64 value)
{
	return hyp_errno(hyp_call(DONJON_HC_VCPU_SET_REG, vcpu->vm->handle, vcpu->index, number,
				  value).code);
}

static int set(struct vcpu *vcpu, const struct reg *reg, const u64 value[2])
{
	u64 now[2] = {};
	int ret;

	switch (reg->place) {
	case SPARE_SPSR:
		vcpu->spare_spsr[reg->number] = value[0];
		return 0;
	case COUNTER:
		return 0;
	case PSCI:
	case AT_EL2_FIXED:
		ret = get(vcpu, reg, now);
		if (ret)
			return ret;
		return (value[0] == now[0] || ignores_writes(reg)) && !vcpu->vm->protected ?
			       0 : -EINVAL;
	}
	ret = set_at_el2(vcpu, reg->number, value[0]);
	if (!ret && KVM_REG_SIZE(reg->id) == 16)
		ret = set_at_el2(vcpu, reg->number + 1, value[1]);
	if (!ret && reg->id == KVM_REG_ARM_TIMER_CTL)
		vcpu->cntv_ctl = value[0];
	if (!ret && reg->id == KVM_REG_ARM_TIMER_CVAL)
		vcpu->cntv_cval = value[0];
	return ret;
}

/* What the driver itself has of a vCPU is for unprotected VMs, like what EL2 would refuse. */
static int find_for(const struct vcpu *vcpu, u64 id, struct reg *reg)
{
	int ret = find(id, reg);

	if (ret)
		return ret;
	return vcpu->vm->protected && reg->place > AT_EL2_FIXED ? -EPERM : 0;
}

int onereg_get(struct vcpu *vcpu, const struct kvm_one_reg *user)
{
	u64 value[2] = {};
	struct reg reg;
	int ret = find_for(vcpu, user->id, &reg);

	ret = ret ?: get(vcpu, &reg, value);
	if (ret)
		return ret;
	return copy_to_user((void __user *)(unsigned long)user->addr, value,
			    KVM_REG_SIZE(reg.id)) ? -EFAULT : 0;
}

int onereg_set(struct vcpu *vcpu, const struct kvm_one_reg *user)
{
	u64 value[2] = {};
	struct reg reg;
	int ret = find_for(vcpu, user->id, &reg);

	if (ret)
		return ret;
	if (copy_from_user(value, (void __user *)(unsigned long)user->addr, KVM_REG_SIZE(reg.id)))
		return -EFAULT;
	return set(vcpu, &reg, value);
}

int onereg_list(struct vcpu *vcpu, struct kvm_reg_list __user *list)
{
	bool protected = vcpu->vm->protected;
	u64 count = 0, have, at = 0;
	unsigned int i;

	for (i = 0; i < NR_REGS; i++)
		count += reg_at(i).protected || !protected;
	if (get_user(have, &list->n) || put_user(count, &list->n))
		return -EFAULT;
	if (have < count)
		return -E2BIG;
	for (i = 0; i < NR_REGS; i++) {
		struct reg reg = reg_at(i);

		if ((reg.protected || !protected) && put_user(reg.id, &list->reg[at++]))
			return -EFAULT;
	}
	return 0;
}
