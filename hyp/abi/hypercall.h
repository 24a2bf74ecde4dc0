/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls from the host to EL2: HVC #0 with a 64-bit fast SMCCC identifier in x0, arguments in x1 to
 * x6. x0 returns 0 or a DONJON_E* code (negative), results in x1 to x4; x5 to x17 are preserved.
 * Every other identifier, HVC immediate or junk in the upper half of x0 gives SMCCC_NOT_SUPPORTED.
 * Calls 0 to 4, Linux's stub calls, give HVC_STUB_ERR (0xbadca11) and change nothing, so that a
 * kexec falls back to its path without EL2.
 *
 * Addresses are physical (pa) or guest-physical (ipa), page-aligned; sizes are in bytes,
 * multiples of 4 KiB, not 0 and at most DONJON_MAX_RANGE per call. A call that fails has changed
 * nothing, unless it says otherwise.
 *
 * EL2 runs with interrupts masked, for a bounded time. What takes longer it does in parts: after
 * one it returns to the HVC itself, with x2 and the arguments that follow moved on to what is left
 * (x1 for POOL_DONATE), and the host makes the call again for the rest when it has taken its
 * interrupts. The same happens where the call needs a page that another CPU is just cleaning
 * (DONJON_PAGE_CLEANING). Whoever makes the call sees one call. Where it fails, the parts before
 * have been done: of more than DONJON_MAP_PAGES pages, of a range that crosses a multiple of 2 MiB,
 * or of one that is returned.
 *
 * Tables take pages: a guest's from its VM's page cache, all others from the pool. Any call may
 * answer NO_POOL, and one that changes a VM's tables NO_CACHE, with the number of missing pages in
 * x1. A call that lacks both answers NO_CACHE first.
 */
#pragma once

#include "types.h"

#define DONJON_MAX_RANGE	0x200000UL

/* Answers. SMCCC_NOT_SUPPORTED (-1) is one as well. */
#define DONJON_OK		0L
#define DONJON_E_NOT_SUPPORTED	(-1L)	/* unknown call, or not in this build */
/* alignment, size, wrapping range, unknown flag, index out of range */
#define DONJON_E_INVALID	(-2L)
#define DONJON_E_PHASE		(-3L)	/* not now: see the phases below */
/* the page is not yours or not in the state that this call needs; or a protected VM */
#define DONJON_E_DENIED		(-4L)
/* the pool lacks x1 pages (1 or more): POOL_DONATE, and repeat the call */
#define DONJON_E_NO_POOL	(-5L)
/* in use: a vCPU runs, a page is pinned, a VM exists; or all VMs or RAM ranges are taken */
#define DONJON_E_BUSY		(-6L)
#define DONJON_E_NOT_FOUND	(-7L)	/* no such VM, vCPU or mapping */
#define DONJON_E_EXISTS		(-8L)	/* there is one already */
#define DONJON_E_POISONED	(-9L)	/* the page was reclaimed by force: its contents are lost */
#define DONJON_E_DYING		(-10L)	/* the VM is being torn down */
#define DONJON_E_OFF		(-11L)	/* the vCPU is powered off, or the VM has stopped */
#define DONJON_E_CPU		(-12L)	/* this CPU lacks something that Donjon needs */
#define DONJON_E_INTERNAL	(-13L)	/* forced failure (fail_at), or EL2 has panicked */
/* the VM's page cache lacks x1 pages: VM_TOPUP, and repeat the call */
#define DONJON_E_NO_CACHE	(-14L)

/* What Linux's hyp-stub answers to an unknown call, and EL2 to calls 0 to 4. */
#define DONJON_STUB_ERR		0xbadca11UL

#define DONJON_HC_BASE		0xc600d000UL
#define DONJON_HC(n)		(DONJON_HC_BASE + (n))

/*
 * Phases: BOOT from the first entry, RUNNING from HC_START, RELEASING from HC_STOP, DEAD after a
 * panic.
 */
enum donjon_phase {
	DONJON_PHASE_BOOT = 1,
	DONJON_PHASE_RUNNING = 2,
	DONJON_PHASE_RELEASING = 3,
	DONJON_PHASE_DEAD = 4,
};

/* -- Life of the hypervisor -------------------------------------------------------------------- */

/*
 * () -> x1 = DONJON_ABI_VERSION, x2 = phase, x3 = CPUs that entered, x4 = CPUs committed. Any
 * phase.
 */
#define DONJON_HC_INFO		DONJON_HC(0x00)
/*
 * () Once, after the last CPU entered, on any of them: memory map, pool, host stage 2, ledger.
 * BOOT.
 */
#define DONJON_HC_INIT		DONJON_HC(0x01)
/*
 * () On each CPU that entered: the host goes behind its stage 2 here, its SMCs are trapped. BOOT,
 * after HC_INIT.
 */
#define DONJON_HC_CPU_COMMIT	DONJON_HC(0x02)
/*
 * () All CPUs that entered have committed: RUNNING. BUSY if one has not. NO_POOL: the pool has not
 * all tables that the host's stage 2 can ever need, so that its faults never fail for want of one.
 */
#define DONJON_HC_START		DONJON_HC(0x03)
/*
 * () RUNNING -> RELEASING. BUSY while a VM exists. From now on only INFO and CPU_RELEASE are
 * answered.
 */
#define DONJON_HC_STOP		DONJON_HC(0x04)
/*
 * () Hands this CPU's EL2 back to Linux's stub. BOOT (after a failure) or RELEASING. Returns behind
 * the HVC, at EL1, with x0 = 0; x1 to x17 are lost.
 */
#define DONJON_HC_CPU_RELEASE	DONJON_HC(0x05)
/*
 * (pa, size) Host memory for the pool: tables of the host's stage 2 and of EL2. Stays until
 * release. BOOT after INIT, RUNNING.
 */
#define DONJON_HC_POOL_DONATE	DONJON_HC(0x06)
/* (index of enum donjon_counter) -> x1 = value. BOOT after INIT, RUNNING. */
#define DONJON_HC_COUNTER	DONJON_HC(0x07)
/*
 * (pa) -> x1 = end of the run of pages that starts at pa and has one state and, if that is GUEST,
 * one owner and consecutive IPAs; x2 = enum donjon_page_state; x3 = VM handle, x4 = IPA of the
 * first page (both GUEST only, else 0). Looks at a bounded number of entries: a run may be reported
 * in several parts. BOOT after INIT, RUNNING, DEAD. INVALID: pa above the physical address size.
 */
#define DONJON_HC_LEDGER	DONJON_HC(0x08)

enum donjon_page_state {
	DONJON_PAGE_HOST = 0,		/* owned by the host, private to it */
	/* owned by the host, shared with EL2 or with an unprotected guest */
	DONJON_PAGE_HOST_SHARED = 1,
	DONJON_PAGE_GUEST_SHARED = 2,	/* owned by a guest, shared with the host */
	DONJON_PAGE_GUEST = 3,		/* owned by a guest, private to it */
	DONJON_PAGE_HYP = 4,		/* owned by EL2 */
	/* MMIO, firmware, holes: the host's, never owned by another */
	DONJON_PAGE_NOT_RAM = 5,
	/* EL2 zeroes or cleans it on its way to or from a guest: the host that touches it waits */
	DONJON_PAGE_CLEANING = 6,
};

enum donjon_counter {
	DONJON_CNT_POOL_FREE,		/* pages in the pool now */
	/* table pages of the host's stage 2 now, without the root */
	DONJON_CNT_HOST_TABLES,
	/* leaf entries of the host's stage 2 written by transitions */
	DONJON_CNT_HOST_WRITES,
	DONJON_CNT_HOST_SPLITS,		/* blocks of the host's stage 2 replaced by a table */
	DONJON_CNT_HOST_FOLDS,		/* tables of the host's stage 2 given up again */
	DONJON_CNT_HOST_MAPS,		/* leaf entries mapped lazily after a fault of the host */
	DONJON_CNT_GUEST_WRITES,	/* leaf entries of guests' stage 2 written */
	DONJON_CNT_GUEST_SPLITS,
	/* pages taken from a guest because the host's kernel touched them */
	DONJON_CNT_FORCED_RECLAIMS,
	DONJON_CNT_HOST_REFUSALS,	/* aborts injected into the host */
	DONJON_CNT_ZEROED_PAGES,	/* pages zeroed at EL2 */
	DONJON_CNT_VMS,			/* VMs that exist now */
	DONJON_NR_COUNTERS
};

/* -- VMs --------------------------------------------------------------------------------------- */

#define DONJON_VM_PROTECTED	1UL
#define DONJON_MAX_VMS		128
#define DONJON_MAX_VCPUS	16
#define DONJON_MAX_RAM_RANGES	32

/*
 * (flags, ipa_bits, vm_pa) -> x1 = handle (never 0). ipa_bits: 32 to min(48, physical address
 * size). vm_pa: DONJON_VM_PAGES physically contiguous pages, aligned to their size, donated to EL2
 * with the call and given back by VM_DESTROY. BUSY: there are DONJON_MAX_VMS.
 */
#define DONJON_HC_VM_CREATE	DONJON_HC(0x10)
/* 16 for the concatenated root tables, then the VM's own page and spare ones */
#define DONJON_VM_PAGES		32UL
/*
 * (handle, index, vcpu_pa, run_pa) vcpu_pa: a page donated to EL2. run_pa: a host page, shared:
 * struct donjon_run. Before the first run.
 */
#define DONJON_HC_VCPU_CREATE	DONJON_HC(0x11)
/* (handle, pa, size) Pages for the VM's tables, donated; given back by VM_DESTROY. */
#define DONJON_HC_VM_TOPUP	DONJON_HC(0x12)
/*
 * (handle, ipa, size, flags) This range is RAM: a fault in it asks for a page (EXIT_MEMORY),
 * outside it is MMIO. DONJON_RAM_READONLY: a write to a page of it is MMIO, too; unprotected VMs,
 * else DENIED. Not bounded by DONJON_MAX_RANGE. Protected: only before the first run, and below
 * 2^(ipa_bits - 1): the upper half are the unprotected IPAs (rsi.h). EXISTS: overlaps another
 * range. BUSY: the VM has DONJON_MAX_RAM_RANGES.
 */
#define DONJON_HC_VM_ADD_RAM	DONJON_HC(0x13)
#define DONJON_RAM_READONLY	1UL
/*
 * (handle, ipa, size) Exactly as added. Unprotected VMs; the pages must be unmapped already, else
 * BUSY.
 */
#define DONJON_HC_VM_DEL_RAM	DONJON_HC(0x14)
/*
 * (handle, pa, ipa, size) The host's pages become the guest's. Protected: donated; with their
 * contents before the first run, zeroed after it; or, where the guest has made its range EMPTY,
 * shared with the host, with their contents. Unprotected: shared. pa and ipa agree modulo 2 MiB
 * where a block is wanted. One call needs at most DONJON_MAP_TABLES pages of the VM's cache.
 * EXISTS: something is mapped there. POISONED.
 */
#define DONJON_HC_VM_MAP	DONJON_HC(0x15)
/* and one more stays in the cache for each 2 MiB block that is mapped */
#define DONJON_MAP_TABLES	6UL
/*
 * Pages that VM_MAP, VM_TOPUP and POOL_DONATE take at a time, where they are no aligned 2 MiB. A
 * part ends at a multiple of 2 MiB, of pa as of ipa.
 */
#define DONJON_MAP_PAGES	8UL
/*
 * (handle, ipa, size, 0) Unprotected VMs: ends the sharing of every page mapped in the range. -> x1
 * = bytes unmapped.
 */
#define DONJON_HC_VM_UNMAP	DONJON_HC(0x16)
/*
 * (handle, index, register, value) and (handle, index, register) -> x1. Unprotected: while the vCPU
 * does not run. Protected: SET only before the VM's first run and only X0 to X30, PC, SP_EL1 and
 * PSTATE, GET the same; MPIDR can always be read. Else DENIED. SET of MPIDR or of a feature
 * register: INVALID.
 */
#define DONJON_HC_VCPU_SET_REG	DONJON_HC(0x17)
#define DONJON_HC_VCPU_GET_REG	DONJON_HC(0x18)
/*
 * (handle, index, on) Power state before the first run: vCPUs are created off. Unprotected: also
 * later.
 */
#define DONJON_HC_VCPU_POWER	DONJON_HC(0x19)
/*
 * (handle, index) Runs the vCPU on this CPU, with interrupts masked, until an exit, described in
 * its run page. The first run activates a protected VM. BUSY: it runs elsewhere. OFF: powered off,
 * or the VM was stopped by SYSTEM_OFF or SYSTEM_RESET. DYING. INVALID: bad run page.
 */
#define DONJON_HC_VCPU_RUN	DONJON_HC(0x1a)
/*
 * (handle) The VM cannot run any more. BUSY while a vCPU runs: kick it and repeat. Repeating it is
 * fine. The return of its memory is cheaper after an answer of OK.
 */
#define DONJON_HC_VM_KILL	DONJON_HC(0x1b)
/*
 * (handle, ipa, size, 0) Dying VMs: every page mapped in the range goes back to the host, zeroed if
 * it was private. -> x1 = bytes given back; nothing mapped there is no error. Protected: protected
 * IPAs (above them: INVALID); what is at their unprotected IPAs goes with them.
 */
#define DONJON_HC_VM_RECLAIM	DONJON_HC(0x1c)
/*
 * (handle) Dying VM with nothing mapped any more (else BUSY): gives one of its own pages back,
 * zeroed. -> x1 = pa, x2 = what it was (enum donjon_vm_page). x2 = DONJON_VM_PAGE_LAST: x1 is vm_pa
 * of VM_CREATE, all DONJON_VM_PAGES pages are the host's again and the handle is gone.
 */
#define DONJON_HC_VM_DESTROY	DONJON_HC(0x1d)
enum donjon_vm_page {
	DONJON_VM_PAGE_CACHE = 0,	/* given by VM_TOPUP, used as a table or not */
	/* vcpu_pa of VCPU_CREATE; its run page is private to the host again */
	DONJON_VM_PAGE_VCPU = 1,
	DONJON_VM_PAGE_LAST = 2,
};

/*
 * (handle, index) -> x1. The vCPU's registers are as after its creation, its timer is off, and it
 * is powered off. Protected: before the first run. Unprotected: while the vCPU does not run; a VM
 * that has stopped can run again, every vCPU of it is powered off then, and x1 = 1, or BUSY while
 * one still runs. Else x1 = 0.
 */
#define DONJON_HC_VCPU_RESET	DONJON_HC(0x1e)

/*
 * (locked) Debug builds only: panics at EL2, to test the panic; holding a lock of the ledger if
 * locked is not 0.
 */
#define DONJON_HC_DEBUG_PANIC	DONJON_HC(0xf0)

/* Registers of VCPU_SET_REG and VCPU_GET_REG. */
#define DONJON_REG_X(n)		((uint64_t)(n))	/* 0 to 30 */
#define DONJON_REG_SP_EL0	31UL
#define DONJON_REG_PC		32UL
#define DONJON_REG_PSTATE	33UL
#define DONJON_REG_SP_EL1	34UL
#define DONJON_REG_ELR_EL1	35UL
#define DONJON_REG_SPSR_EL1	36UL
#define DONJON_REG_MPIDR	37UL	/* read only */
/* Unprotected VMs only. */
#define DONJON_REG_SCTLR_EL1	38UL
#define DONJON_REG_TTBR0_EL1	39UL
#define DONJON_REG_TTBR1_EL1	40UL
#define DONJON_REG_TCR_EL1	41UL
#define DONJON_REG_MAIR_EL1	42UL
#define DONJON_REG_AMAIR_EL1	43UL
#define DONJON_REG_VBAR_EL1	44UL
#define DONJON_REG_CPACR_EL1	45UL
#define DONJON_REG_CONTEXTIDR_EL1 46UL
#define DONJON_REG_TPIDR_EL0	47UL
#define DONJON_REG_TPIDRRO_EL0	48UL
#define DONJON_REG_TPIDR_EL1	49UL
#define DONJON_REG_ESR_EL1	50UL
#define DONJON_REG_AFSR0_EL1	51UL
#define DONJON_REG_AFSR1_EL1	52UL
#define DONJON_REG_FAR_EL1	53UL
#define DONJON_REG_PAR_EL1	54UL
#define DONJON_REG_CNTKCTL_EL1	55UL
#define DONJON_REG_CSSELR_EL1	56UL
#define DONJON_REG_CNTV_CVAL	57UL
#define DONJON_REG_CNTV_CTL	58UL
#define DONJON_REG_FPSR		59UL
#define DONJON_REG_FPCR		60UL
/* Low (half 0) and high half of V0 to V31. */
#define DONJON_REG_V(n, half)	(61UL + 2 * (n) + (half))
/* Feature registers, op0 3, op1 0, CRn 0, CRm 1 to 7, as the guest reads them; read only. */
#define DONJON_REG_ID(crm, op2)	(125UL + 8 * ((crm) - 1) + (op2))
#define DONJON_NR_REGS		181UL
