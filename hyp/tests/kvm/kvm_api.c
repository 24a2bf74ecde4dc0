// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client that uses nothing but Linux's documented KVM calls (Documentation/virt/kvm/api.rst):
 * what a VMM does runs, what is wrong gets the error that KVM gives, and nothing is left over. Runs
 * in the nested host, prints TAP.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kvm_memory.h"
#include "kvmtool.h"
#include "small_vm.h"

static void *backed_by(int fd)
{
	if (ftruncate(fd, RAM_SIZE))
		return MAP_FAILED;
	return mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* -- What a VMM does -- */

static void run_mmio_guest(bool protected, void *ram, const char *what)
{
	const char *kind = protected ? "protected" : "unprotected";
	struct kvm_vm vm;
	__u32 data = 41;
	__u64 x1 = 0;

	if (!tap_ok(build(&vm, protected, 1, ram, CODE(mmio), MMIO, 0), "%s VM on %s memory", kind,
		    what))
		return;
	vm.run[0]->immediate_exit = 1;
	refused(ioctl(vm.vcpu[0], KVM_RUN, 0), EINTR, "immediate_exit");
	vm.run[0]->immediate_exit = 0;
	tap_ok(!ioctl(vm.vcpu[0], KVM_RUN, 0) && vm.run[0]->exit_reason == KVM_EXIT_MMIO &&
		       !vm.run[0]->mmio.is_write && vm.run[0]->mmio.phys_addr == MMIO &&
		       vm.run[0]->mmio.len == 4,
	       "%s: MMIO read", kind);
	memcpy(vm.run[0]->mmio.data, &data, 4);
	tap_ok(!ioctl(vm.vcpu[0], KVM_RUN, 0) && vm.run[0]->exit_reason == KVM_EXIT_MMIO &&
		       vm.run[0]->mmio.is_write && vm.run[0]->mmio.phys_addr == MMIO + 8,
	       "%s: MMIO write", kind);
	memcpy(&data, vm.run[0]->mmio.data, 4);
	tap_ok(data == 42, "%s: what was read went through a register of the guest", kind);
	/* What a protected VM refuses by then: hyp/tests/attack/api.c. */
	if (!protected)
		tap_ok(!kvm_get_reg(vm.vcpu[0], KVM_CORE_REG(regs.regs[1]), &x1) && x1 == 42,
		   "an unprotected vCPU's register can be read");
	tap_ok(!ioctl(vm.vcpu[0], KVM_RUN, 0) && vm.run[0]->exit_reason == KVM_EXIT_SYSTEM_EVENT &&
	   vm.run[0]->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN, "%s: power off", kind);
	if (protected)
		refused(kvm_init_vcpu(vm.fd, vm.vcpu[0], false), EBUSY,
			"a vCPU's reset after that");
	kvm_vm_close(&vm);
}

static void on_signal(int signal)
{
}

struct stopper {
	pthread_t thread;
	int delay_us;
	bool stopped;
};

static void *stop_later(void *arg)
{
	struct stopper *s = arg;

	/* The first one may come before KVM_RUN. */
	do {
		usleep(s->delay_us);
		pthread_kill(s->thread, SIGUSR1);
	} while (!__atomic_load_n(&s->stopped, __ATOMIC_ACQUIRE));
	return NULL;
}

/* A signal ends KVM_RUN wherever the guest is. */
static void run_until_signal(bool protected, struct code code, const char *what)
{
	struct stopper s = { .thread = pthread_self(), .delay_us = 200000 };
	struct kvm_vm vm;
	pthread_t thread;
	int ret;

	if (!tap_ok(build(&vm, protected, 1, anonymous(), code, 0, 0), "a VM that %s", what))
		return;
	pthread_create(&thread, NULL, stop_later, &s);
	ret = ioctl(vm.vcpu[0], KVM_RUN, 0);
	__atomic_store_n(&s.stopped, true, __ATOMIC_RELEASE);
	tap_ok(ret < 0 && errno == EINTR && vm.run[0]->exit_reason == KVM_EXIT_INTR,
	   "a signal stops a guest that %s", what);
	pthread_join(thread, NULL);
	/* The vCPU's descriptor is the last one: the VM lives until then. */
	close(vm.fd);
	close(vm.gic);
	vm.run[0]->immediate_exit = 1;
	refused(ioctl(vm.vcpu[0], KVM_RUN, 0), EINTR, "a vCPU outlives its VM's descriptor");
	munmap(vm.run[0], getpagesize());
	close(vm.vcpu[0]);
	munmap(vm.ram, RAM_SIZE);
}

/* -- What is wrong -- */

static void bad_vms(void)
{
	int max = ioctl(kvm_dev, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);

	refused(ioctl(kvm_dev, KVM_CREATE_VM, 0x100UL), EINVAL, "an unknown bit of the VM type");
	refused(ioctl(kvm_dev, KVM_CREATE_VM, 1UL << 30), EINVAL, "bit 30 of the VM type");
	refused(ioctl(kvm_dev, KVM_CREATE_VM, 20UL), EINVAL, "20 bits of IPA");
	refused(ioctl(kvm_dev, KVM_CREATE_VM, 31UL), EINVAL, "31 bits of IPA");
	refused(ioctl(kvm_dev, KVM_CREATE_VM, (unsigned long)max + 1), EINVAL,
		"too many bits of IPA");
	refused(ioctl(kvm_dev, KVM_CREATE_VM, ~0UL), EINVAL, "all bits of the VM type");
	refused(ioctl(kvm_dev, _IO(KVMIO, 0xfe), 0), EINVAL, "an unknown call");
	tap_ok(ioctl(kvm_dev, KVM_CHECK_EXTENSION, 0x7fffffffUL) == 0,
	       "an unknown extension is not there");
	tap_ok(ioctl(kvm_dev, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM) == 1,
	       "read-only memory is there");
}

static void bad_memory(bool protected)
{
	int vm = ioctl(kvm_dev, KVM_CREATE_VM, protected ? KVM_VM_TYPE_ARM_PROTECTED : 0);
	int flags = protected ? EPERM : EINVAL;
	void *ram = anonymous();

	tap_ok(ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM) == !protected,
	       "read-only memory is there unless the VM is protected");
	refused(kvm_set_memory(vm, 0, 0, RAM + 1, MB2, ram), EINVAL, "IPA not aligned");
	refused(kvm_set_memory(vm, 0, 0, RAM, MB2 + 1, ram), EINVAL, "size not aligned");
	refused(kvm_set_memory(vm, 0, 0, RAM, MB2, (char *)ram + 1), EINVAL, "address not aligned");
	refused(kvm_set_memory(vm, 0, 0, -4096UL, 8192, ram), EINVAL, "IPA range wraps");
	refused(kvm_set_memory(vm, 0, 0, RAM, MB2, (void *)0xffff000000000000UL), EINVAL,
		"a kernel address");
	refused(kvm_set_memory(vm, 0, 0, 1UL << 40, MB2, ram), EFAULT, "beyond the IPA size");
	refused(kvm_set_memory(vm, 99, 0, RAM, MB2, ram), EINVAL, "no such slot");
	refused(kvm_set_memory(vm, 0x10000, 0, RAM, MB2, ram), EINVAL, "no such address space");
	if (protected)
		refused(kvm_set_memory(vm, 0, KVM_MEM_READONLY, RAM, MB2, ram), EPERM, "read-only");
	refused(kvm_set_memory(vm, 0, KVM_MEM_LOG_DIRTY_PAGES, RAM, MB2, ram), flags, "dirty log");
	refused(kvm_set_memory(vm, 0, KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY, RAM, MB2, ram),
		flags, "dirty log of read-only memory");
	refused(kvm_set_memory(vm, 0, 0x80, RAM, MB2, ram), EINVAL, "unknown flag");
	if (protected)
		refused(kvm_set_memory(vm, 0, 0, RAM, 1UL << 38, (void *)(1UL << 40)), ENOMEM,
			"256 GiB, several times the host's RAM");
	refused(kvm_set_memory(vm, 0, 0, RAM, 0, ram), EINVAL, "removing what is not there");
	tap_ok(!kvm_set_memory(vm, 0, 0, RAM, MB2, ram), "a good one");
	tap_ok(!kvm_set_memory(vm, 0, 0, RAM, MB2, ram), "the same again");
	refused(kvm_set_memory(vm, 1, 0, RAM + MB2 - 4096, MB2, ram), EEXIST, "overlap");
	refused(kvm_set_memory(vm, 0, 0, RAM, 2 * MB2, ram), EINVAL, "another size");
	refused(kvm_set_memory(vm, 0, KVM_MEM_READONLY, RAM, MB2, ram), protected ? EPERM : EINVAL,
		"read-only from now on");
	close(vm);
	munmap(ram, RAM_SIZE);
}

static void bad_vcpus(bool protected)
{
	struct kvm_vcpu_init init = { .target = 0 };
	int vm = ioctl(kvm_dev, KVM_CREATE_VM, protected ? KVM_VM_TYPE_ARM_PROTECTED : 0), vcpu;
	__u64 mpidr = 0;

	refused(ioctl(vm, KVM_CREATE_VCPU, 16UL), EINVAL, "vCPU 16");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 3UL);
	tap_ok(vcpu >= 0, "vCPU 3");
	refused(ioctl(vm, KVM_CREATE_VCPU, 3UL), EEXIST, "vCPU 3 again");
	refused(ioctl(vcpu, KVM_RUN, 0), ENOEXEC, "KVM_RUN before KVM_ARM_VCPU_INIT");
	refused(kvm_get_reg(vcpu, KVM_CORE_REG(regs.pc), &mpidr), ENOEXEC, "a register before it");
	refused(ioctl(vcpu, KVM_ARM_VCPU_INIT, &init), EINVAL, "another target");
	init.target = KVM_ARM_TARGET_GENERIC_V8;
	init.features[0] = 1 << KVM_ARM_VCPU_SVE;
	refused(ioctl(vcpu, KVM_ARM_VCPU_INIT, &init), EINVAL, "SVE");
	init.features[0] = 1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS;
	refused(ioctl(vcpu, KVM_ARM_VCPU_INIT, &init), EINVAL, "half of pointer authentication");
	refused(ioctl(vcpu, KVM_ARM_VCPU_INIT, NULL), EFAULT, "no argument");
	tap_ok(!kvm_init_vcpu(vm, vcpu, true), "KVM_ARM_VCPU_INIT");
	tap_ok(!kvm_get_reg(vcpu, KVM_MPIDR, &mpidr) && (mpidr & 0xff) == 3,
	       "MPIDR_EL1 names the vCPU");
	refused(kvm_set_reg(vcpu, KVM_CORE_REG(regs.regs[0]) + 1, 0), EINVAL, "half of a register");
	refused(kvm_set_reg(vcpu, ARM64_SYS_REG(3, 0, 1, 0, 1), 0), ENOENT, "ACTLR_EL1");
	if (protected) {
		refused(kvm_set_reg(vcpu, ARM64_SYS_REG(3, 0, 1, 0, 0), 0), EPERM,
			"SCTLR_EL1 of a protected vCPU");
		refused(kvm_get_reg(vcpu, KVM_REG_ARM_PSCI_VERSION, &mpidr), EPERM,
			"the PSCI version of a protected vCPU");
		refused(kvm_set_reg(vcpu, KVM_MPIDR, 1UL << 31 | 3), EINVAL,
			"MPIDR_EL1's own value for a protected vCPU");
	}
	refused(ioctl(vcpu, _IO('x', 1), 0), EINVAL, "another driver's call");
	close(vcpu);
	close(vm);
}

static void bad_gic(void)
{
	int vm = ioctl(kvm_dev, KVM_CREATE_VM, 0UL), gic, vcpu = ioctl(vm, KVM_CREATE_VCPU, 0UL);
	struct kvm_create_device its = { .type = KVM_DEV_TYPE_ARM_VGIC_ITS };
	struct kvm_irq_level irq = { .irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | 33,
				     .level = 1 };

	refused(ioctl(vm, KVM_CREATE_DEVICE, &its), ENODEV, "an ITS");
	tap_ok(!kvm_create_gic(vm, KVM_CREATE_DEVICE_TEST), "KVM_CREATE_DEVICE_TEST");
	gic = kvm_create_gic(vm, 0);
	tap_ok(gic >= 0, "a VGICv3");
	refused(kvm_create_gic(vm, 0), EEXIST, "two of them");
	refused(ioctl(vm, KVM_IRQ_LINE, &irq), EBUSY, "an interrupt before it is initialised");
	refused(kvm_gic_attr(gic, 77, 0, 0), ENXIO, "an unknown group");
	refused(kvm_gic_attr(gic, ADDR, 77, 0), ENXIO, "an unknown address");
	refused(kvm_gic_attr(gic, ADDR, DIST, GICD + 4096), EINVAL, "not aligned");
	refused(kvm_gic_attr(gic, ADDR, DIST, 1UL << 40), E2BIG, "beyond the IPA size");
	tap_ok(!kvm_gic_attr(gic, ADDR, DIST, GICD), "a distributor");
	refused(kvm_gic_attr(gic, ADDR, DIST, GICD), EEXIST, "another one");
	refused(kvm_gic_attr(gic, ADDR, REDIST, GICD), EINVAL, "overlap");
	refused(kvm_gic_attr(gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, 65), EINVAL, "65 interrupts");
	refused(kvm_gic_attr(gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, 2048), EINVAL,
		"2048 interrupts");
	tap_ok(!kvm_gic_attr(gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, 64), "64 interrupts");
	kvm_init_vcpu(vm, vcpu, false);
	refused(ioctl(vcpu, KVM_RUN, 0), ENXIO, "KVM_RUN without redistributors");
	tap_ok(!kvm_gic_attr(gic, ADDR, REDIST, GICR), "redistributors");
	refused(ioctl(vcpu, KVM_RUN, 0), EBUSY, "KVM_RUN before the GIC is initialised");
	tap_ok(!kvm_gic_attr(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0),
	       "initialised");
	refused(kvm_gic_attr(gic, ADDR, DIST, GICD), EEXIST, "another distributor after that");
	refused(ioctl(vm, KVM_CREATE_VCPU, 1UL), EBUSY, "a vCPU after the GIC");
	tap_ok(!ioctl(vm, KVM_IRQ_LINE, &irq), "an SPI");
	irq.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | 64;
	refused(ioctl(vm, KVM_IRQ_LINE, &irq), EINVAL, "an SPI that is not there");
	irq.irq = KVM_ARM_IRQ_TYPE_PPI << KVM_ARM_IRQ_TYPE_SHIFT | 5 << KVM_ARM_IRQ_VCPU_SHIFT | 20;
	refused(ioctl(vm, KVM_IRQ_LINE, &irq), EINVAL, "a PPI of a vCPU that is not there");
	close(gic);
	close(vcpu);
	close(vm);
}

/* QEMU's order: the GIC is initialised first, and gets its addresses just before the first run. */
static void late_gic_addresses(void)
{
	struct kvm_vm vm = { .cpus = 2, .gic = -1 };
	bool good;

	vm.fd = ioctl(kvm_dev, KVM_CREATE_VM, 0UL);
	vm.vcpu[0] = ioctl(vm.fd, KVM_CREATE_VCPU, 0UL);
	vm.vcpu[1] = ioctl(vm.fd, KVM_CREATE_VCPU, 1UL);
	vm.gic = kvm_create_gic(vm.fd, 0);
	vm.run[0] = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, vm.vcpu[0], 0);
	vm.ram = anonymous();
	memcpy(vm.ram, guest_mmio, (size_t)(guest_mmio_end - guest_mmio));
	good = !kvm_init_vcpu(vm.fd, vm.vcpu[0], false) &&
	       !kvm_init_vcpu(vm.fd, vm.vcpu[1], true) &&
	       !kvm_set_memory(vm.fd, 0, 0, RAM, RAM_SIZE, vm.ram) &&
	       !kvm_set_reg(vm.vcpu[0], KVM_CORE_REG(regs.regs[0]), MMIO) &&
	       !kvm_set_reg(vm.vcpu[0], KVM_CORE_REG(regs.pc), RAM);
	tap_ok(good && !kvm_gic_attr(vm.gic, KVM_DEV_ARM_VGIC_GRP_CTRL,
				     KVM_DEV_ARM_VGIC_CTRL_INIT, 0),
	       "a GIC is initialised before it has addresses");
	refused(ioctl(vm.vcpu[0], KVM_RUN, 0), ENXIO, "a run before it has them");
	/* index 0, two redistributors */
	tap_ok(!kvm_gic_attr(vm.gic, ADDR, DIST, GICD), "a distributor");
	refused(kvm_gic_attr(vm.gic, ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, 2UL << 52 | GICD),
		EINVAL, "a region over it that the vCPUs need");
	tap_ok(!kvm_gic_attr(vm.gic, ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, 2UL << 52 | GICR),
	       "it gets its addresses then");
	refused(kvm_gic_attr(vm.gic, ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, 2UL << 52 | GICR),
		EEXIST, "the same region again");
	refused(kvm_gic_attr(vm.gic, ADDR, REDIST, GICR + 0x100000), EINVAL,
		"the older interface beside it");
	tap_ok(!ioctl(vm.vcpu[0], KVM_RUN, 0) && vm.run[0]->exit_reason == KVM_EXIT_MMIO,
	       "its VM runs");
	refused(kvm_gic_attr(vm.gic, ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION,
			     2UL << 52 | (GICR + 0x40000) | 1),
		EBUSY, "a region after the first run");
	munmap(vm.ram, RAM_SIZE);
	kvm_vm_close(&vm);
}

/* Redistributors of two vCPUs reach into the distributor, which is seen when the VM runs. */
static void overlap_at_the_first_run(void)
{
	int vm = ioctl(kvm_dev, KVM_CREATE_VM, 0UL), vcpu = ioctl(vm, KVM_CREATE_VCPU, 0UL);
	int gic = kvm_create_gic(vm, 0), second = ioctl(vm, KVM_CREATE_VCPU, 1UL);

	kvm_init_vcpu(vm, vcpu, false);
	tap_ok(!kvm_gic_attr(gic, ADDR, REDIST, GICD - 0x20000) &&
		       !kvm_gic_attr(gic, ADDR, DIST, GICD),
	       "a distributor that overlaps redistributors is taken");
	refused(ioctl(vcpu, KVM_RUN, 0), EINVAL, "the first run with it, not initialised");
	tap_ok(!kvm_gic_attr(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0),
	       "it is initialised");
	refused(ioctl(vcpu, KVM_RUN, 0), EINVAL, "the first run with it");
	close(second);
	close(gic);
	close(vcpu);
	close(vm);
}

/* The guest touches 2 MiB of memory that the VMM has mapped in that way: none for prot < 0. */
static bool run_on(bool protected, int prot, int flags, int error, const char *what)
{
	struct kvm_vm vm;
	bool good;
	char *hole;

	if (!tap_ok(build(&vm, protected, 1, anonymous(), CODE(touch), RAM + MB2, 0),
		    "a VM to run on %s", what))
		return false;
	hole = vm.ram + MB2;
	munmap(hole, MB2);
	if (prot >= 0 && mmap(hole, MB2, prot, flags | MAP_FIXED | MAP_ANONYMOUS, -1, 0) != hole)
		good = tap_ok(false, "mmap of %s: %s", what, strerror(errno));
	else
		good = refused(ioctl(vm.vcpu[0], KVM_RUN, 0), error, what);
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
	return good;
}

static void set_hugepages(const char *n)
{
	int fd = open("/proc/sys/vm/nr_hugepages", O_WRONLY);

	if (fd < 0 || write(fd, n, strlen(n)) < 0)
		perror("# nr_hugepages");
	close(fd);
}

/* What cannot be a guest's memory. */
static void bad_backing(bool protected)
{
	run_on(protected, -1, 0, EFAULT, "unmapped memory");
	run_on(protected, PROT_READ, MAP_PRIVATE, EFAULT, "read-only memory");
	set_hugepages("1");
	run_on(protected, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_HUGETLB, EIO, "hugetlb memory");
	set_hugepages("0");
}

static void memory_limit(bool protected)
{
	struct rlimit limit = { 256 << 10, 256 << 10 };
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		if (setrlimit(RLIMIT_MEMLOCK, &limit) || setresuid(65534, 65534, 65534))
			_exit(2);
		_exit(!run_on(protected, PROT_READ | PROT_WRITE, MAP_PRIVATE, ENOMEM,
			      "more memory than RLIMIT_MEMLOCK allows"));
	}
	waitpid(child, &status, 0);
	tap_child(2, !status);
}

static void other_process(void)
{
	int vm = ioctl(kvm_dev, KVM_CREATE_VM, 0UL), status;
	pid_t child = fork();

	if (!child)
		_exit(ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_IRQCHIP) < 0 && errno == EIO ? 0 : 1);
	waitpid(child, &status, 0);
	tap_ok(!status, "another process cannot use the VM: EIO");
	close(vm);
}

/* -- Two at once -- */

static bool stress_over;

static void *irq_stress(void *arg)
{
	struct kvm_vm *vm = arg;
	struct kvm_irq_level irq = { .irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | 40 };
	unsigned int n = 0;

	while (!__atomic_load_n(&stress_over, __ATOMIC_RELAXED)) {
		irq.level = ++n & 1;
		ioctl(vm->fd, KVM_IRQ_LINE, &irq);
		if (!vm->protected && n % 64 == 0)
			kvm_set_memory(vm->fd, 0, 0, RAM, 0, vm->ram);
		if (!vm->protected)
			kvm_set_memory(vm->fd, 0, 0, RAM, RAM_SIZE, vm->ram);
	}
	return NULL;
}

/* Interrupts and changes of memory while the guest runs. */
static void stress(bool protected)
{
	struct stopper s = { .thread = pthread_self(), .delay_us = 1000000 };
	pthread_t stopper, worker;
	struct kvm_vm vm;
	int ret;

	if (!tap_ok(build(&vm, protected, 1, anonymous(), CODE(spin), 0, 0), "a VM for a stress"))
		return;
	stress_over = false;
	pthread_create(&stopper, NULL, stop_later, &s);
	pthread_create(&worker, NULL, irq_stress, &vm);
	do {
		ret = ioctl(vm.vcpu[0], KVM_RUN, 0);
		/*
		 * Without its memory for a moment the guest sees MMIO or aborts; KVM_RUN goes on.
		 */
	} while (!ret);
	tap_ok(errno == EINTR, "%s: interrupts and slots change while the guest runs",
	   protected ? "protected" : "unprotected");
	stress_over = true;
	__atomic_store_n(&s.stopped, true, __ATOMIC_RELEASE);
	pthread_join(stopper, NULL);
	pthread_join(worker, NULL);
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
}

/* kvm-api-test with-all-vms COMMAND...: runs it while no VM more can be created. Its status. */
static int with_all_vms(char **command)
{
	int status;
	pid_t child;

	while (ioctl(kvm_dev, KVM_CREATE_VM, 0UL) >= 0)
		;
	child = fork();
	if (!child) {
		execvp(command[0], command);
		_exit(127);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int protected, memfd;

	sigaction(SIGUSR1, &action, NULL);
	if (!kvm_open())
		tap_give_up("/dev/kvm: %s", strerror(errno));
	if (argc > 2 && !strcmp(argv[1], "with-all-vms"))
		return with_all_vms(argv + 2);
	tap_ok(ioctl(kvm_dev, KVM_GET_API_VERSION, 0) == 12, "KVM_GET_API_VERSION");
	bad_vms();
	bad_gic();
	late_gic_addresses();
	overlap_at_the_first_run();
	for (protected = 0; protected < 2; protected++) {
		bad_memory(protected);
		bad_vcpus(protected);
		memfd = syscall(SYS_memfd_create, "guest", 0);
		run_mmio_guest(protected, anonymous(), "anonymous");
		run_mmio_guest(protected, backed_by(memfd), "memfd");
		close(memfd);
		run_until_signal(protected, CODE(wfi), "sleeps");
		run_until_signal(protected, CODE(spin), "spins");
		stress(protected);
		bad_backing(protected);
		memory_limit(protected);
	}
	other_process();
	test_kvmtool();
	test_memory();
	test_slots();
	test_registers();
	return tap_end();
}
