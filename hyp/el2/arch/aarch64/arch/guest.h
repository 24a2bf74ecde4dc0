/* SPDX-License-Identifier: GPL-2.0-only */
/* Running a guest: world switch, its registers, and what it traps for. */
#pragma once

#include <el2/types.h>

struct guest_entry;
struct vcpu;

/* HCR_EL2 while a guest runs. */
uint64_t guest_hcr(void);

/* Where DONJON_REG_SP_EL0, SP_EL1 to SPSR_EL1 and SCTLR_EL1 to CNTV_CVAL are kept. */
uint64_t *guest_el1_reg(struct vcpu *vcpu, uint64_t reg);

/* The n-th feature register from CRm 1, op2 0 on, as the guest reads it; guest_sysreg.c. */
uint64_t guest_feature(uint64_t n);

/*
 * Runs the vCPU, which is marked as loaded, until an exit to the host, and describes it in the run
 * page. Interrupts are masked.
 */
void guest_run(struct vcpu *vcpu, struct guest_entry *entry);

/* world_switch.c: the fine-grained traps, ten registers, where the CPU has them. */
void fgt_save(uint64_t *fgt);
void fgt_load(const uint64_t *fgt);

/*
 * Loads the guest's state into the CPU and the host's back; world_switch.c. lrs: all list registers
 * for the guest, and back the first nr_lrs of them. hosts_serror: an SError
 * of the host's is pending, so the guest must not run, or it would be blamed for it. Otherwise what
 * is pending on the way back is the guest's.
 */
bool world_enter(struct vcpu *vcpu, const uint64_t *lrs);
void world_leave(struct vcpu *vcpu, uint64_t *lrs, unsigned int nr_lrs, bool hosts_serror);

/*
 * guest_exit.c: handles one exception of the loaded vCPU; what: GUEST_*. Returns an enum
 * donjon_exit with the run page's fields set, or RESUME.
 */
int guest_handle_exit(struct vcpu *vcpu, int what);

/* guest_sysreg.c: a trapped access to a system register. Returns DONJON_EXIT_SGI or RESUME. */
int guest_sysreg(struct vcpu *vcpu, uint64_t esr);

/*
 * exception.c: injects an exception into EL1, the host's or the guest's, whose state is loaded.
 * esr: as EL1 sees it.
 */
void inject_sync(uint64_t esr, bool set_far, uint64_t far);
void inject_serror(uint64_t esr);
void inject_undefined(void);
/* An abort with this fault status code, for the one to EL2 that esr describes. */
void inject_abort(uint64_t esr, uint64_t far, uint64_t fsc);
