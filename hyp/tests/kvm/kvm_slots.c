// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots that the VMM changes while a vCPU uses them: where no slot is, an access is MMIO. And MMIO
 * that cannot be emulated; and slots by KVM_SET_USER_MEMORY_REGION2.
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

void test_slots(void)
{
	second_call();
	moves_under_a_vcpu();
	no_syndrome(false);
	no_syndrome(true);
}
