/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the clients of the KVM calls share: TAP, and a VM built by nothing but documented calls.
 */
#ifndef DRIVER_TESTS_TEST_VM_H
#define DRIVER_TESTS_TEST_VM_H

#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>

#ifndef KVM_VM_TYPE_ARM_PROTECTED
#define KVM_VM_TYPE_ARM_PROTECTED (1UL << 31)
#endif

#define RAM		0x40000000UL
#define MMIO		0x09000000UL
#define GICD		0x08000000UL
#define GICR		0x080a0000UL
#define RAM_SIZE	0x800000UL
#define MB2		0x200000UL
#define MAX_VCPUS	16
#define ADDR		KVM_DEV_ARM_VGIC_GRP_ADDR
#define DIST		KVM_VGIC_V3_ADDR_TYPE_DIST
#define REDIST		KVM_VGIC_V3_ADDR_TYPE_REDIST
#define CORE(member)                                                                               \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |                                     \
	 offsetof(struct kvm_regs, member) / sizeof(__u32))
#define SPI_LINE(intid)	(KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | (intid))

/* Position-independent code, from guest.S and puppet.S. */
#define GUEST(name) extern const char guest_##name[], guest_##name##_end[]
GUEST(mmio);
GUEST(wfi);
GUEST(spin);
GUEST(knock);
GUEST(touch);
GUEST(puppet);

/* /dev/kvm, and the TAP results so far. */
extern int kvm, count, failures;

__attribute__((format(printf, 2, 3))) bool ok(bool good, const char *format, ...);

/* The call that gave ret must have failed with that error. */
void refused(int ret, int error, const char *what);

struct test_vm {
	bool protected;
	int fd, gic;
	unsigned int cpus;
	int vcpu[MAX_VCPUS];
	struct kvm_run *run[MAX_VCPUS];
	char *ram;
};

int set_memory(int vm, __u32 slot, __u32 flags, __u64 ipa, __u64 size, void *ram);
int set_reg(int vcpu, __u64 id, __u64 value);
int get_reg(int vcpu, __u64 id, __u64 *value);
int gic_attr(int gic, __u32 group, __u64 attr, __u64 value);
int create_gic(int vm, __u32 flags);
int init_vcpu(int vm, int vcpu, bool off);

/*
 * A VM with that code at the start of its RAM, for every vCPU; all but the first are powered off.
 * x0 of vCPU n is x0 + n * step. False: a step failed, errno says why.
 */
struct code {
	const char *start, *end;
};
#define CODE(name) ((struct code){ guest_##name, guest_##name##_end })
bool build(struct test_vm *vm, bool protected, unsigned int cpus, void *ram, struct code code, __u64 x0, __u64 step);
void destroy(struct test_vm *vm);

/* RAM_SIZE of memory, aligned to 2 MiB, never huge: the tests of blocks are elsewhere. */
void *anonymous(void);

#endif
