/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM whose RAM begins with a few instructions, by nothing but documented calls of KVM. */
#pragma once

#include "kvm.h"
#include "tap.h"

#define RAM		PLAT_RAM_BASE
#define MMIO		PLAT_UART_BASE
#define GICD		PLAT_GICD_BASE
#define GICR		PLAT_GICR_BASE
#define RAM_SIZE	0x800000UL
#define MB2		0x200000UL
#define ADDR		KVM_DEV_ARM_VGIC_GRP_ADDR
#define DIST		KVM_VGIC_V3_ADDR_TYPE_DIST
#define REDIST		KVM_VGIC_V3_ADDR_TYPE_REDIST
#define SPI_LINE(intid)	(KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | (intid))

/* Position-independent code, from guest.S and stepped_guest.S. */
#define GUEST(name) extern const char guest_##name[], guest_##name##_end[]
GUEST(mmio);
GUEST(report);
GUEST(pair);
GUEST(step);
GUEST(wfi);
GUEST(spin);
GUEST(knock);
GUEST(touch);
GUEST(stepped);

/* One result: the call that returned ret failed with that error. */
bool refused(int ret, int error, const char *what);

/*
 * A VM with that code at the start of its RAM, for every vCPU; all but the first are powered off.
 * x0 of vCPU n is x0 + n * step. False: a step failed, errno says why.
 */
struct code {
	const char *start, *end;
};
#define CODE(name) ((struct code){ guest_##name, guest_##name##_end })
bool build(struct kvm_vm *vm, bool protected, unsigned int cpus, void *ram, struct code code,
	   __u64 x0, __u64 step);

/* The same, protected, on a guest_memfd. */
bool build_gmem(struct kvm_vm *vm, unsigned int cpus, struct code code, __u64 x0, __u64 step);

/* RAM_SIZE of memory, aligned to 2 MiB, never huge: the tests of blocks are elsewhere. */
void *anonymous(void);
