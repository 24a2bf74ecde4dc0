/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the driver offer to each other, besides VMs (vm.h) and their interrupt
 * controller (vgic.h).
 */
#ifndef DONJON_DRIVER_H
#define DONJON_DRIVER_H

#undef pr_fmt
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/printk.h>
#include <linux/types.h>

#include "abi/boot.h"
#include "compat.h"
#include "hypercall.h"

/* What a person has to do so that EL2 is free. */
#define DONJON_HINT "boot with kvm-arm.mode=none id_aa64mmfr1.vh=0"

/* -- main.c -- */

/*
 * Where insmod is to fail, for the tests (parameter fail_at). The phases from ENTER to START are
 * forced at EL2.
 */
enum fail_point {
	FAIL_NOWHERE,
	FAIL_PROBE,
	FAIL_ALLOC,
	FAIL_ENTER,
	FAIL_INIT,
	FAIL_COMMIT,
	FAIL_START,
	FAIL_DEVICE,
};

struct takeover_params {
	enum fail_point fail_point;
	unsigned int fail_cpu;		/* index among the CPUs that are online */
	unsigned long pool_mib;		/* added to what is computed */
	unsigned long uart;		/* physical address of a PL011, 0: none, ~0: what the device tree says */
	bool tlbi_repeat;
};

/* -- errors.c -- */

/*
 * hyp_errno() gives the negative errno value for a DONJON_E* code, hyp_strerror() its meaning as
 * text.
 */
int hyp_errno(long code);
const char *hyp_strerror(long code);

/* -- memory.c -- */

/*
 * Fills boot->regions and nr_regions with the machine's memory map. -E2BIG with a line in the log:
 * more regions than DONJON_MAX_REGIONS, or memory above the largest address that EL2 can handle.
 */
int memory_map(struct donjon_boot *boot);

/* Sum of the RAM regions in bytes. */
u64 memory_ram_size(const struct donjon_boot *boot);

/*
 * The RAM regions of the hypervisor that runs, for debugfs: the first region that ends behind pa,
 * or NULL.
 */
const struct donjon_region *memory_next_ram(u64 pa);

/* -- takeover.c -- */

/*
 * Takes EL2 on every online CPU and starts the hypervisor. On failure everything is as it was, and
 * one line in the log says why. CPU hot-plug must be disabled. Process context.
 */
int takeover_start(const struct takeover_params *params);

/*
 * Stops the hypervisor and hands EL2 back. Memory that could not be had back is leaked, with a line
 * in the log.
 */
void takeover_stop(void);
/* EL2 could not be given back on every CPU. */
bool takeover_el2_stays(void);

/*
 * A call with up to four arguments that may need tables of EL2's: when it answers NO_POOL the pool
 * is fed and the call repeated, a bounded number of times. Still NO_POOL: the host has none. NO_CACHE
 * is left to the caller. Process context.
 */
struct hyp_result hyp_call_fed(u64 fn, u64 a1, u64 a2, u64 a3, u64 a4);

/*
 * Gives EL2's pool more pages where it runs low, and nothing where it doesn't: what it gets comes back
 * with the module's end only. 1: it got some, 0: it isn't low, -ENOMEM: the host has none. Process context.
 */
int takeover_pool_feed(void);

/*
 * The boot parameters of the running hypervisor; NULL before takeover_start(). They are a copy: EL2
 * owns the real ones.
 */
const struct donjon_boot *takeover_boot(void);

/* -- log.c -- */

/*
 * The ring that EL2 writes its log to: pages of the host. Freed by log_free(), or leaked with keep.
 */
int log_alloc(void);
void log_free(bool keep);
phys_addr_t log_base(void);
size_t log_size(void);

/*
 * log_start() and log_stop(): print it now and then. log_drain() prints what is new; any context.
 */
void log_start(void);
void log_stop(void);
void log_drain(void);

struct seq_file;
void log_show(struct seq_file *m);

/* -- image.S and the symbol table made by symbols.awk -- */

struct image_symbol {
	u64 addr;
	u64 size;
	const char *name;
};
extern const struct image_symbol image_symbols[];
extern const unsigned int image_nr_symbols;
extern const u8 image_start[], image_end[];

/* -- timer.c -- */

/* Finds and requests the virtual timer's and the GIC's maintenance interrupt on every CPU. */
int timer_init(void);
void timer_exit(void);

/* -- run.c -- */

/* Before the first vCPU. */
void run_init(void);

/* -- kvm_dev.c -- */

/*
 * kvm_dev_claim() takes the name /dev/kvm, which is refused with -EBUSY while KVM has it;
 * kvm_dev_serve() begins to serve it. kvm_dev_release() gives it up.
 */
int kvm_dev_claim(void);
void kvm_dev_serve(void);
void kvm_dev_release(void);

/* -- debugfs.c -- */

void debugfs_start(void);
void debugfs_stop(void);

#endif
