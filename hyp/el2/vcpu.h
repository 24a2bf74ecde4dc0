/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vCPUs: created and destroyed under LOCK_VMS, each in a page that the host donated, with a run
 * page that the host shares.
 *
 * The registers of a loaded vCPU belong to the CPU that runs it; otherwise the VM's lock protects
 * them.
 */
#pragma once

#include <abi/hypercall.h>
#include <abi/run.h>
#include <arch/percpu.h>
#include <el2/vm.h>

enum vcpu_power {
	VCPU_OFF,
	VCPU_ON_PENDING,	/* starts from on_entry and on_context at its next run */
	VCPU_ON,
};

enum vcpu_pending {
	PENDING_NOTHING,
	PENDING_MMIO,		/* the host is to answer an EXIT_MMIO */
	PENDING_RECALL,		/* ... an EXIT_RECALL */
};

/* One page. The assembly knows the offsets of x and fp. */
struct vcpu {
	uint64_t x[31];
	uint64_t pc;
	uint64_t pstate;
	uint64_t unused;
	struct {
		__uint128_t q[32];
		uint64_t fpsr, fpcr;
	} fp;
	struct el1_state el1;
	uint64_t cntv_ctl;
	uint64_t vdisr;			/* DISR_EL1, as the guest sees it */
	uint64_t ich_vmcr;
	uint64_t ich_ap0r[4], ich_ap1r[4];
	enum vcpu_pending pending;
	bool serror;			/* a virtual SError is pending for the guest */
	uint64_t abort_esr, abort_far;	/* of the MMIO access that is pending */
	uint64_t serror_esr;		/* of an SError that the CPU has taken; 0: none */
	struct ipa_range recalled;	/* by the last EXIT_RECALL; released during this run */
	/* A reset of the vCPU ends here. CPU_ON writes these for the reset that it causes. */
	uint64_t on_entry, on_context;
	/* What is the guest's ends here. */
	struct vm *vm;
	struct donjon_run *run;		/* shared with the host */
	uint32_t index;
	bool loaded;
	enum vcpu_power power;
	bool exit_off;			/* becomes VCPU_OFF when its state is saved */
};
_Static_assert(sizeof(struct vcpu) <= 4096, "a vCPU is one page");

/* What the host's part of a run page says, read once. */
struct guest_entry {
	uint64_t flags;
	uint64_t nr_lrs;
	uint64_t lr[DONJON_MAX_LRS];	/* 0 from nr_lrs on */
};

/*
 * Hypercalls: hyp/abi/hypercall.h documents them. They take locks themselves and return 0 or a
 * negative errno value; the caller holds a reference to vm.
 */
int vcpu_create(uint64_t handle, uint64_t index, pa_t page, pa_t run);
int vcpu_set_reg(struct vm *vm, struct vcpu *vcpu, uint64_t reg, uint64_t value);
int vcpu_get_reg(struct vm *vm, struct vcpu *vcpu, uint64_t reg, uint64_t *value);
int vcpu_power(struct vm *vm, struct vcpu *vcpu, uint64_t on);
int vcpu_reset(struct vm *vm, struct vcpu *vcpu, uint64_t *restarted);
int vcpu_run(struct vm *vm, struct vcpu *vcpu);

/* Zeroes a vCPU up to one of its fields. */
static inline void vcpu_zero_to(struct vcpu *vcpu, const void *end)
{
	uint64_t *p;

	for (p = vcpu->x; (void *)p < end; p++)
		*p = 0;
}

/*
 * Zeroes the registers of a vCPU that does not run, and all else that is its guest's. The caller
 * cleans them.
 */
static inline void vcpu_forget(struct vcpu *vcpu)
{
	vcpu_zero_to(vcpu, &vcpu->vm);
}

/* MPIDR_EL1 of the vCPU with this index: 16 CPUs, one affinity level. */
static inline uint64_t vcpu_mpidr(uint32_t index)
{
	return BIT(31) | (index & 0xf);
}
