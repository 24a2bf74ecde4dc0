/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test-only module donjon_attack.ko does for its client: it plays a host kernel that has
 * turned bad. The file is /dev/donjon_attack; each call is an ioctl that returns 0 or -1 with
 * errno. mmap() of it at an offset maps the physical memory there.
 */
#pragma once

#include <linux/ioctl.h>
#include <linux/types.h>

#define ATTACK_REGS 18

enum attack_conduit {
	ATTACK_HVC0,	/* hvc #0 */
	ATTACK_HVC1,	/* hvc #1 */
	ATTACK_HVCFFFF, /* hvc #0xffff */
	ATTACK_SMC0,
	ATTACK_SMC1,
	ATTACK_HVC0_STREAMING, /* in streaming mode; EOPNOTSUPP without SME */
	ATTACK_CONDUITS
};

/* Calls EL2 or the firmware with x0 to x17, which are what came back afterwards. Interrupts are
 * masked meanwhile. */
struct attack_call {
	__u64 x[ATTACK_REGS];
	__u32 conduit;
	__u32 pad;
};

enum attack_alias {
	ATTACK_LINEAR,	    /* the kernel's own address of the page */
	ATTACK_VMAP,	    /* another address of it, cached */
	ATTACK_VMAP_DEVICE, /* and one with device attributes */
	ATTACK_MEMREMAP,
	ATTACK_ALIASES
};

/*
 * Reads or writes memory at a physical address, 8 bytes at a time; pa and size are multiples of 8
 * within one page. A fault ends it with EFAULT, or, when bare is set, with an oops of the calling
 * task.
 */
struct attack_memory {
	__u64 pa;
	__u64 buffer;
	__u32 size;
	__u32 alias;
	__u32 write;
	__u32 bare;
};

/* 2^order pages of the host's, zeroed. They are freed with ATTACK_FREE only, so that EL2 may have
 * them meanwhile. */
struct attack_pages {
	__u64 pa;
	__u32 order;
	__u32 pad;
};

/* Registers and instructions that only some cores have, and that EL1 should not. */
enum attack_impdefs {
	ATTACK_RAMINDEX,	/* Cortex-A57, A72: reads a cache's RAM into the two below */
	ATTACK_IL1DATA0,
	ATTACK_DL1DATA0,
	ATTACK_L2CTLR,
	ATTACK_CPUACTLR,
	ATTACK_CPUECTLR,	/* SMPEN */
	ATTACK_CPUMERRSR,	/* Cortex-A72: what a72_edac reads */
	ATTACK_CLUSTERPMCR,	/* cores with a DSU: what arm_dsu_pmu uses */
	ATTACK_IMPDEFS
};

/* EFAULT: it is undefined. Leaves an oops in the kernel's log, which the module survives. */
struct attack_impdef {
	__u32 what;
	__u32 write;
	__u64 value;
};

/*
 * hvc #0 with x0 to x17, and what EL1 reads of all encodings of system registers (op0 2 and 3, by
 * op0 - 2, op1, CRn, CRm, op2) directly before and after it, with interrupts masked: two arrays;
 * and the SIMD registers after it.
 */
#define ATTACK_ENCODINGS  32768
#define ATTACK_SIMD_WORDS 64
#define ATTACK_UNDEFINED  0x756e646566696e65UL
struct attack_registers {
	__u64 x[ATTACK_REGS];
	__u64 before, after, simd;
};

#define ATTACK_CALL   _IOWR('D', 1, struct attack_call)
#define ATTACK_MEMORY _IOW('D', 2, struct attack_memory)
#define ATTACK_ALLOC  _IOWR('D', 3, struct attack_pages)
#define ATTACK_FREE   _IOW('D', 4, struct attack_pages)
#define ATTACK_IMPDEF _IOWR('D', 5, struct attack_impdef)
#define ATTACK_REGISTERS _IOWR('D', 6, struct attack_registers)
