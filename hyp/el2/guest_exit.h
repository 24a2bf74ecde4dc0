/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest exits to EL2 for: calls by HVC or SMC (SMCCC, PSCI, TRNG, sharing and RSI; both
 * conduits give the same answers), stage-2 aborts, SErrors.
 */
#pragma once

#include <abi/smccc.h>
#include <arch/machine.h>
#include <el2/vcpu.h>

#define RESUME	(-1)	/* instead of an enum donjon_exit: the guest runs on */

/* A call's results; the guest runs on. */
static inline int answer(struct vcpu *vcpu, int64_t x0)
{
	vcpu->x[0] = x0;
	return RESUME;
}

static inline int answer3(struct vcpu *vcpu, int64_t x0, uint64_t x1, uint64_t x2)
{
	vcpu->x[1] = x1;
	vcpu->x[2] = x2;
	return answer(vcpu, x0);
}

static inline int answer4(struct vcpu *vcpu, int64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	vcpu->x[3] = x3;
	return answer3(vcpu, x0, x1, x2);
}

/* Decides, once, between KVM's vendor calls and RSI. False: the guest uses the other. */
static inline bool guest_uses(struct vm *vm, enum guest_interface one)
{
	enum guest_interface was = USES_NEITHER;

	return __atomic_compare_exchange_n(&vm->uses, &was, one, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED) || was == one;
}

/* A call that does not exist, such as one with an immediate other than 0. */
static inline int guest_call_unknown(struct vcpu *vcpu)
{
	return answer(vcpu, SMCCC_NOT_SUPPORTED);
}

/* Which page an exit is about. Calls that end without an exit tell the host nothing. */
static inline int guest_exit_for_page(struct vcpu *vcpu, int exit, uint64_t addr)
{
	vcpu->run->ipa = addr;
	vcpu->run->size = PAGE_SIZE;
	return exit;
}

/* The guest, in a call, needs a page at this protected IPA that does not exist yet: the call is
 * repeated when the host has mapped it. */
static inline int guest_needs_page(struct vcpu *vcpu, uint64_t addr)
{
	arch_repeat_call();
	vcpu->run->write = true;
	return guest_exit_for_page(vcpu, DONJON_EXIT_MEMORY, addr);
}

/*
 * The ledger has refused the call with -ENOBUFS or -ENOMEM: the call is repeated when the host has
 * fed what is short. The call may go on to need more, so the cache gets what is enough for any.
 */
static inline int guest_needs_tables(struct vcpu *vcpu, int error)
{
	bool cache = error == -ENOBUFS;

	arch_repeat_call();
	vcpu->run->arg[0] = cache ? DONJON_MAP_TABLES : 0;
	vcpu->run->arg[1] = cache ? 0 : *arch_pages_short();
	return DONJON_EXIT_TOPUP;
}

/*
 * The guest, in a call, takes back pages from addr on that the host may still use, size bytes at
 * most: the call is repeated when the host has let go of them.
 */
static inline int guest_recalls(struct vcpu *vcpu, uint64_t addr, uint64_t size)
{
	arch_repeat_call();
	vcpu->pending = PENDING_RECALL;
	vcpu->run->ipa = vcpu->recalled.base = addr;
	vcpu->run->size = vcpu->recalled.size = size;
	return DONJON_EXIT_RECALL;
}

/* Whether the host has let go of this page for the run that goes on. */
static inline bool guest_released(const struct vcpu *vcpu, uint64_t addr)
{
	return !range_at(&vcpu->recalled, 1, addr);
}

/* The function and its arguments are in the vCPU's x0 to x6, the answer goes to x0 to x3. Returns
 * an enum donjon_exit, or RESUME. */
int guest_call(struct vcpu *vcpu);

/* guest_rsi.c: the functions of RSI 1.0. */
int guest_rsi(struct vcpu *vcpu, uint32_t function);

/*
 * guest_mmio.c: MMIO guard. guest_may_access(): whether an access to this page, which is not RAM,
 * is for the host; the VM's lock is held.
 */
int guest_mmio_guard(struct vcpu *vcpu, uint32_t function);
bool guest_may_access(struct vm *vm, uint64_t page);

/* guest_psci.c: the functions of PSCI 1.1, wholly at EL2. */
int guest_psci(struct vcpu *vcpu, uint32_t function);

/*
 * esr: ESR_EL2 of the loaded vCPU's abort; the address is arch_fault_page()'s. Returns an enum
 * donjon_exit with the run page's fields set, or RESUME: the guest repeats the access, skips it, or
 * takes an external abort.
 */
int guest_abort(struct vcpu *vcpu, uint64_t esr);

/*
 * Before the guest runs again: the host's answer to an EXIT_MMIO or EXIT_RECALL, if one is due;
 * flags: DONJON_ENTRY_*. It is due at the very next run only: without it the guest repeats the
 * access or the call, and nothing that the host says later touches a register or skips an
 * instruction. Returns true if the guest is to take an external abort for abort_esr and abort_far;
 * then pc still names the access.
 */
bool guest_complete_exit(struct vcpu *vcpu, uint64_t flags);

/*
 * An SError, vcpu->serror_esr, that the CPU took while the vCPU ran, or that its accesses had left
 * pending at the exit. Called when the host's state is loaded again, so that a panic reaches it.
 * The guest gets it as a virtual SError at its next entry, and the host does not see it. A
 * corrected error is nobody's. An uncontainable one (RAS) ends the machine: guests' memory is
 * scrubbed first, as in any panic.
 */
void guest_serror(struct vcpu *vcpu);
