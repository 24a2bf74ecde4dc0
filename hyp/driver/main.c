// SPDX-License-Identifier: GPL-2.0-only
/*
 * donjon.ko: takes EL2 away from the running kernel and serves Linux's KVM API on /dev/kvm.
 * Parameters, loading and unloading, and the host's events that concern a resident hypervisor.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/cpu.h>
#include <linux/fs.h>
#include <linux/memory.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include "debugfs.h"
#include "el2/cores.h"
#include "el2/firmware.h"
#include "el2/log.h"
#include "el2/machine.h"
#include "el2/memmap.h"
#include "el2/overwrite.h"
#include "el2/takeover.h"
#include "el2/vmcore.h"
#include "el2/watchdog.h"
#include "irq/kick.h"
#include "irq/timer.h"
#include "kvm/dev.h"
#include "kvm/vm.h"
#include "mem/gmem_file.h"

#define UART_AUTO	(~0UL)

static char *fail_at;
module_param(fail_at, charp, 0444);
MODULE_PARM_DESC(fail_at, "PHASE:CPU: fail then, for tests; PHASE is probe, alloc, enter, init, "
		 "commit, start or device, CPU counts the CPUs online from 0");

static unsigned long pool;
module_param(pool, ulong, 0444);
MODULE_PARM_DESC(pool, "MiB of memory for EL2's tables, in addition to what RAM needs (0)");

static unsigned long uart = UART_AUTO;
module_param(uart, ulong, 0444);
MODULE_PARM_DESC(uart, "physical address of a PL011 that a debug build of EL2 writes to, 0: none "
		 "(firmware's console: stdout-path, or ACPI's SPCR)");

static bool tlbi_repeat;
module_param(tlbi_repeat, bool, 0444);
MODULE_PARM_DESC(tlbi_repeat,
		 "repeat each TLBI and DSB at EL2, also on CPUs not known to need it (0)");

static bool watchdogs;
module_param(watchdogs, bool, 0444);
MODULE_PARM_DESC(watchdogs, "leave the machine's watchdogs to the host: after a reset by one, "
		 "guests' memory is readable (0)");

static bool fixups = true;
module_param(fixups, bool, 0444);
MODULE_PARM_DESC(fixups, "the host's kernel may look for a fixup before it takes a guest's page by "
		 "force; without one it prints a warning, so never with panic_on_warn (1)");

static char *firmware_calls;
module_param(firmware_calls, charp, 0444);
MODULE_PARM_DESC(firmware_calls, "function identifiers of SMCs that drivers of this machine need, "
		 "with commas in between: EL2 passes these calls on and looks at no argument of "
		 "them, so the firmware must not touch guests' memory by any (none)");

static int parse_fail_at(struct takeover_params *params)
{
	static const char * const names[] = {
		[FAIL_PROBE] = "probe",
		[FAIL_ALLOC] = "alloc",
		[FAIL_ENTER] = "enter",
		[FAIL_INIT] = "init",
		[FAIL_COMMIT] = "commit",
		[FAIL_START] = "start",
		[FAIL_DEVICE] = "device",
	};
	const char *colon = fail_at ? strchr(fail_at, ':') : NULL;
	unsigned int i;

	if (!fail_at || !*fail_at)
		return 0;
	for (i = FAIL_PROBE; colon && i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i]) != colon - fail_at ||
		    strncmp(names[i], fail_at, colon - fail_at))
			continue;
		params->fail_point = i;
		if (!kstrtouint(colon + 1, 10, &params->fail_cpu))
			return 0;
	}
	pr_err("fail_at='%s' is not PHASE:CPU; see modinfo donjon.ko\n", fail_at);
	return -EINVAL;
}

/* The sysctl kernel.panic_on_warn, as user space reads it: the variable is not exported. */
static bool panics_on_warning(void)
{
	struct file *file = filp_open("/proc/sys/kernel/panic_on_warn", O_RDONLY, 0);
	char text[2] = "?";
	loff_t at = 0;

	if (!IS_ERR(file)) {
		kernel_read(file, text, 1, &at);
		filp_close(file, NULL);
	}
	if (text[0] == '0')
		return false;
	pr_info("panic_on_warn is %s: a guest's page that the kernel touches is taken without a "
		"look for a fixup, as with fixups=0\n", text[0] == '?' ? "not known" : "set");
	return true;
}

/* Prints what EL2 has logged before the host's panic. */
static int panic_event(struct notifier_block *nb, unsigned long event, void *data)
{
	log_drain();
	return NOTIFY_DONE;
}

static struct notifier_block panic_notifier = { .notifier_call = panic_event };

/*
 * A CPU that resumes would enter the host at EL2; and a hibernated image would hold pages that are
 * not the host's.
 */
static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event != PM_SUSPEND_PREPARE && event != PM_HIBERNATION_PREPARE &&
	    event != PM_RESTORE_PREPARE)
		return NOTIFY_DONE;
	pr_err("no suspend or hibernation while Donjon is loaded: rmmod donjon first\n");
	return NOTIFY_BAD;
}

static struct notifier_block pm_notifier = { .notifier_call = pm_event };

/*
 * Memory that EL2 was not told of is no RAM for it: the host could not execute it, and EL2 would
 * take no page of it for a table or a guest. Memory that was there, and only comes back, is fine.
 */
static int memory_event(struct notifier_block *nb, unsigned long event, void *arg)
{
	const struct memory_notify *memory = arg;
	u64 base = PFN_PHYS(memory->start_pfn), size = PFN_PHYS(memory->nr_pages);

	if (event != MEM_GOING_ONLINE || memmap_is_ram(takeover_boot(), base, size))
		return NOTIFY_OK;
	pr_err_ratelimited("memory at 0x%llx stays offline: EL2 was taken before it came; rmmod "
			   "donjon first\n", base);
	return NOTIFY_BAD;
}

static struct notifier_block memory_notifier = { .notifier_call = memory_event };

static int reboot_event(struct notifier_block *nb, unsigned long event, void *command);
static struct notifier_block reboot_notifier = { .notifier_call = reboot_event };

/* After EL2 is taken: interrupts, notifiers and the device. On failure nothing is left of them. */
static int start_services(const struct takeover_params *params)
{
	int ret;

	kick_init();
	ret = timer_init();
	if (ret)
		return ret;
	ret = register_pm_notifier(&pm_notifier);
	if (ret)
		goto no_timer;
	if (params->fail_point == FAIL_DEVICE) {
		pr_err("/dev/kvm failed: forced by fail_at\n");
		ret = -EIO;
		goto no_pm;
	}
	ret = register_memory_notifier(&memory_notifier);
	if (ret)
		goto no_pm;
	atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);
	register_reboot_notifier(&reboot_notifier);
	log_start();
	overwrite_start();
	debugfs_start();
	kvm_dev_serve();
	return 0;
no_pm:
	unregister_pm_notifier(&pm_notifier);
no_timer:
	timer_exit();
	return ret;
}

static void stop_services(void)
{
	debugfs_stop();
	log_stop();
	overwrite_stop();
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	unregister_memory_notifier(&memory_notifier);
	unregister_pm_notifier(&pm_notifier);
	timer_exit();
}

/* Undoes start_services() and takeover_start(). CPUs can be stopped and started afterwards. */
static void give_back(void)
{
	static bool given_back;

	if (given_back)
		return;
	given_back = true;
	stop_services();
	takeover_stop();
	if (!takeover_el2_stays())
		cpu_hotplug_enable();
}

/*
 * A kexec, which is told from a reboot by the kernel's own word for it: the CPUs must be stopped
 * for the next kernel, and it is to find EL2 as this one did. At a reboot EL2 itself zeroes the
 * guests' memory, as the last thing that happens; without guests firmware need not do so again.
 */
static int reboot_event(struct notifier_block *nb, unsigned long event, void *command)
{
	unsigned int vms;

	if (event != SYS_RESTART || !command || strcmp(command, "kexec reboot")) {
		overwrite_stop();
		return NOTIFY_DONE;
	}
	kvm_dev_stop();
	vms = vm_end_all();
	if (vms)
		pr_warn("kexec: %u virtual machines were ended\n", vms);
	give_back();
	return NOTIFY_DONE;
}

static int __init donjon_init(void)
{
	struct takeover_params params = {
		.pool_mib = pool,
		.uart = uart,
		.tlbi_repeat = tlbi_repeat,
	};
	int ret;

	if (vmcore_is_crash_kernel())
		return vmcore_start();
	ret = parse_fail_at(&params) ?: firmware_read_list(firmware_calls, &params.firmware_calls);
	if (ret)
		return ret;
	if (uart == UART_AUTO)
		params.uart = machine()->console_uart();
	params.force = !fixups || panics_on_warning();
	ret = kvm_dev_claim();
	if (ret)
		return ret;
	ret = gmem_file_init();
	if (ret)
		goto no_gmem;
	ret = watchdog_take(watchdogs, &params.firmware_calls);
	if (ret)
		goto no_watchdogs;

	/*
	 * For as long as Donjon is loaded: a CPU that firmware starts comes up at EL2, outside of
	 * the hypervisor. Before cpus_read_lock(), since this takes a lock that ranks above it.
	 */
	cpu_hotplug_disable();
	cpus_read_lock();
	cores_warn();
	overwrite_ask_firmware();
	ret = takeover_start(&params);
	cpus_read_unlock();
	if (ret)
		goto no_el2;
	ret = start_services(&params);
	if (ret)
		goto no_services;
	if (params.firmware_calls.function[0])
		pr_info("the firmware gets these calls of the host's as they are: %s\n",
			firmware_calls);
	return 0;

no_services:
	takeover_stop();
no_el2:
	if (!takeover_el2_stays())
		cpu_hotplug_enable();
	watchdog_return();
no_watchdogs:
	gmem_file_exit();
no_gmem:
	kvm_dev_release();
	return ret;
}
module_init(donjon_init);

/* There is no VM: each VM holds the module through its file descriptors. */
static void __exit donjon_exit(void)
{
	if (vmcore_is_crash_kernel()) {
		vmcore_stop();
		return;
	}
	kvm_dev_release();
	unregister_reboot_notifier(&reboot_notifier);
	give_back();
	watchdog_return();
	gmem_file_exit();
	/* Ended VMs are freed by a callback. */
	mmu_notifier_synchronize();
}
module_exit(donjon_exit);

MODULE_DESCRIPTION("Donjon: protected virtual machines on stock Debian arm64 hosts");
MODULE_LICENSE("GPL");
