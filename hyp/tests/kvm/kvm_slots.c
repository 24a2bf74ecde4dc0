// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots that the VMM changes while a vCPU uses them: where no slot is, an access is MMIO; so is a
 * write to a read-only slot. And MMIO that cannot be emulated; and slots by
 * KVM_SET_USER_MEMORY_REGION2.
 */
#include "kvm_memory.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "small_vm.h"

#define PLACE	(RAM + 4 * RAM_SIZE)	/* where the guest writes */
#define ELSE	(PLACE + RAM_SIZE)
#define SECONDS	2

struct mover {
	struct kvm_vm *vm;
	void *memory;
	pthread_t runner;
	bool over;
	unsigned int moves;
	int error;
};

static void *move(void *arg)
{
	struct mover *m = arg;
	time_t end = time(NULL) + SECONDS;

	while (time(NULL) <= end && !m->error) {
		__u64 to = m->moves++ & 1 ? PLACE : ELSE;

		if (kvm_set_memory(m->vm->fd, 1, 0, to, MB2, m->memory))
			m->error = errno;
	}
	__atomic_store_n(&m->over, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&m->over, __ATOMIC_ACQUIRE)) {
		pthread_kill(m->runner, SIGUSR1);
		usleep(10000);
	}
	return NULL;
}

/* The guest writes to one address, which is RAM or MMIO from one moment to the next. */
static void moves_under_a_vcpu(void)
{
	struct mover m = { .runner = pthread_self(), .memory = anonymous() };
	unsigned int mmio = 0;
	pthread_t thread;
	struct kvm_vm vm;
	int ret;

	m.vm = &vm;
	if (!tap_ok(build(&vm, false, 1, anonymous(), CODE(knock), PLACE, 0) &&
			    !kvm_set_memory(vm.fd, 1, 0, PLACE, MB2, m.memory),
		    "a VM whose guest writes to its second slot"))
		return;
	pthread_create(&thread, NULL, move, &m);
	do {
		ret = ioctl(vm.vcpu[0], KVM_RUN, 0);
		if (!ret && (vm.run[0]->exit_reason != KVM_EXIT_MMIO ||
			     vm.run[0]->mmio.phys_addr != PLACE))
			break;
		mmio += !ret;
	} while (!ret || (errno == EINTR && !__atomic_load_n(&m.over, __ATOMIC_ACQUIRE)));
	tap_ok(ret < 0 && errno == EINTR && mmio,
	       "the slot moves to and fro: the guest's writes are MMIO meanwhile (KVM_RUN: %s, "
	       "exit %u)", ret ? strerror(errno) : "done", vm.run[0]->exit_reason);
	/* The mover may still need its time. */
	while (!__atomic_load_n(&m.over, __ATOMIC_ACQUIRE))
		usleep(10000);
	__atomic_store_n(&m.over, false, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	tap_ok(!m.error && m.moves > 1, "each of %u moves succeeds", m.moves);
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
	munmap(m.memory, RAM_SIZE);
}

/* A VMM is told; the abort of a protected guest stays in the guest. */
static void no_syndrome(bool protected)
{
	struct kvm_vm vm;

	if (!tap_ok(build(&vm, protected, 1, anonymous(), CODE(pair), MMIO, 0),
		    "a VM whose guest reads a pair of registers from MMIO"))
		return;
	if (protected) {
		tap_ok(!ioctl(vm.vcpu[0], KVM_RUN, 0) &&
			       vm.run[0]->exit_reason == KVM_EXIT_MMIO &&
			       vm.run[0]->mmio.is_write && vm.run[0]->mmio.phys_addr == MMIO + 8,
		       "a protected guest takes an abort");
	} else {
		refused(ioctl(vm.vcpu[0], KVM_RUN, 0), ENOSYS, "KVM_RUN");
		refused(ioctl(vm.vcpu[0], KVM_RUN, 0), ENOSYS, "and again");
	}
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
}

/* Of Linux 6.8 and later, whatever the headers of this build. */
struct region2 {
	__u32 slot, flags;
	__u64 ipa, size, hva, memfd_offset;
	__u32 memfd, pad1;
	__u64 pad2[14];
};
#define SET_REGION2	_IOW(KVMIO, 0x49, struct region2)
#define CAP_REGION2	231
#define WITH_MEMFD	4

static void second_call(void)
{
	int vm = ioctl(kvm_dev, KVM_CREATE_VM, 0UL);
	void *memory = anonymous();
	struct region2 r = { .ipa = RAM, .size = MB2, .hva = (unsigned long)memory };

	tap_ok(ioctl(vm, KVM_CHECK_EXTENSION, CAP_REGION2) == 1 && !ioctl(vm, SET_REGION2, &r),
	       "KVM_SET_USER_MEMORY_REGION2");
	refused(kvm_set_memory(vm, 1, 0, RAM, MB2, memory), EEXIST, "the same range again");
	r = (struct region2){ .slot = 1, .flags = WITH_MEMFD, .ipa = RAM + MB2, .size = MB2,
			      .hva = (unsigned long)memory };
	refused(ioctl(vm, SET_REGION2, &r), EINVAL, "a guest_memfd");
	refused(ioctl(vm, SET_REGION2, (void *)1), EFAULT, "no argument");
	close(vm);
	munmap(memory, RAM_SIZE);
}

/* -- Read-only slots -- */

/*
 * The guest runs guest_mmio from the slot at PLACE: it reads a word 4 KiB behind its code, writes
 * the sum with 1 next to it, and powers off.
 */
#define WORD	0x1000UL

static bool runs_from(struct kvm_vm *vm, __u32 flags, unsigned char *memory)
{
	unsigned long size = (unsigned long)(guest_mmio_end - guest_mmio);

	memcpy(memory, guest_mmio, size);
	__builtin___clear_cache((char *)memory, (char *)memory + size);
	memory[WORD] = 41;
	return build(vm, false, 1, anonymous(), CODE(mmio), PLACE + WORD, 0) &&
	       !kvm_set_memory(vm->fd, 1, flags, PLACE, MB2, memory) &&
	       !kvm_set_reg(vm->vcpu[0], KVM_CORE_REG(regs.pc), PLACE);
}

static bool exits_for(const struct kvm_vm *vm, __u32 reason)
{
	return !ioctl(vm->vcpu[0], KVM_RUN, 0) && vm->run[0]->exit_reason == reason;
}

/* prot: what the VMM may do with its memory. huge: EL2 maps all of the slot at once. */
static void read_only(int prot, bool huge)
{
	unsigned char *memory = anonymous();
	struct kvm_run *run;
	struct kvm_vm vm;

	if (huge)
		madvise(memory, MB2, MADV_HUGEPAGE);
	memset(memory, 0, MB2);
	if (!tap_ok(runs_from(&vm, KVM_MEM_READONLY, memory) && !mprotect(memory, MB2, prot),
		    "a VM that runs from a read-only slot%s%s", huge ? ", a huge page" : "",
		    prot & PROT_WRITE ? "" : ", which the VMM cannot write either"))
		return;
	run = vm.run[0];
	tap_ok(exits_for(&vm, KVM_EXIT_MMIO) && run->mmio.is_write && run->mmio.len == 4 &&
		       run->mmio.phys_addr == PLACE + WORD + 8 && run->mmio.data[0] == 42,
	       "its code and data are there; its write is MMIO (exit %u at 0x%llx)",
	       run->exit_reason, run->mmio.phys_addr);
	tap_ok(exits_for(&vm, KVM_EXIT_SYSTEM_EVENT) && memory[WORD] == 41 && !memory[WORD + 8],
	       "it goes on behind the write, which has changed nothing");
	refused(kvm_set_memory(vm.fd, 1, 0, PLACE, MB2, memory), EINVAL, "its slot made writable");
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
	munmap(memory, MB2);
}

/*
 * As a flash device is now ROM, now RAM: the slot is deleted and comes back with other rights. The
 * next run completes the write first, which moves the PC on by 4.
 */
static void writable_later(void)
{
	unsigned char *memory = anonymous();
	struct kvm_vm vm;

	if (!tap_ok(runs_from(&vm, KVM_MEM_READONLY, memory) && exits_for(&vm, KVM_EXIT_MMIO),
		    "a VM that writes to a read-only slot"))
		return;
	tap_ok(!kvm_set_memory(vm.fd, 1, 0, PLACE, 0, memory) &&
		       !kvm_set_memory(vm.fd, 1, 0, PLACE, MB2, memory) &&
		       !kvm_set_reg(vm.vcpu[0], KVM_CORE_REG(regs.pc), PLACE - 4) &&
		       exits_for(&vm, KVM_EXIT_SYSTEM_EVENT) && memory[WORD + 8] == 42,
	       "deleted and added as RAM, it takes the write");
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
	munmap(memory, MB2);
}

void test_slots(void)
{
	second_call();
	moves_under_a_vcpu();
	no_syndrome(false);
	no_syndrome(true);
	read_only(PROT_READ | PROT_WRITE, false);
	read_only(PROT_READ | PROT_WRITE, true);
	read_only(PROT_READ, false);
	writable_later();
}
