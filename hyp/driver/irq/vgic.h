/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual GICv3 of a VM: distributor and redistributors emulated here, the CPU interface by the
 * hardware's list registers.
 *
 * An interrupt is in the list registers of at most one vCPU, its owner, and only while that vCPU is
 * about to run, runs or has just run: vgic_sync() folds all of them back after each run. In
 * between, all state is in struct vgic_irq.
 *
 * Locks: vgic.lock guards all of it. It is an innermost lock, and a raw one, since vgic_flush() and
 * vgic_sync() take it with interrupts masked. It is taken in interrupts, too: the signal of an
 * irqfd.
 */
#pragma once

#include <linux/bitmap.h>
#include <linux/kvm.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "abi/run.h"

struct vm;
struct vcpu;

#define VGIC_NR_PRIVATE		32
#define VGIC_MAX_IRQS		1024
#define VGIC_MIN_IRQS		64
#define VGIC_MAX_INTID		1019	/* the last SPI; 1020 to 1023 are special */
#define VGIC_MAX_REGIONS	8
#define VGIC_DIST_SIZE		0x10000UL
#define VGIC_REDIST_SIZE	0x20000UL
#define VGIC_NO_ADDR		(~0ULL)

/*
 * List registers used at most. Every GICv3 CPU interface with virtualisation that Linux runs on has
 * at least four.
 */
#define VGIC_NR_LRS		4
#define VTIMER_INTID		27

struct vgic_irq {
	union {
		u64 route;	/* GICD_IROUTER of an SPI */
		u32 hwirq;	/* of a private interrupt with hw: the physical INTID */
	};
	u8 target;		/* index of the vCPU that route names, or that it is private to */
	u8 priority;
	u8 owner;		/* 1 + index of the vCPU whose list registers hold it, 0: none */
	u8 active_vcpu;		/* index of the vCPU that acknowledged it, when active */
	bool enabled : 1;
	bool edge : 1;
	bool pending_latch : 1;	/* an edge, or set by software */
	bool latch_in_lr : 1;	/* the list register has the latch: folded back if still pending */
	bool line_level : 1;	/* of the input */
	bool active : 1;
	bool group1 : 1;
	bool hw : 1;		/* deactivation goes on to the physical interrupt */
	bool drop_active : 1;	/* cleared by the guest while in another vCPU's list register */
};

struct vgic_region {
	u64 base;
	u32 count;		/* redistributors in it, 0: as many as there are vCPUs */
	u32 index;
};

struct vgic {
	raw_spinlock_t lock;
	bool created;
	bool ready;		/* initialised: no more vCPUs, no more changes of size */
	bool group0_on, group1_on;
	u32 nr_irqs;		/* with the private ones */
	struct vgic_irq *spis;
	u64 dist_base;
	struct vgic_region regions[VGIC_MAX_REGIONS];
	unsigned int nr_regions;
	/* KVM's ap_list: SPIs that are active or pending. Bit 0 is INTID 32. */
	DECLARE_BITMAP(ap_spis, VGIC_MAX_IRQS - VGIC_NR_PRIVATE);
};

struct vgic_cpu {
	struct vgic_irq irqs[VGIC_NR_PRIVATE];
	u32 ap_private;		/* the private ones that are active or pending */
	u16 lr_intid[VGIC_NR_LRS];
	u8 nr_lrs;
	u8 nr_eois;
	u16 eois[VGIC_NR_LRS];	/* level-sensitive SPIs with an EOI, for irqfd_resample() */
	u32 kick;		/* vCPUs to kick after the run, for interrupts that moved */
};

/* To be asked before anything else of it is read: it may be set up while vCPUs run already. */
static inline bool vgic_ready(const struct vgic *vgic)
{
	return smp_load_acquire(&vgic->ready);
}

/* The interrupts of a new VM, of a VM that ends, and of a new vCPU. */
void vgic_vm_init(struct vm *vm);
void vgic_vm_free(struct vm *vm);
void vgic_vcpu_init(struct vcpu *vcpu);

/*
 * As after its creation, but for the input lines: the VM's reset, while no vCPU runs. A VMM of KVM
 * would write the registers by the device, which is not served.
 */
void vgic_reset(struct vm *vm);

/* Deactivation of a private interrupt goes on to the physical interrupt hwirq. */
void vgic_map_phys_irq(struct vcpu *vcpu, u32 intid, u32 hwirq);

/*
 * Fills the list registers before a run, and folds their state back after it; then true means that
 * the guest has deactivated an interrupt with hw. Interrupts masked, on the CPU of the run.
 */
void vgic_flush(struct vcpu *vcpu);
bool vgic_sync(struct vcpu *vcpu);

/* True: there is an interrupt that the vCPU would take. A hint: it may change at once. */
bool vgic_has_pending(struct vcpu *vcpu);

/* The input line of the virtual timer; called by the vCPU's own thread. */
void vgic_set_timer_line(struct vcpu *vcpu, bool level);
bool vgic_timer_pending_or_active(struct vcpu *vcpu);

/*
 * The input line of an SPI, or of a PPI of that vCPU, changes. -EINVAL: no such interrupt. Any
 * context but NMI.
 */
int vgic_set_line(struct vm *vm, struct vcpu *vcpu, u32 intid, bool level);

/*
 * An SPI becomes pending once, whether it is edge-triggered or level-sensitive. Any context, as for
 * vgic_set_line().
 */
void vgic_pulse(struct vm *vm, u32 intid);

/* The guest wrote ICC_SGI1R_EL1. */
void vgic_send_sgi(struct vcpu *from, u64 sgi1r);

/*
 * For vgic_mmio.c, under the lock. vgic_irq() is the interrupt of a number, or NULL. After a change
 * of its state vgic_update_ap() brings the bitmaps up to date, and vgic_kick_mask() names the vCPUs
 * that have to look at their interrupts, for vm_kick() without the lock.
 */
struct vgic_irq *vgic_irq(struct vm *vm, struct vcpu *vcpu, u32 intid);
bool vgic_irq_pending(const struct vgic_irq *irq);
void vgic_update_ap(struct vm *vm, struct vcpu *vcpu, u32 intid);
u32 vgic_kick_mask(struct vm *vm, struct vcpu *vcpu, u32 intid);
