// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the distributor and the redistributors: GICv3 with affinity routing and one security
 * state (IHI 0069, chapter 12). A register that isn't here, or an access of a width that the
 * architecture doesn't allow, reads as zero and ignores writes.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/sizes.h>

#include "kick.h"
#include "vgic.h"
#include "vgic_mmio.h"
#include "vm_types.h"

/* Same offsets in the distributor and in the SGI frame of a redistributor. */
#define GROUP		0x080
#define SET_ENABLE	0x100
#define CLEAR_ENABLE	0x180
#define SET_PENDING	0x200
#define CLEAR_PENDING	0x280
#define SET_ACTIVE	0x300
#define CLEAR_ACTIVE	0x380
#define PRIORITY	0x400
#define CONFIG		0xc00
#define CONFIG_END	0xd00

#define ROUTE		0x6000
#define ROUTE_END	0x8000

/* Implementer Arm, product 'D'. */
#define VGIC_IIDR	(0x43bU | 'D' << 24)
#define PIDR2_GICV3	0x3bU

/* One access, already checked: size 1, 4 or 8. */
struct access {
	struct vcpu *vcpu;
	u32 offset;		/* in its frame */
	unsigned int size;
	bool write;
	u64 data;
	u32 kick;		/* vCPUs to kick when the lock is released */
};

/* The first interrupt of an access to a register file with that many bits for each. */
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

static bool read_bit(const struct vgic_irq *irq, u32 file)
{
	switch (file) {
	case GROUP:
		return irq->group1;
	case SET_ENABLE:
	case CLEAR_ENABLE:
		return irq->enabled;
	case SET_PENDING:
	case CLEAR_PENDING:
		return vgic_irq_pending(irq) || irq->in_lr;
	default:
		return irq->active;
	}
}

/* What writing 1 does; for the group, 0 as well. */
static void write_bit(struct access *a, struct vgic_irq *irq, u32 file, bool set)
{
	switch (file) {
	case GROUP:
		irq->group1 = set;
		return;
	case SET_ENABLE:
		irq->enabled = true;
		return;
	case CLEAR_ENABLE:
		irq->enabled = false;
		return;
	case SET_PENDING:
		irq->latch = !irq->hw;
		return;
	case CLEAR_PENDING:
		irq->latch = irq->in_lr = false;
		return;
	case SET_ACTIVE:
		/*
		 * In another vCPU's list register the state is the hardware's; who sets it there
		 * has a race of his own.
		 */
		if (!irq->owner && !irq->active) {
			irq->active = true;
			irq->active_on = irq->target;
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
	u32 file = a->offset & ~0x7fU, intid = first_intid(a, file, 1), data = a->data;
	unsigned int i;

	if (a->size != 4)
		return;
	for (i = 0; i < 32; i++) {
		struct vgic_irq *irq = get(a, redist, intid + i);

		if (!irq)
			continue;
		if (!a->write) {
			a->data |= (u64)read_bit(irq, file) << i;
		} else if ((data & BIT(i)) || file == GROUP) {
			/* Before, for who holds it, and after, for who now has to take it. */
			a->kick |= vgic_kick_mask(a->vcpu->vm, a->vcpu, intid + i);
			write_bit(a, irq, file, data & BIT(i));
			vgic_update(a->vcpu->vm, a->vcpu, intid + i);
			a->kick |= vgic_kick_mask(a->vcpu->vm, a->vcpu, intid + i);
		}
	}
}

static void access_priority(struct access *a, bool redist)
{
	u32 intid = first_intid(a, PRIORITY, 8);
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
	u32 intid = first_intid(a, CONFIG, 2);
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
			vgic_update(a->vcpu->vm, a->vcpu, intid + i);
		}
	}
}

/* The vCPU that a GICD_IROUTER names; nobody is the first one. */
static u8 route_target(struct vm *vm, u64 route)
{
	return route < DONJON_MAX_VCPUS && vm->vcpus[route] ? route : 0;
}

static void access_route(struct access *a)
{
	u32 intid = first_intid(a, ROUTE, 64), shift = (a->offset & 4) * 8;
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

/* The register files that distributor and SGI frame have in common. False: none of them. */
static bool access_files(struct access *a, bool redist)
{
	if (a->offset >= GROUP && a->offset < PRIORITY)
		access_bits(a, redist);
	else if (a->offset >= PRIORITY && a->offset < 0x800)
		access_priority(a, redist);
	else if (a->offset >= CONFIG && a->offset < CONFIG_END)
		access_config(a, redist);
	else
		return false;
	return true;
}

static void write_ctlr(struct access *a)
{
	struct vgic *vgic = &a->vcpu->vm->vgic;
	bool group0 = a->data & BIT(0), group1 = a->data & BIT(1);

	/* What is pending may come now, or has to be taken out of the list registers. */
	if (group0 != vgic->group0_on || group1 != vgic->group1_on)
		a->kick = ~0U;
	vgic->group0_on = group0;
	vgic->group1_on = group1;
}

/* Distributor registers outside the files, IHI 0069 section 12.9. */
static void access_dist(struct access *a)
{
	struct vgic *vgic = &a->vcpu->vm->vgic;

	if (access_files(a, false))
		return;
	if (a->offset >= ROUTE && a->offset < ROUTE_END) {
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
	case GICD_CTLR:		/* ARE, DS: one security state */
		a->data = BIT(6) | BIT(4) | vgic->group1_on << 1 | vgic->group0_on;
		break;
	case GICD_TYPER:	/* No 1 of N, 10 bits of INTID, no LPIs, no message-based SPIs */
		a->data = BIT(25) | 9 << 19 | (vgic->nr_irqs / 32 - 1);
		break;
	case GICD_IIDR:
		a->data = VGIC_IIDR;
		break;
	case GICD_PIDR2:
		a->data = PIDR2_GICV3;
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
		a->data = PIDR2_GICV3;
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
	u64 before = 0;
	unsigned int i;

	for (i = 0; i < vm->vgic.nr_regions; i++) {
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

	spin_lock_irqsave(&vgic->lock, flags);
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
		access_files(&a, true);
	}
	spin_unlock_irqrestore(&vgic->lock, flags);
	vm_kick(vm, a.kick & ~BIT(vcpu->index));
	if (!write)
		*data = a.data;
	return true;
}
