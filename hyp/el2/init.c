// SPDX-License-Identifier: GPL-2.0-only
#include <arch/attributes.h>
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/layout.h>
#include <arch/memory.h>
#include <arch/percpu.h>
#include <arch/tlb.h>
#include <el2/console.h>
#include <el2/host.h>
#include <el2/hyp_memory.h>
#include <el2/init.h>
#include <el2/ledger.h>
#include <el2/pool.h>
#include <el2/random.h>
#include <el2/regions.h>
#include <el2/vm.h>

static const struct donjon_boot *boot;
static uint64_t host_root;
static bool machine_ready;	/* HC_INIT has succeeded */

static bool forced_to_fail(enum donjon_fail_phase where)
{
	return boot->fail_phase == where && boot->fail_cpu == this_cpu()->index;
}

/*
 * Contiguous zeroed pages from the carve-out, aligned to their size; before the rest becomes the
 * pool.
 */
static uint64_t take_pages(uint64_t n)
{
	uint64_t base = (boot_tables.next + n * PAGE_SIZE - 1) & ~(n * PAGE_SIZE - 1), off;

	if (boot_tables.end < base || boot_tables.end - base < n * PAGE_SIZE)
		return 0;
	/* Pages skipped for alignment go to the pool. */
	cache_fill(&pool, pa(boot_tables.next), base - boot_tables.next);
	for (off = 0; off < n * PAGE_SIZE; off += PAGE_SIZE)
		arch_clear_page(arch_linear(base + off));
	boot_tables.next = base + n * PAGE_SIZE;
	return base;
}

static bool map_stacks(unsigned int nr_cpus)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		uint64_t va = STACKS_VA + (uint64_t)cpu * STACK_SPACING, off, page;

		for (off = 0; off < STACK_SIZE; off += PAGE_SIZE) {
			page = cache_pop(&pool);
			if (!page || hyp_map_private(va + STACK_BOTTOM + off, pa(page), PAGE_SIZE,
						     S1_HYP_DATA))
				return false;
		}
		page = cache_pop(&pool);
		if (!page || hyp_map_private(va + PANIC_BOTTOM, pa(page), PANIC_SIZE, S1_HYP_DATA))
			return false;
	}
	return true;
}

static bool map_console(void)
{
	if (!is_aligned(boot->log_base | boot->log_size, PAGE_SIZE) ||
	    boot->log_size > PT_MAX_RANGE || boot->log_size < PAGE_SIZE ||
	    hyp_map_private(LOG_VA, pa(boot->log_base), boot->log_size, S1_HYP_DATA))
		return false;
	if (DEBUG_BUILD && boot->uart_base &&
	    hyp_map_private(UART_VA, pa(boot->uart_base & PAGE_MASK), PAGE_SIZE, S1_HYP_DEVICE))
		return false;
	console_init((struct donjon_log *)LOG_VA, boot->log_size,
		     DEBUG_BUILD && boot->uart_base ? UART_VA + (boot->uart_base & ~PAGE_MASK) : 0);
	return true;
}

/* EL2's own memory, stacks and console; on the first CPU, on the boot stack. */
static int64_t init_el2(uint64_t params)
{
	uint64_t page;

	boot = arch_linear(params);
	firmware_answers = boot->flags & DONJON_BOOT_FIRMWARE;
	host_has_fixups = !(boot->flags & DONJON_BOOT_FORCE);
	host_firmware_calls = boot->firmware_calls;
	cache_init(&pool);
	firmware_init();
	vms_init();
	if (boot->nr_cpus > DONJON_MAX_CPUS)
		return DONJON_E_INVALID;
	host_root = take_pages(pgtable_root_pages(cpu_features.pa_bits));
	if (!host_root)
		return DONJON_E_NO_POOL;
	cache_fill(&pool, pa(boot_tables.next), boot_tables.end - boot_tables.next);
	boot_tables.next = boot_tables.end;
	hyp_memory_init(arch_linear(boot_tables.root), boot_tables.root, boot_tables.tables);
	if (boot->flags & DONJON_BOOT_TLBI_REPEAT)
		arch_tlb_set_repeat();
	page = cache_pop(&pool);
	if (!page)
		return DONJON_E_NO_POOL;
	random_init(pa(page), ((struct donjon_boot *)arch_linear(params))->seed);
	if (!map_stacks(boot->nr_cpus) || !fixmap_init(boot->nr_cpus))
		return DONJON_E_NO_POOL;
	if (!map_console())
		return DONJON_E_INVALID;
	phase_set(DONJON_PHASE_BOOT);
	return DONJON_OK;
}

int64_t init_enter(uint64_t params, uint64_t index)
{
	int64_t ret = index ? DONJON_OK : init_el2(params);

	if (ret)
		return ret;
	if (index >= boot->nr_cpus)
		return DONJON_E_INVALID;
	return forced_to_fail(DONJON_FAIL_ENTER) ? DONJON_E_INTERNAL : DONJON_OK;
}

int init_machine(void)
{
	uint64_t off;
	int ret;

	if (machine_ready)
		return -EEXIST;
	ret = regions_init(boot->regions, boot->nr_regions,
			   BIT(min_u64(cpu_features.pa_bits, PA_LIMIT_BITS)));
	if (ret)
		return ret;
	ledger_init(cpu_features.pa_bits, arch_linear(host_root), host_root);
	ret = ledger_claim_hyp(pa(boot->carve_base), boot->carve_size);
	for (off = 0; !ret && off < boot->log_size; off += PAGE_SIZE)
		ret = ledger_host_share_hyp(pa(boot->log_base + off));
	if (!ret && forced_to_fail(DONJON_FAIL_INIT))
		ret = -ECANCELED;
	machine_ready = !ret;
	if (!ret)
		printk("EL2: %u CPUs, %u-bit physical addresses, %lu pages in the pool%s%s\n",
		       boot->nr_cpus, cpu_features.pa_bits, pool.count,
		       cpu_features.fwb ? ", FWB" : "", cpu_features.pauth ? ", PAuth" : "");
	return ret;
}

int init_commit(void)
{
	if (!machine_ready || this_cpu()->committed)
		return -EPROTO;
	if (forced_to_fail(DONJON_FAIL_COMMIT))
		return -ECANCELED;
	cpu_commit(ledger_host_table());
	return 0;
}

bool init_done(void)
{
	return machine_ready;
}

void init_cpu_counts(uint64_t *entered, uint64_t *committed)
{
	unsigned int i;

	*entered = *committed = 0;
	for (i = 0; i < DONJON_MAX_CPUS; i++) {
		*entered += cpus[i].entered;
		*committed += cpus[i].committed;
	}
}

int init_start(void)
{
	uint64_t entered, committed;

	init_cpu_counts(&entered, &committed);
	/* A CPU that has not entered still has Linux's stub at EL2. */
	if (entered != committed || entered != boot->nr_cpus)
		return -EBUSY;
	if (forced_to_fail(DONJON_FAIL_START))
		return -ECANCELED;
	if (ledger_hold_reserve())
		return -ENOMEM;
	phase_set(DONJON_PHASE_RUNNING);
	return 0;
}
