// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2, S4: a malicious VMM on the KVM API: a protected vCPU's registers, changes to a VM that has
 * run, vCPUs run from two threads, run pages that change under the kernel's hands, files closed and
 * processes killed at the wrong moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod.h"
#include "memory.h"
#include "suites.h"
#include "tap.h"
#include "try_access.h"
#include "tests/lib/limit.h"

#define CORE_BASE			(KVM_REG_ARM64 | KVM_REG_ARM_CORE)
#define SYSREG(op0, op1, crn, crm, op2) ARM64_SYS_REG(op0, op1, crn, crm, op2)

static void boot(struct guest *g, const char *image, const char *args, unsigned int cpus)
{
	struct guest_setup setup = {.image = image, .args = args, .cpus = cpus};

	guest_boot(g, &setup);
	if (!strcmp(image, "secret") && !guest_wait_text(g, "ready"))
		tap_give_up("secret is not ready: %s", guest_story(g));
}

static bool intact(struct guest *g)
{
	if (guest_wait_end(g) == GUEST_OFF && strstr(g->console, "intact"))
		return true;
	tap_note("%s", guest_story(g));
	return false;
}

/* -- S2: registers -- */

/* Neither direction may work; the pattern must not be in what came back. */
static bool reg_refused(struct guest *g, uint64_t id)
{
	uint8_t value[256];
	struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)value};
	int get, set;

	memset(value, 0, sizeof(value));
	get = kvm(g->vm.vcpu[0], KVM_GET_ONE_REG, (unsigned long)&reg);
	if (!get || has_pattern(value, sizeof(value)) ||
	    first_nonzero(value, sizeof(value)) != sizeof(value)) {
		tap_note("KVM_GET_ONE_REG of 0x%llx: %d", (unsigned long long)id, get);
		return false;
	}
	set = kvm(g->vm.vcpu[0], KVM_SET_ONE_REG, (unsigned long)&reg);
	if (set != -EPERM && set != -ENOENT && set != -EINVAL) {
		tap_note("KVM_SET_ONE_REG of 0x%llx: %d", (unsigned long long)id, set);
		return false;
	}
	return true;
}

static bool reg_is_eperm(struct guest *g, uint64_t id)
{
	uint64_t value = 0;
	struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)&value};

	return kvm(g->vm.vcpu[0], KVM_GET_ONE_REG, (unsigned long)&reg) == -EPERM &&
	       kvm(g->vm.vcpu[0], KVM_SET_ONE_REG, (unsigned long)&reg) == -EPERM;
}

static void core_registers(struct guest *g)
{
	static const uint64_t sizes[] = {KVM_REG_SIZE_U32, KVM_REG_SIZE_U64, KVM_REG_SIZE_U128};
	unsigned int bad = 0, tried = 0, leaks = 0;

	for (unsigned int offset = 0; offset < sizeof(struct kvm_regs) / 4 + 8; offset++)
		for (unsigned int s = 0; s < 3; s++, tried++)
			leaks += !reg_refused(g, CORE_BASE | sizes[s] | offset);
	tap_ok(!leaks,
	       "no core register, general, FP or SIMD, of a protected vCPU that has run can be "
	       "read or set (%u ids)",
	       tried);
	for (unsigned int n = 0; n <= 30; n++)
		bad += !reg_is_eperm(g, CORE_BASE | KVM_REG_SIZE_U64 | n * 2);
	bad += !reg_is_eperm(g,
			     CORE_BASE | KVM_REG_SIZE_U64 | offsetof(struct kvm_regs, regs.pc) / 4);
	bad += !reg_is_eperm(g, CORE_BASE | KVM_REG_SIZE_U64 |
					offsetof(struct kvm_regs, regs.pstate) / 4);
	bad += !reg_is_eperm(g,
			     CORE_BASE | KVM_REG_SIZE_U64 | offsetof(struct kvm_regs, sp_el1) / 4);
	tap_ok(!bad, "x0 to x30, PC, PSTATE and SP_EL1 give EPERM both ways");
}

static void system_registers(struct guest *g)
{
	unsigned int leaks = 0, tried = 0;

	/* op0 2 (debug) and 3, all op1, CRn, CRm and op2. */
	for (uint64_t op0 = 2; op0 < 4; op0++)
		for (uint64_t rest = 0; rest < 1 << 14; rest++, tried++) {
			uint64_t id = SYSREG(op0, rest >> 11, (rest >> 7) & 15, (rest >> 3) & 15,
					     rest & 7);

			if (id != KVM_MPIDR)
				leaks += !reg_refused(g, id);
		}
	tap_ok(!leaks, "nor can any system register (%u ids)", tried);
}

static void register_list(struct guest *g)
{
	struct kvm_reg_list *list = calloc(1, sizeof(*list) + 1024 * sizeof(uint64_t));
	unsigned int bad = 0, mpidr = 0;
	int ret;

	list->n = 1024;
	ret = kvm(g->vm.vcpu[0], KVM_GET_REG_LIST, (unsigned long)list);
	for (uint64_t i = 0; !ret && i < list->n; i++) {
		if (list->reg[i] == KVM_MPIDR)
			mpidr++;
		else
			bad += !reg_is_eperm(g, list->reg[i]);
	}
	tap_ok(!ret && list->n > 30 && !bad,
	       "each of the %llu registers listed gives EPERM, but MPIDR_EL1",
	       (unsigned long long)list->n);
	tap_ok(mpidr == 1, "MPIDR_EL1 is listed");
	free(list);
}

static void mpidr(struct guest *g)
{
	uint64_t value = 0;
	struct kvm_one_reg reg = {.id = KVM_MPIDR, .addr = (uintptr_t)&value};

	tap_ok(!kvm(g->vm.vcpu[0], KVM_GET_ONE_REG, (unsigned long)&reg) && value >> 31 == 1,
	       "MPIDR_EL1 can be read");
	tap_ok(kvm(g->vm.vcpu[0], KVM_SET_ONE_REG, (unsigned long)&reg) < 0, "and not be set");
}

/* Halts the vCPU, whose file is locked while it runs, tries all, and lets it run to its end. */
static void registers(void)
{
	struct guest g;

	boot(&g, "secret", "seconds=1", 1);
	guest_halt(&g);
	core_registers(&g);
	system_registers(&g);
	register_list(&g);
	mpidr(&g);
	g.end = GUEST_RUNS;
	g.stop = false;
	guest_start(&g);
	tap_ok(intact(&g), "after all of these the guest runs on, intact");
	guest_free(&g);
}

/* -- S4: a VM that has run is activated -- */

static void refuse(struct guest *g, int fd, unsigned long request, void *argument, int want,
		   const char *name)
{
	int ret = kvm(fd, request, (unsigned long)argument);

	if (ret != want)
		tap_note("returned %d, want %d", ret, want);
	tap_ok(ret == want && g->end == GUEST_STOPPED, "once it has run: %s is refused", name);
}

static void activated(void)
{
	struct kvm_userspace_memory_region add = {
		.slot = 1, .guest_phys_addr = 0x80000000, .memory_size = BLOCK};
	struct kvm_userspace_memory_region drop = {.slot = 0, .guest_phys_addr = PLAT_RAM_BASE};
	struct kvm_userspace_memory_region move = {.slot = 0, .guest_phys_addr = 0x80000000};
	struct kvm_userspace_memory_region readonly = {
		.slot = 0, .guest_phys_addr = PLAT_RAM_BASE, .flags = KVM_MEM_READONLY};
	struct kvm_create_device device = {.type = KVM_DEV_TYPE_ARM_VGIC_V3};
	struct kvm_mp_state stopped = {.mp_state = KVM_MP_STATE_STOPPED};
	struct guest g;

	boot(&g, "secret", "seconds=1", 1);
	guest_halt(&g);
	add.userspace_addr = move.userspace_addr = readonly.userspace_addr = (uintptr_t)g.ram;
	move.memory_size = readonly.memory_size = g.size;
	refuse(&g, g.vm.fd, KVM_SET_USER_MEMORY_REGION, &add, -EPERM, "adding a slot");
	refuse(&g, g.vm.fd, KVM_SET_USER_MEMORY_REGION, &drop, -EPERM, "deleting a slot");
	refuse(&g, g.vm.fd, KVM_SET_USER_MEMORY_REGION, &move, -EPERM, "moving a slot");
	refuse(&g, g.vm.fd, KVM_SET_USER_MEMORY_REGION, &readonly, -EPERM, "a read-only slot");
	refuse(&g, g.vm.fd, KVM_CREATE_VCPU, (void *)1, -EBUSY, "another vCPU");
	refuse(&g, g.vm.fd, KVM_CREATE_DEVICE, &device, -EEXIST, "another GIC");
	refuse(&g, g.vm.vcpu[0], KVM_SET_MP_STATE, &stopped, -EPERM, "switching the vCPU off");
	tap_ok(kvm_init_vcpu(g.vm.fd, g.vm.vcpu[0], false) && errno == EPERM,
	       "once it has run: KVM_ARM_VCPU_INIT again is refused");
	g.end = GUEST_RUNS;
	g.stop = false;
	guest_start(&g);
	tap_ok(intact(&g), "after all of these the guest runs on, intact");
	guest_free(&g);
}

/* -- Races -- */

static struct guest racing;
static volatile bool race_over;

static void *second_runner(void *unused)
{
	while (!race_over)
		ioctl(racing.vm.vcpu[0], KVM_RUN, 0);
	return unused;
}

static void *scribbler(void *unused)
{
	uint64_t seed = 88172645463325252ULL, *words = (uint64_t *)racing.vm.run[0];

	while (!race_over) {
		for (unsigned int i = 0; i < PAGE / 8 && !race_over; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			((volatile uint64_t *)words)[i] = seed;
		}
		usleep(100);
	}
	memset(words, 0, 8); /* no immediate_exit is left behind */
	return unused;
}

/*
 * What one of the two leaves with may be lost, since the other begins its own KVM_RUN before it is
 * read. So what the guest itself found counts: one that finds a change resets itself. And when it
 * ends there is one thread again.
 */
static void two_threads(void)
{
	pthread_t other;
	enum guest_end end;

	race_over = false;
	boot(&racing, "secret", "seconds=12", 1);
	pthread_create(&other, NULL, second_runner, NULL);
	sleep(2);
	race_over = true;
	/* One of them runs the guest, the other waits for it. */
	while (pthread_tryjoin_np(other, NULL)) {
		pthread_kill(racing.thread[0], SIGUSR1);
		pthread_kill(other, SIGUSR1);
		usleep(20000);
	}
	end = guest_wait_end(&racing);
	if (!tap_ok(end == GUEST_OFF, "KVM_RUN of one vCPU from two threads: the guest ends well"))
		tap_note("%s", guest_story(&racing));
	guest_free(&racing);
}

static void scribbled_run_page(void)
{
	enum guest_end end;
	pthread_t other;

	race_over = false;
	boot(&racing, "secret", "seconds=8", 1);
	pthread_create(&other, NULL, scribbler, NULL);
	sleep(2);
	race_over = true;
	pthread_join(other, NULL);
	/* We may have taken noise for an exit of our guest; it itself must not have noticed
	 * anything. */
	racing.stop = true;
	guest_halt(&racing);
	tap_ok(racing.end != GUEST_RESET && !strstr(racing.console, "FAIL"),
	       "a run page written at random while the vCPU runs: host and guest bear it");
	racing.end = GUEST_RUNS;
	racing.stop = false;
	guest_start(&racing);
	end = guest_wait_end(&racing);
	if (!tap_ok(end == GUEST_OFF || (end == GUEST_ERROR && racing.error == EFAULT),
		    "and the guest comes to its end"))
		tap_note("%s", guest_story(&racing));
	guest_free(&racing);
}

/* -- Lifetimes -- */

static bool all_gone(void)
{
	for (time_t end = limit_begin(); !limit_over(end);) {
		if (!kmod_counter(DONJON_CNT_VMS))
			return true;
		usleep(20000);
	}
	return false;
}

static void closed_while_running(void)
{
	uint64_t value;
	struct guest g;

	boot(&g, "secret", "seconds=2", 1);
	close(g.vm.fd);
	close(g.vm.gic);
	g.vm.fd = g.vm.gic = -1;
	tap_ok(try_read(secret_page(&g), &value) == SIGBUS && kmod_counter(DONJON_CNT_VMS) == 1,
	       "VM and GIC closed while a vCPU runs: the VM lives, its memory stays private");
	tap_ok(intact(&g), "and it is intact");
	guest_close(&g);
	tap_ok(all_gone() && first_nonzero(g.ram, g.size) == g.size,
	       "the vCPU closed: the VM is gone, its memory zero");
	guest_free(&g);
}

/* A VMM in a process of its own, killed in the middle. */
static void killed(void)
{
	int status, fds[2];
	char byte;
	pid_t child;

	if (pipe(fds))
		tap_give_up("pipe: %s", strerror(errno));
	child = fork();
	if (!child) {
		struct guest g;

		boot(&g, "secret", "until_input=1", 1);
		if (write(fds[1], "r", 1) == 1)
			pause();
		_exit(0);
	}
	close(fds[1]);
	if (read(fds[0], &byte, 1) != 1)
		tap_note("the child's guest did not start");
	tap_ok(kmod_counter(DONJON_CNT_VMS) == 1, "a guest runs in another process");
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	close(fds[0]);
	tap_ok(WIFSIGNALED(status) && all_gone(), "kill -9 of its VMM: the VM is gone");
}

/* A child that inherits the descriptors is another user of the same VM, with other memory. */
static void inherited(void)
{
	struct kvm_userspace_memory_region slot = {
		.slot = 5, .guest_phys_addr = 0x90000000, .memory_size = PAGE};
	int status = 1;
	struct guest g;
	pid_t child;

	boot(&g, "secret", "seconds=1", 1);
	madvise(g.ram, g.size, MADV_DONTFORK);
	child = fork();
	if (!child)
		_exit(!(kvm(g.vm.vcpu[0], KVM_RUN, 0) == -EIO &&
			kvm(g.vm.fd, KVM_SET_USER_MEMORY_REGION, (unsigned long)&slot) == -EIO));
	waitpid(child, &status, 0);
	tap_ok(!status, "a child that inherits VM and vCPU gets EIO from both");
	tap_ok(intact(&g), "and the guest is intact");
	guest_free(&g);
}

/* The files of a VM that never ran, in all orders. */
static void unused_vms(void)
{
	int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC), bad = 0;

	for (unsigned int i = 0; i < 32; i++) {
		int vm = kvm(dev, KVM_CREATE_VM, KVM_VM_TYPE_ARM_PROTECTED),
		    vcpu = kvm(vm, KVM_CREATE_VCPU, i % 16);

		bad += vm < 0 || vcpu < 0;
		close(i & 1 ? vm : vcpu);
		if (i & 2)
			close(i & 1 ? vcpu : vm);
		else
			dup2(dev, i & 1 ? vcpu : vm); /* closes it, too */
		if (!(i & 2))
			close(i & 1 ? vcpu : vm);
	}
	close(dev);
	tap_ok(!bad && all_gone(), "VMs that never ran, closed in any order, are gone");
}

int suite_api(void)
{
	try_access_init();
	kmod_open();
	registers();
	activated();
	two_threads();
	scribbled_run_page();
	closed_while_running();
	killed();
	inherited();
	unused_vms();
	tap_ok(all_gone(), "no VM is left");
	return tap_end();
}
