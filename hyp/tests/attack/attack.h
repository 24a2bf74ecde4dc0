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

enum attack_how {
	/* With a fixup, and PAR_EL1 as Linux leaves it where it has none: no oops, but EL2 takes a
	 * guest's page. */
	ATTACK_ASKED,
	ATTACK_FIXUP,
	ATTACK_BARE,	/* without a fixup: Linux warns, or the calling task ends by an oops */
};

/*
 * Reads or writes memory at a physical address, 8 bytes at a time; pa and size are multiples of 8
 * within one page. EFAULT: the access was refused.
 */
struct attack_memory {
	__u64 pa;
	__u64 buffer;
	__u32 size;
	__u32 alias;
	__u32 write;
	__u32 how;
};

/* Where code of the kernel's may be that touches a page by the kernel's own address. */
enum attack_place {
	ATTACK_AT_FIXUP,	/* copy_from_kernel_nofault() */
	ATTACK_AT_FIXUP_PROBE,	/* the same, in the handler of a kprobe */
	ATTACK_AT_READ,		/* from here on without a fixup */
	ATTACK_AT_WRITE,
	ATTACK_AT_ATOMIC,
	ATTACK_AT_ZERO,		/* DC ZVA */
	ATTACK_AT_TWO_PAGES,	/* the end of the page before and the start of this one */
	ATTACK_AT_CLEAN,	/* DC CIVAC */
	ATTACK_AT_VMAP,		/* another address */
	ATTACK_AT_IRQS_OFF,
	ATTACK_AT_DAIF_OFF,
	ATTACK_AT_IPI,
	ATTACK_AT_TIMER,	/* a hard interrupt */
	ATTACK_AT_PROBE,
	ATTACK_AT_PROBED_LOAD,	/* executed out of line */
	ATTACK_AT_FTRACE,	/* in a callback of the function tracer */
	ATTACK_PLACES
};

/* EFAULT: a fixup was used. value: what was read there, at last. */
struct attack_touch {
	__u64 pa;
	__u64 value;
	__u32 place;
	__u32 pad;
};

/*
 * Loads from the page by another address, whose table comes and goes meanwhile: another CPU has an
 * entry lead to `nowhere`, where nothing answers, and back. Ends when two loads in a row have found
 * it differently as often as changes says, or after so many tries; both come back as they were.
 * EPROTO: a load did not fault, or with something else than a missing page or table.
 */
struct attack_walk {
	__u64 pa;
	__u64 nowhere;
	__u32 tries;
	__u32 changes;
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
#define ATTACK_TOUCH  _IOWR('D', 7, struct attack_touch)
#define ATTACK_WALK   _IOWR('D', 8, struct attack_walk)
