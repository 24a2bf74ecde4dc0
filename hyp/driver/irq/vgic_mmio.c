// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the distributor and the redistributors: GICv3 with affinity routing and one security
 * state (IHI 0069, chapter 12). All other registers, and accesses of a width that the architecture
 * does not allow, read as zero and ignore writes.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/sizes.h>

#include "kick.h"
#include "vgic.h"
#include "vgic_mmio.h"
#include "vm_types.h"

/* Implementer Arm, product 'D'. */
#define VGIC_IIDR	(0x43bU | 'D' << 24)
#define VGIC_PIDR2	(GIC_PIDR2_ARCH_GICv3 | 0xb)

/* Fields of GICD_TYPER that the kernel has no names for. */
#define TYPER_NO_1N		BIT(25)
#define TYPER_ID_BITS_SHIFT	19

/* One access, already checked: size 1, 4 or 8. */
struct access {
	struct vcpu *vcpu;
	u32 offset;		/* in its frame */
	unsigned int size;
	bool write;
	u64 data;
	u32 kick;		/* vCPUs to kick when the lock is released */
};

/* The first interrupt of an access to registers with that many bits for each, from start on. */
static u32 first_intid(const struct access *a, u32 start, unsigned int bits)
{
	return (a->offset - start) * 8 / bits;
}

/*
 * Private interrupts are the redistributor's, the others the distributor's: the wrong half reads as
 * zero.
 */
static struct vgic_irq *get(const struct access *a, bool redist, u32 intid)
{
	if (redist != (intid < VGIC_NR_PRIVATE))
		return NULL;
	return vgic_irq(a->vcpu->vm, a->vcpu, intid);
}

static bool read_bit(const struct vgic_irq *irq, u32 reg)
{
	switch (reg) {
	case GICD_IGROUPR:
		return irq->group1;
	case GICD_ISENABLER:
	case GICD_ICENABLER:
		return irq->enabled;
	case GICD_ISPENDR:
	case GICD_ICPENDR:
		return vgic_irq_pending(irq) || irq->latch_in_lr;
	default:
		return irq->active;
	}
}

/* The effect of writing 1; for the group, of writing 0 as well. */
static void write_bit(struct access *a, struct vgic_irq *irq, u32 reg, bool set)
{
	switch (reg) {
	case GICD_IGROUPR:
		irq->group1 = set;
		return;
	case GICD_ISENABLER:
		irq->enabled = true;
		return;
	case GICD_ICENABLER:
		irq->enabled = false;
		return;
	case GICD_ISPENDR:
		irq->pending_latch = !irq->hw;
		return;
	case GICD_ICPENDR:
		irq->pending_latch = irq->latch_in_lr = false;
		return;
	case GICD_ISACTIVER:
		/*
		 * In another vCPU's list register the hardware has the state; a guest that sets it
		 * there races with itself.
		 */
		if (!irq->owner && !irq->active) {
			irq->active = true;
			irq->active_vcpu = irq->target;
		}
		return;
	default:
		irq->active = false;
		irq->drop_active = irq->owner;
		return;
	}
}

static void access_bits(struct access *a, bool redist)
{
	u32 reg = a->offset & ~0x7fU, intid = first_intid(a, reg, 1), data = a->data;
	unsigned int i;

	if (a->size != 4)
		return;
	for (i = 0; i < 32; i++) {
		struct vgic_irq *irq = get(a, redist, intid + i);

		if (!irq)
			continue;
		if (!a->write) {
			a->data |= (u64)read_bit(irq, reg) << i;
		} else if ((data & BIT(i)) || reg == GICD_IGROUPR) {
			/*
			 * Before: the vCPU that holds it; after: the one that has to take it now.
			 */
			a->kick |= vgic_kick_mask(a->vcpu->vm, a->vcpu, intid + i);
			write_bit(a, irq, reg, data & BIT(i));
			vgic_update_ap(a->vcpu->vm, a->vcpu, intid + i);
			a->kick |= vgic_kick_mask(a->vcpu->vm, a->vcpu, intid + i);
		}
	}
}

static void access_priority(struct access *a, bool redist)
{
	u32 intid = first_intid(a, GICD_IPRIORITYR, 8);
	unsigned int i;

	if (a->size > 4)
		return;
	for (i = 0; i < a->size; i++) {
		struct vgic_irq *irq = get(a, redist, intid + i);

		if (!irq)
			continue;
		/* Five bits, as many as every implementation with virtualisation has. */
		if (a->write)
			irq->priority = (a->data >> (8 * i)) & 0xf8;
		else
			a->data |= (u64)irq->priority << (8 * i);
	}
}

static void access_config(struct access *a, bool redist)
{
	u32 intid = first_intid(a, GICD_ICFGR, 2);
	unsigned int i;

	if (a->size != 4)
		return;
	for (i = 0; i < 16; i++) {
		struct vgic_irq *irq = get(a, redist, intid + i);

		if (!irq)
			continue;
		if (!a->write) {
			a->data |= irq->edge ? 2ULL << (2 * i) : 0;
		} else if (!redist) {		/* those of private interrupts are fixed here */
			irq->edge = (a->data >> (2 * i)) & 2;
			vgic_update_ap(a->vcpu->vm, a->vcpu, intid + i);
		}
	}
}

/* The vCPU that a GICD_IROUTER names; if there is none, the first one. */
static u8 route_target(struct vm *vm, u64 route)
{
	return route < DONJON_MAX_VCPUS && vm->vcpus[route] ? route : 0;
}

static void access_route(struct access *a)
{
	u32 intid = first_intid(a, GICD_IROUTER, 64), shift = (a->offset & 4) * 8;
	struct vgic_irq *irq = get(a, false, intid);
	u64 mask = a->size == 8 ? ~0ULL : 0xffffffffULL << shift;

	if (!irq || a->size < 4)
		return;
	if (!a->write) {
		a->data = (irq->route & mask) >> shift;
		return;
	}
	/* Without 1 of N the bit for it is RES0. */
	irq->route = ((irq->route & ~mask) | (a->data << shift & mask)) & 0xff00ffffffULL;
	irq->target = route_target(a->vcpu->vm, irq->route);
	a->kick |= vgic_kick_mask(a->vcpu->vm, a->vcpu, intid);
}

/*
 * Registers at the same offsets in the distributor and in the SGI frame of a redistributor. False:
 * none of them.
 */
static bool access_common(struct access *a, bool redist)
{
	if (a->offset >= GICD_IGROUPR && a->offset < GICD_IPRIORITYR)
		access_bits(a, redist);
	else if (a->offset >= GICD_IPRIORITYR && a->offset < GICD_ITARGETSR)
		access_priority(a, redist);
	else if (a->offset >= GICD_ICFGR && a->offset < GICD_IGRPMODR)
		access_config(a, redist);
	else
		return false;
	return true;
}

static void write_ctlr(struct access *a)
{
	struct vgic *vgic = &a->vcpu->vm->vgic;
	bool group0 = a->data & GICD_CTLR_ENABLE_SS_G0;
	bool group1 = a->data & GICD_CTLR_ENABLE_SS_G1;

	/* Pending interrupts may be delivered now, or must leave the list registers. */
	if (group0 != vgic->group0_on || group1 != vgic->group1_on)
		a->kick = ~0U;
	vgic->group0_on = group0;
	vgic->group1_on = group1;
}

/* Registers of the distributor, IHI 0069 section 12.9. */
static void access_dist(struct access *a)
{
	struct vgic *vgic = &a->vcpu->vm->vgic;

	if (access_common(a, false))
		return;
	if (a->offset >= GICD_IROUTER && a->offset < GICD_IROUTERnE) {
		access_route(a);
		return;
	}
	if (a->size != 4)
		return;
	if (a->write) {
		if (a->offset == GICD_CTLR)
			write_ctlr(a);
		return;
	}
	switch (a->offset) {
	case GICD_CTLR:
		a->data = GICD_CTLR_ARE_NS | GICD_CTLR_DS;
		a->data |= vgic->group1_on ? GICD_CTLR_ENABLE_SS_G1 : 0;
		a->data |= vgic->group0_on ? GICD_CTLR_ENABLE_SS_G0 : 0;
		break;
	case GICD_TYPER:	/* No 1 of N, 10 bits of INTID, no LPIs, no message-based SPIs */
		a->data = TYPER_NO_1N | 9 << TYPER_ID_BITS_SHIFT | (vgic->nr_irqs / 32 - 1);
		break;
	case GICD_IIDR:
		a->data = VGIC_IIDR;
		break;
	case GICD_PIDR2:
		a->data = VGIC_PIDR2;
		break;
	}
}

/*
 * RD_base frame, IHI 0069 section 12.10. Writes change nothing: there are no LPIs, and the
 * redistributor never sleeps.
 */
static void access_redist(struct access *a, struct vcpu *of, bool last)
{
	u64 typer = (u64)of->index << 32 | (u64)of->index << 8 | (last ? GICR_TYPER_LAST : 0);

	if (a->write)
		return;
	if (a->size == 8) {
		a->data = a->offset == GICR_TYPER ? typer : 0;
		return;
	}
	if (a->size != 4)
		return;
	switch (a->offset) {
	case GICR_IIDR:
		a->data = VGIC_IIDR;
		break;
	case GICR_TYPER:
		a->data = (u32)typer;
		break;
	case GICR_TYPER + 4:
		a->data = typer >> 32;
		break;
	case GICR_PIDR2:
		a->data = VGIC_PIDR2;
		break;
	}
}

/* The n-th vCPU, in the order of their numbers. */
static struct vcpu *nth_vcpu(struct vm *vm, u64 n)
{
	unsigned int i;

	for (i = 0; i < DONJON_MAX_VCPUS; i++)
		if (vm->vcpus[i] && !n--)
			return vm->vcpus[i];
	return NULL;
}

/*
 * The redistributor at an address: its vCPU, whether it is the last of its region, the offset.
 * NULL: none.
 */
static struct vcpu *find_redist(struct vm *vm, u64 ipa, bool *last, u32 *offset)
{
	unsigned int i, nr = smp_load_acquire(&vm->vgic.nr_regions);
	u64 before = 0;

	for (i = 0; i < nr; i++) {
		const struct vgic_region *r = &vm->vgic.regions[i];
		u64 count = r->count ?: DONJON_MAX_VCPUS, n = (ipa - r->base) / VGIC_REDIST_SIZE;

		if (ipa >= r->base && n < count) {
			*last = n + 1 == count || !nth_vcpu(vm, before + n + 1);
			*offset = (ipa - r->base) % VGIC_REDIST_SIZE;
			return nth_vcpu(vm, before + n);
		}
		before += count;
	}
	return NULL;
}

bool vgic_mmio(struct vcpu *vcpu, u64 ipa, unsigned int size, bool write, u64 *data)
{
	struct vm *vm = vcpu->vm;
	struct vgic *vgic = &vm->vgic;
	struct access a = { .vcpu = vcpu, .size = size, .write = write, .data = write ? *data : 0 };
	struct vcpu *of = vcpu;
	unsigned long flags;
	bool last = false, dist;

	if (!vgic_ready(vgic))
		return false;
	dist = ipa >= vgic->dist_base && ipa - vgic->dist_base < VGIC_DIST_SIZE;
	if (dist) {
		a.offset = ipa - vgic->dist_base;
	} else {
		of = find_redist(vm, ipa, &last, &a.offset);
		if (!of)
			return false;
	}
	if (ipa & (size - 1) || size == 2) {
		*data = 0;
		return true;
	}

	raw_spin_lock_irqsave(&vgic->lock, flags);
	if (dist) {
		access_dist(&a);
	} else if (a.offset < SZ_64K) {
		access_redist(&a, of, last);
	} else {
		/*
		 * Of the other vCPUs' private interrupts, too: each redistributor is accessible to
		 * all.
		 */
		a.vcpu = of;
		a.offset -= SZ_64K;
		access_common(&a, true);
	}
	raw_spin_unlock_irqrestore(&vgic->lock, flags);
	vm_kick(vm, a.kick & ~BIT(vcpu->index));
	if (!write)
		*data = a.data;
	return true;
}
