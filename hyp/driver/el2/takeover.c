// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking EL2: probe, memory, entry on every CPU, commit, start; and the way back.
 *
 * Linux's hyp-stub is entered with HVC_SOFT_RESTART (see abi/boot.h), one CPU after another, with
 * CPU hot-plug disabled. Up to HC_START a failure releases the CPUs that had entered, and the host
 * goes on as before.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "call.h"
#include "compat.h"
#include "errors.h"
#include "image.h"
#include "log.h"
#include "machine.h"
#include "memmap.h"
#include "pool.h"
#include "takeover.h"
#include "watchdog.h"

/* Calls of Linux's hyp-stub (arch/arm64/kernel/hyp-stub.S). */
#define HVC_STUB_SOFT_RESTART	1UL
#define HVC_STUB_UNKNOWN	0x80UL		/* no call of any kernel's stub */

/*
 * The one hypervisor of the machine. Changed by module init and exit only.
 */
static struct {
	struct page *carve;
	unsigned int carve_order;
	struct donjon_boot *boot;		/* a copy that stays readable */
	u64 entry;				/* physical address */
	u64 boot_pa;
	struct cpumask entered;
	bool running;
} hyp;

const struct donjon_boot *takeover_boot(void)
{
	return hyp.boot;
}

/* -- Probe -- */

enum probe_answer {
	PROBE_FREE, PROBE_AT_EL2, PROBE_NO_EL2, PROBE_NO_GIC, PROBE_TAKEN, PROBE_DONJON
};

/* Fields of ID_AA64PFR0_EL1 */
#define PFR0_EL2	8
#define PFR0_GIC	24

static void probe_cpu(void *arg)
{
	u64 pfr0 = read_sysreg(id_aa64pfr0_el1);
	enum probe_answer *answer = arg;

	if (read_sysreg(CurrentEL) != CurrentEL_EL1) {
		*answer = PROBE_AT_EL2;
		return;
	}
	/* Without EL2 an HVC is undefined, which would be an oops. */
	if (!(pfr0 >> PFR0_EL2 & 0xf)) {
		*answer = PROBE_NO_EL2;
		return;
	}
	if (!(pfr0 >> PFR0_GIC & 0xf)) {
		*answer = PROBE_NO_GIC;
		return;
	}
	if (hyp_call(DONJON_HC_INFO).code == DONJON_OK)
		*answer = PROBE_DONJON;
	else if (hyp_call(HVC_STUB_UNKNOWN).code != (long)DONJON_STUB_ERR)
		*answer = PROBE_TAKEN;
	else
		*answer = PROBE_FREE;
}

static int probe(const struct takeover_params *params)
{
	static const char * const why[] = {
		[PROBE_AT_EL2] = "the kernel itself runs there (VHE)",
		[PROBE_NO_EL2] = "the CPU, or the virtual machine that this is, has no EL2",
		[PROBE_NO_GIC] = "it has no system registers of a GICv3, but perhaps a GICv2",
		[PROBE_TAKEN] = "KVM or another hypervisor holds it, not Linux's stub",
		[PROBE_DONJON] = "Donjon holds it already",
	};
	unsigned int cpu, index = 0;

	for_each_online_cpu(cpu) {
		enum probe_answer answer = PROBE_TAKEN;

		smp_call_function_single(cpu, probe_cpu, &answer, 1);
		if (answer != PROBE_FREE) {
			pr_err("EL2 cannot be taken on CPU %u: %s: %s\n", cpu, why[answer],
			       answer == PROBE_NO_EL2 || answer == PROBE_NO_GIC ?
			       "Donjon cannot run here" :
			       answer == PROBE_DONJON ? "reboot to get rid of it" : TAKEOVER_HINT);
			return -ENODEV;
		}
		if (params->fail_point == FAIL_PROBE && params->fail_cpu == index) {
			pr_err("probe failed on CPU %u: forced by fail_at\n", cpu);
			return -EIO;
		}
		index++;
	}
	return machine()->check_cpus();
}

/* -- Memory -- */

static int check_image(const struct donjon_image *image)
{
	if (image_end - image_start < (long)sizeof(*image) || image->magic != DONJON_IMAGE_MAGIC) {
		pr_err("the EL2 image in this module is damaged: build it again\n");
		return -ENOEXEC;
	}
	if (image->abi_version != DONJON_ABI_VERSION) {
		pr_err("the EL2 image has ABI version %u, the module %d: build both again\n",
		       image->abi_version, DONJON_ABI_VERSION);
		return -ENOEXEC;
	}
	if (image->file_size > (u64)(image_end - image_start) ||
	    image->file_size > image->mem_size ||
	    image->entry >= image->file_size || !PAGE_ALIGNED(image->mem_size)) {
		pr_err("the EL2 image's header is inconsistent: build it again\n");
		return -ENOEXEC;
	}
	return 0;
}

/*
 * The carve-out: up to 4 MiB, naturally aligned; less if the host has no such chunk, but at least
 * the image, the boot parameters and 1 MiB of pool.
 */
static int alloc_carve(const struct donjon_image *image)
{
	unsigned int order = min_t(unsigned int, get_order(SZ_4M), DONJON_MAX_ORDER);

	while ((PAGE_SIZE << order) >= image->mem_size + DONJON_BOOT_SIZE + SZ_1M) {
		hyp.carve = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN |
					__GFP_RETRY_MAYFAIL, order);
		if (hyp.carve) {
			hyp.carve_order = order;
			return 0;
		}
		order--;
	}
	return -ENOMEM;
}

/*
 * START wants a page for each table that the host's stage 2 can ever consist of: one per 2 MiB and
 * per 1 GiB of RAM, some at the borders of regions, and 512 of level 1, for all addresses. The
 * quarter more, which 1 GiB tables do not take, and 4 MiB are for EL2's own.
 */
static u64 pool_need(const struct takeover_params *params)
{
	u64 tables = memmap_ram_size(hyp.boot) / 512 + 4 * PAGE_SIZE * hyp.boot->nr_regions;

	return PAGE_ALIGN(tables + tables / 4 + SZ_4M + ((u64)params->pool_mib << 20));
}

/* A CPU has not given EL2 back: it refuses to stop CPUs, so that hot-plug must stay disabled. */
static bool el2_stays;

static void free_memory(bool keep)
{
	log_free(keep);
	pool_free(keep);
	if (hyp.carve && !keep)
		__free_pages(hyp.carve, hyp.carve_order);
	hyp.carve = NULL;
	kvfree(hyp.boot);
	hyp.boot = NULL;
}

static int alloc_memory(const struct takeover_params *params)
{
	u64 need, avail = (u64)si_mem_available() << PAGE_SHIFT;
	int ret;

	hyp.boot = kvzalloc(sizeof(*hyp.boot), GFP_KERNEL);
	if (!hyp.boot)
		return -ENOMEM;
	ret = memmap_read(hyp.boot) ?: watchdog_deny(hyp.boot);
	if (ret)
		return ret;

	need = pool_need(params) + SZ_4M;
	if (params->fail_point == FAIL_ALLOC) {
		pr_err("too little memory: forced by fail_at\n");
		return -ENOMEM;
	}
	/* Half of what is free stays with the host, for itself and for the guests. */
	if (params->pool_mib > SZ_1T >> 20 || need > avail / 2 || log_alloc() ||
	    alloc_carve((const void *)image_start) || pool_alloc(need - SZ_4M)) {
		pr_err("too little memory: EL2 needs %llu MiB, at most half of %llu MiB free\n",
		       need >> 20, avail >> 20);
		return -ENOMEM;
	}
	return 0;
}

/*
 * Cleans and invalidates to the point of coherency: EL2 is entered with its MMU off. By DminLine of
 * CTR_EL0 (DDI 0487, D7.5).
 */
static void clean_to_poc(const void *start, size_t size)
{
	unsigned long line = 4UL << ((read_sanitised_ftr_reg(SYS_CTR_EL0) >> 16) & 0xf);
	unsigned long addr = (unsigned long)start & ~(line - 1);

	for (; addr < (unsigned long)start + size; addr += line)
		asm volatile("dc civac, %0" : : "r"(addr) : "memory");
	asm volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" : : : "memory");
}

static u32 fail_phase(enum fail_point point)
{
	switch (point) {
	case FAIL_ENTER:
		return DONJON_FAIL_ENTER;
	case FAIL_INIT:
		return DONJON_FAIL_INIT;
	case FAIL_COMMIT:
		return DONJON_FAIL_COMMIT;
	case FAIL_START:
		return DONJON_FAIL_START;
	default:
		return DONJON_FAIL_NONE;
	}
}

/* Puts image and boot parameters into the carve-out. */
static void prepare_image(const struct takeover_params *params)
{
	const struct donjon_image *image = (const void *)image_start;
	struct donjon_boot *boot = hyp.boot;
	void *carve = page_address(hyp.carve), *seed;

	boot->magic = DONJON_BOOT_MAGIC;
	boot->abi_version = DONJON_ABI_VERSION;
	boot->size = sizeof(*boot);
	boot->carve_base = page_to_phys(hyp.carve);
	boot->carve_size = PAGE_SIZE << hyp.carve_order;
	boot->log_base = log_base();
	boot->log_size = log_size();
	boot->uart_base = image->flags & DONJON_IMAGE_DEBUG ? params->uart : 0;
	boot->flags = params->tlbi_repeat ? DONJON_BOOT_TLBI_REPEAT : 0;
	boot->flags |= params->force ? DONJON_BOOT_FORCE : 0;
	if (arm_smccc_1_1_get_conduit() == SMCCC_CONDUIT_SMC)
		boot->flags |= DONJON_BOOT_FIRMWARE;
	boot->nr_cpus = num_online_cpus();
	boot->fail_phase = fail_phase(params->fail_point);
	boot->fail_cpu = params->fail_cpu;
	boot->firmware_calls = params->firmware_calls;

	memcpy(carve, image_start, image->file_size);
	memcpy(carve + image->mem_size, boot, sizeof(*boot));
	/* Only EL2's copy has it: hyp.boot stays. */
	seed = carve + image->mem_size + offsetof(struct donjon_boot, seed);
	get_random_bytes(seed, sizeof(boot->seed));
	hyp.entry = boot->carve_base + image->entry;
	hyp.boot_pa = boot->carve_base + image->mem_size;
	clean_to_poc(carve, boot->carve_size);
	clean_to_poc(phys_to_virt(boot->log_base), boot->log_size);
}

/* -- Calls on one CPU -- */

struct cpu_call {
	u64 fn, a1, a2, a3;
	long code;
};

static void do_cpu_call(void *arg)
{
	struct cpu_call *call = arg;

	call->code = hyp_call(call->fn, call->a1, call->a2, call->a3).code;
}

/* Makes the call on that CPU, with interrupts masked there, and waits for it. */
static long call_on(unsigned int cpu, struct cpu_call call)
{
	call.code = DONJON_E_INTERNAL;
	smp_call_function_single(cpu, do_cpu_call, &call, 1);
	return call.code;
}

static int failed(const char *what, unsigned int cpu, long code)
{
	log_drain();
	pr_err("%s failed on CPU %u: %s (%ld); EL2 is given back\n", what, cpu, hyp_strerror(code),
	       code);
	return hyp_errno(code) ?: -EIO;
}

/*
 * The CPU with that index among those online, as EL2 counts them. -1: there are not so many.
 */
static int cpu_of_index(unsigned int index)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (!index--)
			return cpu;
	return -1;
}

/* -- Entry and release -- */

static int enter_all(void)
{
	unsigned int cpu, index = 0;

	cpumask_clear(&hyp.entered);
	for_each_online_cpu(cpu) {
		long code = call_on(cpu, (struct cpu_call){
			.fn = HVC_STUB_SOFT_RESTART,
			.a1 = hyp.entry, .a2 = hyp.boot_pa, .a3 = index++,
		});

		if (code)
			return failed("entering EL2", cpu, code);
		cpumask_set_cpu(cpu, &hyp.entered);
	}
	return 0;
}

/* One-time steps run on the first CPU, or on the one where fail_at is to fail. */
static unsigned int acting_cpu(const struct takeover_params *params, enum fail_point point)
{
	if (params->fail_point == point)
		return cpu_of_index(params->fail_cpu);
	return cpumask_first(&hyp.entered);
}

static int init_and_donate(const struct takeover_params *params)
{
	unsigned int cpu = acting_cpu(params, FAIL_INIT);
	long code = call_on(cpu, (struct cpu_call){ .fn = DONJON_HC_INIT });

	if (code)
		return failed("initialising EL2", cpu, code);
	code = pool_donate();
	return code ? failed("donating memory to EL2", raw_smp_processor_id(), code) : 0;
}

static int commit_and_start(const struct takeover_params *params)
{
	unsigned int cpu;
	long code;

	for_each_cpu(cpu, &hyp.entered) {
		code = call_on(cpu, (struct cpu_call){ .fn = DONJON_HC_CPU_COMMIT });
		if (code)
			return failed("putting the host behind stage 2", cpu, code);
	}
	cpu = acting_cpu(params, FAIL_START);
	code = call_on(cpu, (struct cpu_call){ .fn = DONJON_HC_START });
	if (code)
		return failed("starting", cpu, code);
	return 0;
}

/*
 * Hands EL2 back on every CPU that entered. False: a CPU kept it, and its memory must never
 * be used again.
 */
static bool release_all(void)
{
	bool all = true;
	unsigned int cpu;

	for_each_cpu(cpu, &hyp.entered) {
		long code = call_on(cpu, (struct cpu_call){ .fn = DONJON_HC_CPU_RELEASE });

		if (!code)
			code = call_on(cpu, (struct cpu_call){ .fn = HVC_STUB_UNKNOWN });
		if (code == (long)DONJON_STUB_ERR)
			continue;
		pr_err("CPU %u does not give EL2 back: %s (%ld)\n", cpu, hyp_strerror(code), code);
		all = false;
	}
	cpumask_clear(&hyp.entered);
	log_drain();
	if (!all)
		pr_err("the hypervisor's memory is lost until the next reboot\n");
	return all;
}

/* EL2 calls the firmware by SMC, which is undefined where nothing is at EL3. */
static int check_firmware(void)
{
	if (machine()->psci_by_smc())
		return 0;
	pr_err("the firmware has no PSCI by SMC\n");
	return -ENODEV;
}

int takeover_start(const struct takeover_params *params)
{
	const struct donjon_image *image = (const void *)image_start;
	bool released;
	int ret;

	if (params->fail_point != FAIL_NOWHERE && cpu_of_index(params->fail_cpu) < 0) {
		pr_err("fail_at: there are only %u CPUs online\n", num_online_cpus());
		return -EINVAL;
	}
	if (num_online_cpus() > DONJON_MAX_CPUS) {
		pr_err("%u CPUs are online, at most %d are supported\n", num_online_cpus(),
		       DONJON_MAX_CPUS);
		return -E2BIG;
	}
	ret = check_image(image) ?: probe(params) ?: check_firmware() ?: alloc_memory(params);
	if (ret) {
		free_memory(false);
		return ret;
	}
	prepare_image(params);
	ret = enter_all() ?: init_and_donate(params) ?: commit_and_start(params);
	if (ret) {
		released = release_all();
		el2_stays = !released;
		free_memory(!released);
		return ret;
	}
	hyp.running = true;
	log_drain();
	pr_info("EL2 taken on %u CPUs, %llu MiB for the hypervisor, %llu KiB image\n",
		cpumask_weight(&hyp.entered), (hyp.boot->carve_size + pool_size()) >> 20,
		image->mem_size >> 10);
	return 0;
}

bool takeover_el2_stays(void)
{
	return el2_stays;
}

void takeover_stop(void)
{
	long code;
	bool released = false;

	if (!hyp.running)
		return;
	hyp.running = false;
	code = hyp_call(DONJON_HC_STOP).code;
	if (code)
		pr_err("EL2 does not stop: %s (%ld): its memory is lost until the next reboot\n",
		       hyp_strerror(code), code);
	else
		released = release_all();
	el2_stays = !released;
	free_memory(!released);
	if (released)
		pr_info("EL2 given back\n");
}
