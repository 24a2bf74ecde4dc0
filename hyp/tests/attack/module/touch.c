// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses to a page by the kernel's own address, from the places where the kernel's code may be
 * that makes one. The caller's mapping keeps the page.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "attack.h"
#include "touch.h"

/* One at a time. */
static u64 *at;
static u64 value;
static bool done;
static int result;

static noinline u64 load(const u64 *from)
{
	return READ_ONCE(*from);
}

static void load_there(void *unused)
{
	value = load(at);
	WRITE_ONCE(done, true);
}

/* -- In an interrupt -- */

static struct hrtimer timer;

static enum hrtimer_restart on_timer(struct hrtimer *unused)
{
	load_there(NULL);
	return HRTIMER_NORESTART;
}

static void load_in_timer(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&timer, on_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = on_timer;
#endif
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	while (!READ_ONCE(done))
		msleep(1);
}

static int load_on_other_cpu(void)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());

	return cpu < nr_cpu_ids ? smp_call_function_single(cpu, load_there, NULL, 1) : -ENODEV;
}

/* -- In a probe, and at a probed instruction -- */

u64 touch_probed(u64 *from);
asm(".pushsection .text\n"
    ".global touch_probed\n"
    ".type touch_probed, %function\n"
    "touch_probed:\n"
    "	nop\n"
    "	ldr	x0, [x0]\n"
    "	ret\n"
    ".size touch_probed, . - touch_probed\n"
    ".popsection");

static int on_probe_load(struct kprobe *unused, struct pt_regs *regs)
{
	load_there(NULL);
	return 0;
}

static int on_probe_fixup(struct kprobe *unused, struct pt_regs *regs)
{
	result = copy_from_kernel_nofault(&value, at, sizeof(value));
	return 0;
}

static int on_probe_nothing(struct kprobe *unused, struct pt_regs *regs)
{
	return 0;
}

static int probe(int (*handler)(struct kprobe *probe, struct pt_regs *regs), unsigned int offset,
		 u64 *argument)
{
	struct kprobe probe = {
		.symbol_name = "touch_probed",
		.offset = offset,
		.pre_handler = handler,
	};
	int ret = register_kprobe(&probe);
	u64 got;

	if (ret)
		return ret;
	got = touch_probed(argument);
	unregister_kprobe(&probe);
	if (offset)
		value = got;
	return result;
}

/* -- In the function tracer -- */

static void on_trace(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
		     struct ftrace_regs *regs)
{
	if (!READ_ONCE(done))
		load_there(NULL);
}

static struct ftrace_ops ops = { .func = on_trace };

static int load_in_ftrace(void)
{
	static char name[] = "get_zeroed_page*";
	int ret = ftrace_set_filter(&ops, name, sizeof(name) - 1, 1);

	ret = ret ?: register_ftrace_function(&ops);
	if (ret)
		return ret;
	free_page(get_zeroed_page(GFP_KERNEL));
	unregister_ftrace_function(&ops);
	return done ? 0 : -ENOENT;
}

/* -- By itself -- */

static int load_by_vmap(struct page *page)
{
	u64 *there = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!there)
		return -ENOMEM;
	value = load(there);
	vunmap(there);
	return 0;
}

static void load_masked(bool all)
{
	unsigned long flags;

	local_irq_save(flags);
	if (all)
		asm volatile("msr daifset, #0xf" : : : "memory");
	value = load(at);
	if (all)
		asm volatile("msr daifclr, #0xc" : : : "memory");
	local_irq_restore(flags);
}

/* What is read afterwards is what the access has left there. */
static void touch(u32 place)
{
	switch (place) {
	case ATTACK_AT_WRITE:
		WRITE_ONCE(*at, 0);
		break;
	case ATTACK_AT_ATOMIC:
		atomic64_or(0, (atomic64_t *)at);
		break;
	case ATTACK_AT_ZERO:
		clear_page(at);
		break;
	case ATTACK_AT_TWO_PAGES:
		value = READ_ONCE(*(u64 __aligned(1) *)((char *)at - 3));
		return;
	case ATTACK_AT_CLEAN:
		asm volatile("dc civac, %0" : : "r"(at) : "memory");
		break;
	case ATTACK_AT_IRQS_OFF:
	case ATTACK_AT_DAIF_OFF:
		load_masked(place == ATTACK_AT_DAIF_OFF);
		return;
	}
	value = load(at);
}

int attack_touch(struct attack_touch *t)
{
	int ret = 0;

	if (!pfn_valid(PHYS_PFN(t->pa)) || !PAGE_ALIGNED(t->pa))
		return -EINVAL;
	at = phys_to_virt(t->pa);
	value = ~0ULL;
	done = false;
	result = 0;
	switch (t->place) {
	case ATTACK_AT_FIXUP:
		ret = copy_from_kernel_nofault(&value, at, sizeof(value));
		break;
	case ATTACK_AT_FIXUP_PROBE:
		ret = probe(on_probe_fixup, 0, &value);
		break;
	case ATTACK_AT_PROBE:
		ret = probe(on_probe_load, 0, &value);
		break;
	case ATTACK_AT_PROBED_LOAD:
		ret = probe(on_probe_nothing, 4, at);
		break;
	case ATTACK_AT_VMAP:
		ret = load_by_vmap(phys_to_page(t->pa));
		break;
	case ATTACK_AT_IPI:
		ret = load_on_other_cpu();
		break;
	case ATTACK_AT_TIMER:
		load_in_timer();
		break;
	case ATTACK_AT_FTRACE:
		ret = load_in_ftrace();
		break;
	default:
		touch(t->place);
	}
	t->value = value;
	return ret;
}
