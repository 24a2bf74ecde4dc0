// SPDX-License-Identifier: GPL-2.0-only
#include "machine.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "boot/boot.h"
#include "boot/fdt.h"
#include "boot/swiotlb.h"
#include "console/loop.h"
#include "devices.h"
#include "exitcode.h"
#include "fault.h"
#include "kvm.h"
#include "memlock.h"
#include "ram.h"
#include "util/log.h"
#include "util/pidfile.h"
#include "vm.h"

/* Everything that a run owns. There is one, on machine_run()'s stack. */
struct machine {
	const struct config *config;
	struct kvm_sys sys;
	const struct protection *protection;
	enum backing backing;
	struct memlock lock;
	struct boot_plan plan;
	struct guest_ram ram;
	struct devices devices;
	struct vm vm;
	struct stop stop;
	struct loop loop;
};

/* KVM and the backend. An exit code, 0 for none. */
static int open_host(struct machine *machine)
{
	if (kvm_open(&machine->sys))
		return EXIT_HOST_CANNOT;
	if (protection_select(&machine->protection, machine->config, &machine->sys)) {
		machine->protection = NULL; /* not "none": the guest was to be a protected one */
		return EXIT_HOST_CANNOT;
	}
	log_verbose("protection %s: %s", machine->protection->name, machine->protection->promise);
	return 0;
}

/* Whether the guest is a protected one; where no backend was found, whether it was to be. */
static bool is_protected(const struct machine *machine)
{
	return protection_protects(machine->protection ? machine->protection
						       : protection_expected(machine->config));
}

/* What backs guest RAM. An exit code, 0 for none. */
static int choose_backing(struct machine *machine)
{
	bool has = machine->protection->has_guest_memfd(&machine->sys);

	machine->backing = (enum backing)machine->config->vm_backing;
	if (machine->backing == BACKING_AUTO)
		machine->backing = has ? BACKING_GUEST_MEMFD : BACKING_ANONYMOUS;
	if (machine->backing == BACKING_GUEST_MEMFD && !has) {
		log_error("[vm] backing is guest_memfd, which only protected guests of the donjon "
			  "module have, not those of protection '%s'; set it to auto",
			  machine->protection->name);
		return EXIT_HOST_CANNOT;
	}
	if (machine->backing != BACKING_GUEST_MEMFD && kvm_is_module(&machine->sys) &&
	    is_protected(machine))
		log_note("guest RAM is memory that the host's kernel manages (%s): it is pinned, "
			 "but what the host does with it may still end the guest, as do ptrace of "
			 "this process and the shrinker of huge pages",
			 has ? "[vm] backing" : "this donjon module has no guest_memfd");
	return 0;
}

static int check_memlock(struct machine *machine)
{
	bool pins = machine->backing != BACKING_GUEST_MEMFD &&
		    machine->protection->pins_memory(&machine->sys);
	char have[32];

	memlock_query(&machine->lock, pins, machine->plan.ram_size);
	if (pins)
		memlock_text(&machine->lock, machine->vm.lock_limit,
			     sizeof(machine->vm.lock_limit));
	if (memlock_suffices(&machine->lock))
		return 0;
	log_error("RLIMIT_MEMLOCK is %s, but the guest's memory is pinned and needs %llu KiB; "
		  "raise it with `ulimit -l %llu` (as root, or through /etc/security/limits.conf "
		  "or systemd's LimitMEMLOCK=), or grant CAP_IPC_LOCK",
		  memlock_text(&machine->lock, have, sizeof(have)),
		  (unsigned long long)machine->lock.need / 1024,
		  (unsigned long long)machine->lock.need / 1024);
	return EXIT_HOST_CANNOT;
}

/* Checks everything that needs no VM: files, KVM, backend, limits. An exit code, 0 for none. */
static int examine(struct machine *machine)
{
	int code = open_host(machine);

	/* A mistake in the configuration counts more than what the host lacks. */
	if (boot_plan(&machine->plan, machine->config, is_protected(machine)))
		return EXIT_CONFIG;
	if (!code)
		code = choose_backing(machine);
	if (!code)
		code = check_memlock(machine);
	if (code)
		return code;
	machine->vm.sys = &machine->sys;
	machine->vm.protection = machine->protection;
	machine->vm.vcpus = (unsigned int)machine->config->vm_cpus;
	return vm_check_host(&machine->vm, machine->plan.ram_ipa + machine->plan.ram_size)
		       ? EXIT_HOST_CANNOT
		       : 0;
}

static int fill_seed(uint8_t *seed, size_t size)
{
	if (getrandom(seed, size, 0) == (ssize_t)size)
		return 0;
	log_error("cannot get random bytes for the guest's seed: %s", error_text(errno));
	return -EIO;
}

/*
 * Kernel, initrd and device tree into guest RAM, registers into the boot vCPU; from here on the RAM
 * is not touched.
 */
static int load(struct machine *machine)
{
	struct fdt_input input = {
		.config = machine->config,
		.plan = &machine->plan,
		.bus = &machine->devices.bus,
		.console = console_node(&machine->devices.console),
		.psci_method = machine->protection->psci_method,
	};
	uint64_t mpidr[PLAT_MAX_VCPUS];
	uint8_t seed[FDT_SEED_SIZE];
	void *fdt = ram_range(&machine->ram, machine->plan.fdt, BOOT_FDT_SIZE);
	int size;

	if (!fdt) {
		log_error("no guest RAM at 0x%llx for the device tree",
			  (unsigned long long)machine->plan.fdt);
		return -EFAULT;
	}
	size = ram_reserve(&machine->ram, machine->plan.fdt, BOOT_FDT_SIZE);
	size = size ? size : boot_load(&machine->plan, &machine->ram);
	if (size)
		return size;
	if (!protection_protects(machine->protection)) {
		if (fill_seed(seed, sizeof(seed)))
			return -EIO;
		input.seed = seed;
	}
	input.mpidr = mpidr;
	if (vm_read_mpidr(&machine->vm, mpidr))
		return -EIO;
	size = fdt_make(fdt, &input);
	if (size < 0)
		return size;
	log_verbose("kernel at 0x%llx, device tree at 0x%llx (%d bytes)",
		    (unsigned long long)machine->plan.entry, (unsigned long long)machine->plan.fdt,
		    size);
	machine->ram.activated = true;
	/* The unpacked kernel would stay in memory as long as the guest runs. */
	boot_plan_close(&machine->plan);
	return vm_set_entry(&machine->vm, machine->plan.entry, machine->plan.fdt);
}

static int build(struct machine *machine)
{
	const struct config *config = machine->config;
	struct vm *vm = &machine->vm;
	int code;

	vm->bus = &machine->devices.bus;
	vm->stop = &machine->stop;
	vm->name = config->vm_name;
	code = devices_create(&machine->devices, config, DEVICES_OPEN, is_protected(machine), vm);
	if (code)
		return code;
	/* The VM first: its memory may belong to it. */
	if (vm_create(vm) ||
	    ram_create(&machine->ram, &machine->sys, vm->fd, machine->plan.ram_size,
		       machine->backing, config->vm_hugepages))
		return EXIT_HOST_CANNOT;
	/*
	 * Pinned pages stay in any case; the lock keeps those in memory that the guest has not
	 * touched yet.
	 */
	if (machine->lock.need && memlock_has_room_to_lock(&machine->lock, machine->plan.ram_size))
		ram_lock(&machine->ram);
	if (machine->plan.pool)
		log_note("guest RAM is %llu MiB, plus %llu MiB of bounce buffers for its devices "
			 "(swiotlb=%llu)",
			 (unsigned long long)config->vm_memory >> 20,
			 (unsigned long long)machine->plan.pool >> 20,
			 (unsigned long long)(machine->plan.pool / IO_TLB_SIZE));
	if (vm_equip(vm, &machine->ram))
		return EXIT_HOST_CANNOT;
	machine->ram.unprotected_bit = vm_unprotected_bit(vm);
	code = load(machine);
	return !code ? 0 : code == -ENOMEM ? EXIT_HOST_CANNOT : EXIT_VMM_ERROR;
}

/*
 * Runs the built machine. The stop's code, or 1 when a vCPU or a device's thread is stuck: then
 * nothing may be freed.
 */
static int run(struct machine *machine, bool *stuck)
{
	int ret = fault_handler_install(&machine->ram);

	if (ret) {
		log_error("cannot install a handler for faults in guest memory: %s",
			  error_text(-ret));
		return EXIT_VMM_ERROR;
	}
	console_begin(&machine->devices.console);
	if (virtio_start(&machine->devices.virtio, &machine->ram, &machine->sys, machine->vm.fd) ||
	    vm_start(&machine->vm))
		stop_now(&machine->stop, EXIT_VMM_ERROR);
	loop_run(&machine->loop, &machine->devices.console, &machine->stop);
	*stuck = vm_halt(&machine->vm);
	/* The devices' threads end after the vCPUs: what the guest had queued is still done. */
	*stuck |= virtio_stop(&machine->devices.virtio) != 0;
	terminal_restore();
	return atomic_load(&machine->stop.code);
}

static int run_planned(struct machine *machine, const struct run_options *options)
{
	bool stuck = false;
	int code;

	if (stop_init(&machine->stop) || loop_create(&machine->loop, options->timeout))
		return EXIT_VMM_ERROR;
	code = build(machine);
	/* Not before the disks are locked: the file is that of the run that has them. */
	if (!code && pid_file_write(options->pid_file))
		code = EXIT_VMM_ERROR;
	else if (!code) {
		code = run(machine, &stuck);
		pid_file_remove(options->pid_file);
	}
	/*
	 * The thread may still write into guest RAM and the console: exit, and leave the cleanup to
	 * the kernel.
	 */
	if (stuck)
		_exit(code);
	vm_destroy(&machine->vm);
	devices_destroy(&machine->devices);
	ram_destroy(&machine->ram);
	loop_destroy(&machine->loop);
	stop_destroy(&machine->stop);
	return code;
}

int machine_run(const struct config *config, const struct run_options *options)
{
	struct machine machine = {
		.config = config, .sys.fd = -1, .ram.fd = -1, .devices.console.wanted = -1
	};
	int code;

	machine.vm.fd = machine.vm.gic = -1;
	code = examine(&machine);
	if (!code)
		code = run_planned(&machine, options);
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

/* A virtio device's own name, "disk 'root'", not the transport's. */
static const char *device_name(const struct devices *devices, const struct bus_device *entry)
{
	for (unsigned int i = 0; i < devices->virtio.count; i++)
		if (entry->device == devices->virtio.device[i])
			return devices->virtio.device[i]->name;
	return entry->ops->name;
}

static void print_map(const struct machine *machine)
{
	const struct boot_plan *plan = &machine->plan;
	const struct bus *bus = &machine->devices.bus;

	printf("memory map\n");
	print_range("GICv3 distributor", PLAT_GICD_BASE, PLAT_GICD_SIZE);
	print_range("GICv3 redistributors", PLAT_GICR_BASE,
		    PLAT_GICR_STRIDE * machine->config->vm_cpus);
	for (size_t i = 0; i < bus->count; i++)
		print_range(device_name(&machine->devices, &bus->device[i]), bus->device[i].base,
			    bus->device[i].size);
	print_range("RAM", plan->ram_ipa, plan->ram_size);
	print_range("  kernel", plan->kernel.ipa, plan->kernel.memory_size);
	if (plan->initrd.memory_size)
		print_range("  initrd", plan->initrd.ipa, plan->initrd.memory_size);
	print_range("  device tree", plan->fdt, BOOT_FDT_SIZE);
}

static const char *backing_text(const struct machine *machine)
{
	if (machine->backing == BACKING_GUEST_MEMFD)
		return "guest_memfd: the donjon module's memory, charged to this memory cgroup";
	return machine->backing == BACKING_MEMFD ? "memfd" : "anonymous memory";
}

static void print_machine(const struct machine *machine)
{
	const struct config *config = machine->config;
	const struct boot_plan *plan = &machine->plan;
	char have[32];

	printf("virtual machine  %s, %llu CPU%s, %llu MiB\n", config->vm_name,
	       (unsigned long long)config->vm_cpus, config->vm_cpus == 1 ? "" : "s",
	       (unsigned long long)config->vm_memory >> 20);
	if (machine->protection)
		printf("protection       %s: %s\nguest RAM        %s\n"
		       "RLIMIT_MEMLOCK   have %s, need %llu KiB\n",
		       machine->protection->name, machine->protection->promise,
		       backing_text(machine),
		       memlock_text(&machine->lock, have, sizeof(have)),
		       (unsigned long long)machine->lock.need / 1024);
	printf("command line     %s\n", plan->cmdline);
	if (plan->pool)
		printf("swiotlb          %llu MiB in addition to [vm] memory, %llu slots\n",
		       (unsigned long long)plan->pool >> 20,
		       (unsigned long long)(plan->pool / IO_TLB_SIZE));
	print_map(machine);
}

int machine_check(const struct config *config)
{
	struct machine machine = { .config = config, .sys.fd = -1, .devices.console.wanted = -1 };
	int code = examine(&machine), devices = 0;

	if (!code && vm_try(&machine.vm))
		code = EXIT_HOST_CANNOT;
	if (code != EXIT_CONFIG) {
		devices = devices_create(&machine.devices, config, DEVICES_OPEN,
					 is_protected(&machine), NULL);
		print_machine(&machine);
		devices_destroy(&machine.devices);
	}
	boot_plan_close(&machine.plan);
	if (machine.sys.fd >= 0)
		close(machine.sys.fd);
	return code ? code : devices;
}
