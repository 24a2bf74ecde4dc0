// SPDX-License-Identifier: GPL-2.0-only
#include "machine.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "boot.h"
#include "console.h"
#include "exitcode.h"
#include "fault.h"
#include "fdt.h"
#include "kvm.h"
#include "log.h"
#include "loop.h"
#include "memlock.h"
#include "pidfile.h"
#include "ram.h"
#include "vm.h"

/* Everything that a run owns. One at a time, on machine_run()'s stack. */
struct machine {
	const struct config *config;
	struct kvm_sys sys;
	const struct protection *protection;
	struct memlock lock;
	struct boot_plan plan;
	struct guest_ram ram;
	struct bus bus;
	struct vm vm;
	struct console console;
	struct stop stop;
	struct loop loop;
};

/* What can be told before anything is made: files, KVM, backend, limits. An exit code, 0 for none.
 */
static int examine(struct machine *machine)
{
	const struct config *config = machine->config;
	char have[32];

	if (kvm_open(&machine->sys))
		return EXIT_HOST_CANNOT;
	if (protection_select(&machine->protection, config, &machine->sys))
		return EXIT_HOST_CANNOT;
	log_verbose("protection %s: %s", machine->protection->name, machine->protection->promise);
	memlock_query(&machine->lock,
		      machine->protection->pins_memory || kvm_is_module(&machine->sys), config->vm_memory);
	memlock_text(&machine->lock, machine->vm.lock_limit, sizeof(machine->vm.lock_limit));
	if (memlock_suffices(&machine->lock))
		return 0;
	log_error("RLIMIT_MEMLOCK is %s, but the guest's memory is pinned and needs %llu KiB; raise it "
		  "with `ulimit -l %llu` "
		  "(as root, or through /etc/security/limits.conf or systemd's LimitMEMLOCK=), or "
		  "give CAP_IPC_LOCK",
		  memlock_text(&machine->lock, have, sizeof(have)),
		  (unsigned long long)machine->lock.need / 1024,
		  (unsigned long long)machine->lock.need / 1024);
	return EXIT_HOST_CANNOT;
}

static int fill_seed(uint8_t *seed, size_t size)
{
	if (getrandom(seed, size, 0) == (ssize_t)size)
		return 0;
	log_error("no random numbers for the guest's seed: %s", strerror(errno));
	return -EIO;
}

/* Kernel, initrd and device tree into guest RAM, registers into the boot vCPU; from here on the RAM
 * is not touched. */
static int load(struct machine *machine)
{
	struct fdt_input input = {
		.config = machine->config,
		.plan = &machine->plan,
		.bus = &machine->bus,
		.console = machine->console.model->node,
	};
	uint64_t mpidr[PLAT_MAX_VCPUS];
	void *fdt = ram_range(&machine->ram, machine->plan.fdt, BOOT_FDT_SIZE);
	int size;

	if (!fdt || fill_seed(input.seed, sizeof(input.seed)) ||
	    boot_load(&machine->plan, &machine->ram))
		return -EIO;
	input.mpidr = mpidr;
	if (vm_read_mpidr(&machine->vm, mpidr))
		return -EIO;
	size = fdt_make(fdt, &input);
	if (size < 0)
		return size;
	log_verbose("kernel at 0x%llx, device tree at 0x%llx (%d bytes)",
		    (unsigned long long)machine->plan.entry, (unsigned long long)machine->plan.fdt,
		    size);
	machine->ram.sealed = true;
	return vm_set_entry(&machine->vm, machine->plan.entry, machine->plan.fdt);
}

static int build(struct machine *machine)
{
	const struct config *config = machine->config;
	struct vm *vm = &machine->vm;

	if (ram_create(&machine->ram, config->vm_memory, config->vm_backing, config->vm_hugepages))
		return EXIT_HOST_CANNOT;
	/* Pinned pages stay where they are anyhow; the lock keeps those in place that the guest has
	 * not touched yet. */
	if (machine->lock.need &&
	    memlock_has_room_to_lock(&machine->lock, config->vm_memory))
		ram_lock(&machine->ram);
	vm->sys = &machine->sys;
	vm->protection = machine->protection;
	vm->bus = &machine->bus;
	vm->stop = &machine->stop;
	vm->name = config->vm_name;
	vm->vcpus = (unsigned int)config->vm_cpus;
	if (console_create(&machine->console, config, &machine->bus, vm))
		return EXIT_VMM_ERROR;
	if (vm_create(vm, &machine->ram))
		return EXIT_HOST_CANNOT;
	return load(machine) ? EXIT_VMM_ERROR : 0;
}

/* Runs the built machine. The stop's code, or 1 when a vCPU thread is stuck: then nothing may be
 * freed. */
static int run(struct machine *machine, bool *stuck)
{
	int error = fault_handler_install(&machine->ram);

	if (error) {
		log_error("no handler for faults in guest memory: %s", strerror(-error));
		return EXIT_VMM_ERROR;
	}
	console_begin(&machine->console);
	if (vm_start(&machine->vm))
		stop_now(&machine->stop, EXIT_VMM_ERROR);
	loop_run(&machine->loop, &machine->console, &machine->stop);
	*stuck = vm_halt(&machine->vm);
	terminal_restore();
	return atomic_load(&machine->stop.code);
}

static int run_planned(struct machine *machine, const struct run_options *options)
{
	bool stuck = false;
	int code = examine(machine);

	if (code)
		return code;
	if (stop_init(&machine->stop) || loop_create(&machine->loop, options->timeout))
		return EXIT_VMM_ERROR;
	code = build(machine);
	if (!code)
		code = run(machine, &stuck);
	if (stuck) {
		/* The thread may still write into guest RAM and the console: the kernel frees all
		 * at once. */
		pid_file_remove(options->pid_file);
		_exit(code);
	}
	vm_destroy(&machine->vm);
	console_destroy(&machine->console);
	ram_destroy(&machine->ram);
	loop_destroy(&machine->loop);
	stop_destroy(&machine->stop);
	return code;
}

int machine_run(const struct config *config, const struct run_options *options)
{
	struct machine machine = {
		.config = config, .sys.fd = -1, .ram.fd = -1, .console.wanted = -1};
	int code;

	machine.vm.fd = machine.vm.gic = -1;
	if (boot_plan(&machine.plan, config))
		return EXIT_CONFIG;
	if (pid_file_write(options->pid_file)) {
		boot_plan_close(&machine.plan);
		return EXIT_VMM_ERROR;
	}
	code = run_planned(&machine, options);
	pid_file_remove(options->pid_file);
	boot_plan_close(&machine.plan);
	if (machine.sys.fd >= 0)
		close(machine.sys.fd);
	return code;
}

static void print_range(const char *name, uint64_t base, uint64_t size)
{
	printf("  0x%09llx-0x%09llx  %s\n", (unsigned long long)base,
	       (unsigned long long)(base + size - 1), name);
}

static void print_map(const struct config *config, const struct boot_plan *plan)
{
	printf("memory map\n");
	print_range("GICv3 distributor", PLAT_GICD_BASE, PLAT_GICD_SIZE);
	print_range("GICv3 redistributors", PLAT_GICR_BASE, PLAT_GICR_STRIDE * config->vm_cpus);
	print_range(config->console_type == CONSOLE_8250 ? "8250 console" : "PL011 console",
		    PLAT_UART_BASE,
		    config->console_type == CONSOLE_8250 ? uart8250_model.size : pl011_model.size);
	print_range("RAM", plan->ram_ipa, plan->ram_size);
	print_range("  kernel", plan->kernel.ipa, plan->kernel.memory_size);
	if (plan->initrd.memory_size)
		print_range("  initrd", plan->initrd.ipa, plan->initrd.memory_size);
	print_range("  device tree", plan->fdt, BOOT_FDT_SIZE);
}

int machine_check(const struct config *config)
{
	struct machine machine = {.config = config, .sys.fd = -1};
	char have[32];
	int code;

	if (boot_plan(&machine.plan, config))
		return EXIT_CONFIG;
	code = examine(&machine);
	printf("virtual machine  %s, %llu CPU%s, %llu MiB\n", config->vm_name,
	       (unsigned long long)config->vm_cpus, config->vm_cpus == 1 ? "" : "s",
	       (unsigned long long)config->vm_memory >> 20);
	if (machine.protection)
		printf("protection       %s: %s\nRLIMIT_MEMLOCK   have %s, need %llu KiB\n",
		       machine.protection->name, machine.protection->promise,
		       memlock_text(&machine.lock, have, sizeof(have)),
		       (unsigned long long)machine.lock.need / 1024);
	print_map(config, &machine.plan);
	boot_plan_close(&machine.plan);
	if (machine.sys.fd >= 0)
		close(machine.sys.fd);
	return code;
}
