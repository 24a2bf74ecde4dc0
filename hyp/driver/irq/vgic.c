// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of a VM: their state, and the list registers (GIC architecture, IHI 0069, chapter 6).
 */
#include <linux/nospec.h>
#include <linux/slab.h>

#include "kick.h"
#include "vgic.h"
#include "vm_types.h"

/* ICH_LR<n>_EL2, IHI 0069 section 12.4.7. */
#define LR_PENDING		BIT_ULL(62)
#define LR_ACTIVE		BIT_ULL(63)
#define LR_HW			BIT_ULL(61)
#define LR_GROUP1		BIT_ULL(60)
#define LR_PRIORITY_SHIFT	48
#define LR_PINTID_SHIFT		32
#define LR_EOI			BIT_ULL(41)	/* of a virtual-only interrupt: maintenance interrupt at its end */

/* ICC_SGI1R_EL1, IHI 0069 section 12.2.20. */
#define SGI1R_INTID_SHIFT	24
#define SGI1R_AFFINITY		(0xffULL << 16 | 0xffULL << 32 | 0xffULL << 48 | 0xfULL << 44)
#define SGI1R_ALL_BUT_SELF	BIT_ULL(40)

void vgic_vm_init(struct vm *vm)
{
	spin_lock_init(&vm->vgic.lock);
	vm->vgic.dist_base = VGIC_NO_ADDR;
}

void vgic_vm_free(struct vm *vm)
{
	kvfree(vm->vgic.spis);
}

void vgic_vcpu_init(struct vcpu *vcpu)
{
	u32 i;

	for (i = 0; i < VGIC_NR_PRIVATE; i++) {
		struct vgic_irq *irq = &vcpu->vgic.irqs[i];

		irq->target = vcpu->index;
		irq->group1 = true;
		irq->edge = i < 16;		/* SGIs, which are always enabled here as in KVM */
		irq->enabled = i < 16;
	}
}

void vgic_map_phys_irq(struct vcpu *vcpu, u32 intid, u32 hwirq)
{
	vcpu->vgic.irqs[intid].hw = true;
	vcpu->vgic.irqs[intid].hwirq = hwirq;
}

struct vgic_irq *vgic_irq(struct vm *vm, struct vcpu *vcpu, u32 intid)
{
	if (intid < VGIC_NR_PRIVATE)
		return vcpu ? &vcpu->vgic.irqs[intid] : NULL;
	if (intid >= vm->vgic.nr_irqs || intid > VGIC_MAX_INTID)
		return NULL;
	intid = array_index_nospec(intid, vm->vgic.nr_irqs);
	return &vm->vgic.spis[intid - VGIC_NR_PRIVATE];
}

bool vgic_irq_pending(const struct vgic_irq *irq)
{
	return irq->latch || (!irq->edge && irq->line);
}

static bool deliverable(const struct vgic *vgic, const struct vgic_irq *irq)
{
	return irq->enabled && vgic_irq_pending(irq) && (irq->group1 ? vgic->group1_on : vgic->group0_on);
}

void vgic_update(struct vm *vm, struct vcpu *vcpu, u32 intid)
{
	const struct vgic_irq *irq = vgic_irq(vm, vcpu, intid);
	bool attention = vgic_irq_pending(irq) || irq->active;

	if (intid >= VGIC_NR_PRIVATE)
		__assign_bit(intid - VGIC_NR_PRIVATE, vm->vgic.attention, attention);
	else if (attention)
		vcpu->vgic.attention |= BIT(intid);
	else
		vcpu->vgic.attention &= ~BIT(intid);
}

/* Which vCPUs have to look at their interrupts after a change of this one. */
u32 vgic_kick_mask(struct vm *vm, struct vcpu *vcpu, u32 intid)
{
	const struct vgic_irq *irq = vgic_irq(vm, vcpu, intid);

	if (irq->owner)
		return BIT(irq->owner - 1);
	return deliverable(&vm->vgic, irq) ? BIT(irq->target) : 0;
}

/* -- List registers -- */

/*
 * What is best put into a list register first: active ones, whose end must be seen, then by
 * priority, then by number. One register is left to the best pending one even when there are more
 * active ones: those have priorities of their own and end in that order, so the lowest can wait.
 */
struct candidate {
	struct vgic_irq *irq;
	u16 intid;
	u16 key;
};

#define KEY_PENDING	0x100

struct choice {
	struct candidate lr[VGIC_NR_LRS];
	struct candidate pending;	/* the best pending one, or no irq */
	unsigned int count;
	bool more;			/* than there are list registers */
};

static void choose(struct choice *c, struct vgic_irq *irq, u32 intid)
{
	struct candidate new = {
		.irq = irq, .intid = intid, .key = irq->priority + (irq->active ? 0 : KEY_PENDING),
	};
	unsigned int i = c->count;

	if (!irq->active && (!c->pending.irq || new.key < c->pending.key))
		c->pending = new;
	if (i < VGIC_NR_LRS) {
		c->count++;
	} else {
		c->more = true;
		i--;
		if (new.key >= c->lr[i].key)
			return;
	}
	for (; i && c->lr[i - 1].key > new.key; i--)
		c->lr[i] = c->lr[i - 1];
	c->lr[i] = new;
}

static bool wanted(struct vcpu *vcpu, const struct vgic_irq *irq)
{
	if (irq->owner)
		return false;
	if (irq->active)
		return irq->active_on == vcpu->index;
	return irq->target == vcpu->index && deliverable(&vcpu->vm->vgic, irq);
}

static void collect(struct vcpu *vcpu, struct choice *c)
{
	struct vgic *vgic = &vcpu->vm->vgic;
	unsigned long private = vcpu->vgic.attention;
	unsigned int i;

	for_each_set_bit(i, &private, VGIC_NR_PRIVATE)
		if (wanted(vcpu, &vcpu->vgic.irqs[i]))
			choose(c, &vcpu->vgic.irqs[i], i);
	for_each_set_bit(i, vgic->attention, vgic->nr_irqs - VGIC_NR_PRIVATE)
		if (wanted(vcpu, &vgic->spis[i]))
			choose(c, &vgic->spis[i], i + VGIC_NR_PRIVATE);
	if (c->more && c->pending.irq && c->lr[VGIC_NR_LRS - 1].key < KEY_PENDING)
		c->lr[VGIC_NR_LRS - 1] = c->pending;
}

/*
 * A level-sensitive interrupt is not put in as active and pending: its line is looked at again
 * after its end, which a maintenance interrupt reports, or the physical interrupt. With more
 * interrupts than list registers each end is reported, for the next one to take its place.
 */
static u64 list_register(const struct vgic *vgic, struct vgic_irq *irq, u32 intid, bool more)
{
	u64 lr = intid | (u64)irq->priority << LR_PRIORITY_SHIFT;

	if (irq->group1)
		lr |= LR_GROUP1;
	if (irq->active)
		lr |= LR_ACTIVE;
	if (irq->hw)
		lr |= LR_HW | (u64)irq->hwirq << LR_PINTID_SHIFT;
	else if (!irq->edge || more)
		lr |= LR_EOI;
	irq->in_lr = false;
	if (deliverable(vgic, irq) && (irq->edge || !irq->active)) {
		lr |= LR_PENDING;
		irq->in_lr = irq->latch;
		irq->latch = false;
	}
	return lr;
}

/* A quick look without the lock; who changes something meanwhile kicks the vCPU. */
static bool anything(const struct vcpu *vcpu)
{
	const struct vgic *vgic = &vcpu->vm->vgic;

	return READ_ONCE(vcpu->vgic.attention) ||
	       !bitmap_empty(vgic->attention, vgic->nr_irqs - VGIC_NR_PRIVATE);
}

void vgic_flush(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->vm->vgic;
	struct donjon_run *run = vcpu->hyp_run;
	struct choice c = {};
	unsigned int i;

	vcpu->vgic.nr_lrs = 0;
	run->nr_lrs = 0;
	if (!vgic_ready(vgic) || !anything(vcpu))
		return;
	spin_lock(&vgic->lock);
	collect(vcpu, &c);
	for (i = 0; i < c.count; i++) {
		run->lr[i] = list_register(vgic, c.lr[i].irq, c.lr[i].intid, c.more);
		c.lr[i].irq->owner = vcpu->index + 1;
		vcpu->vgic.lr_intid[i] = c.lr[i].intid;
	}
	spin_unlock(&vgic->lock);
	vcpu->vgic.nr_lrs = c.count;
	run->nr_lrs = c.count;
}

/* Folds the state of one list register back. True: an interrupt with hw, which has ended. */
static bool fold_lr(struct vcpu *vcpu, u32 intid, u64 lr)
{
	struct vgic_irq *irq = vgic_irq(vcpu->vm, vcpu, intid);

	if (!irq->edge && irq->line && !(lr & (LR_ACTIVE | LR_PENDING)) && intid >= VGIC_NR_PRIVATE &&
	    READ_ONCE(vcpu->vm->irqfds.nr_resample))
		vcpu->vgic.ended[vcpu->vgic.nr_ended++] = intid;
	irq->owner = 0;
	irq->active = (lr & LR_ACTIVE) && !irq->drop_active;
	irq->drop_active = false;
	irq->active_on = vcpu->index;
	if (irq->in_lr && (lr & LR_PENDING))
		irq->latch = true;
	irq->in_lr = false;
	vgic_update(vcpu->vm, vcpu, intid);
	return irq->hw && !(lr & (LR_ACTIVE | LR_PENDING));
}

bool vgic_sync(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->vm->vgic;
	bool deactivated = false;
	unsigned int i;
	u32 kick = 0;

	if (!vcpu->vgic.nr_lrs)
		return false;
	spin_lock(&vgic->lock);
	for (i = 0; i < vcpu->vgic.nr_lrs; i++)
		deactivated |= fold_lr(vcpu, vcpu->vgic.lr_intid[i], READ_ONCE(vcpu->hyp_run->lr[i]));
	/* An SPI that was routed to another vCPU meanwhile. */
	for (i = 0; i < vcpu->vgic.nr_lrs; i++)
		kick |= vgic_kick_mask(vcpu->vm, vcpu, vcpu->vgic.lr_intid[i]);
	spin_unlock(&vgic->lock);
	vcpu->vgic.nr_lrs = 0;
	vcpu->vgic.kick = kick & ~BIT(vcpu->index);
	return deactivated;
}

bool vgic_has_pending(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->vm->vgic;
	struct choice c = {};
	unsigned long flags;

	/* Without an interrupt controller: the timer's line. */
	if (!vgic_ready(vgic))
		return vcpu->vgic.attention;
	if (!anything(vcpu))
		return false;
	spin_lock_irqsave(&vgic->lock, flags);
	collect(vcpu, &c);
	spin_unlock_irqrestore(&vgic->lock, flags);
	return c.pending.irq;
}

/* -- Sources -- */

void vgic_set_timer_line(struct vcpu *vcpu, bool level)
{
	unsigned long flags;
	struct vgic *vgic = &vcpu->vm->vgic;
	struct vgic_irq *irq = &vcpu->vgic.irqs[VTIMER_INTID];

	/* Only this thread writes it. */
	if (irq->line == level)
		return;
	spin_lock_irqsave(&vgic->lock, flags);
	irq->line = level;
	vgic_update(vcpu->vm, vcpu, VTIMER_INTID);
	spin_unlock_irqrestore(&vgic->lock, flags);
}

bool vgic_timer_pending_or_active(struct vcpu *vcpu)
{
	const struct vgic_irq *irq = &vcpu->vgic.irqs[VTIMER_INTID];

	return irq->line || irq->active;
}

int vgic_set_line(struct vm *vm, struct vcpu *vcpu, u32 intid, bool level)
{
	unsigned long flags;
	struct vgic *vgic = &vm->vgic;
	struct vgic_irq *irq;
	u32 mask;

	irq = vgic_irq(vm, vcpu, intid);
	if (!irq || irq->hw)
		return -EINVAL;
	spin_lock_irqsave(&vgic->lock, flags);
	if (irq->edge && level && !irq->line)
		irq->latch = true;
	irq->line = level;
	vgic_update(vm, vcpu, intid);
	mask = vgic_kick_mask(vm, vcpu, intid);
	spin_unlock_irqrestore(&vgic->lock, flags);
	vm_kick(vm, mask);
	return 0;
}

void vgic_pulse(struct vm *vm, u32 intid)
{
	struct vgic_irq *irq = vgic_irq(vm, NULL, intid);
	unsigned long flags;
	u32 mask;

	spin_lock_irqsave(&vm->vgic.lock, flags);
	irq->latch = true;
	vgic_update(vm, NULL, intid);
	mask = vgic_kick_mask(vm, NULL, intid);
	spin_unlock_irqrestore(&vm->vgic.lock, flags);
	vm_kick(vm, mask);
}

void vgic_send_sgi(struct vcpu *from, u64 sgi1r)
{
	unsigned long flags;
	struct vm *vm = from->vm;
	u32 intid = (sgi1r >> SGI1R_INTID_SHIFT) & 0xf;
	unsigned int i;
	u32 mask = 0;

	if (!vgic_ready(&vm->vgic))
		return;
	/*
	 * The vCPUs' affinity is their index; there are at most 16, in one cluster and one range.
	 */
	if (!(sgi1r & SGI1R_ALL_BUT_SELF) && (sgi1r & SGI1R_AFFINITY))
		return;
	spin_lock_irqsave(&vm->vgic.lock, flags);
	for (i = 0; i < DONJON_MAX_VCPUS; i++) {
		struct vcpu *vcpu = vm->vcpus[i];

		if (!vcpu || (sgi1r & SGI1R_ALL_BUT_SELF ? vcpu == from : !(sgi1r & BIT(i))))
			continue;
		vcpu->vgic.irqs[intid].latch = true;
		vgic_update(vm, vcpu, intid);
		mask |= vgic_kick_mask(vm, vcpu, intid);
	}
	spin_unlock_irqrestore(&vm->vgic.lock, flags);
	vm_kick(vm, mask & ~BIT(from->index));
}
