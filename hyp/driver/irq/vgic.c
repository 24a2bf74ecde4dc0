// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of a VM: their state, and the list registers (GIC architecture, IHI 0069, chapter 6).
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <asm/sysreg.h>

#include "kick.h"
#include "vgic.h"
#include "vm_types.h"

/* The vCPUs' affinity is their index: there are at most 16, in one cluster and one range. */
#define SGI1R_OTHER_AFFINITY	(ICC_SGI1R_AFFINITY_1_MASK | ICC_SGI1R_AFFINITY_2_MASK | \
				 ICC_SGI1R_AFFINITY_3_MASK | ICC_SGI1R_RS_MASK)
#define SGI1R_ALL_BUT_SELF	BIT_ULL(ICC_SGI1R_IRQ_ROUTING_MODE_BIT)

void vgic_vm_init(struct vm *vm)
{
	raw_spin_lock_init(&vm->vgic.lock);
	vm->vgic.dist_base = VGIC_NO_ADDR;
}

void vgic_vm_free(struct vm *vm)
{
	kvfree(vm->vgic.spis);
}

/* What the guest cannot change stays: the number, the physical interrupt, the input line. */
static void reset_irq(struct vgic_irq *irq, bool sgi)
{
	irq->priority = 0;
	irq->enabled = sgi;		/* SGIs are always enabled here, as in KVM */
	irq->edge = sgi;
	irq->group1 = true;
	irq->active = irq->drop_active = false;
	irq->pending_latch = irq->latch_in_lr = false;
}

void vgic_vcpu_init(struct vcpu *vcpu)
{
	u32 i;

	for (i = 0; i < VGIC_NR_PRIVATE; i++) {
		vcpu->vgic.irqs[i].target = vcpu->index;
		reset_irq(&vcpu->vgic.irqs[i], i < 16);
	}
}

static void reset_vcpu(struct vcpu *vcpu)
{
	u32 i;

	for (i = 0; i < VGIC_NR_PRIVATE; i++) {
		reset_irq(&vcpu->vgic.irqs[i], i < 16);
		vgic_update_ap(vcpu->vm, vcpu, i);
	}
}

void vgic_reset(struct vm *vm)
{
	struct vgic *vgic = &vm->vgic;
	unsigned long flags;
	u32 i;

	if (!vgic_ready(vgic))
		return;
	raw_spin_lock_irqsave(&vgic->lock, flags);
	vgic->group0_on = vgic->group1_on = false;
	for (i = 0; i < DONJON_MAX_VCPUS; i++)
		if (vm->vcpus[i])
			reset_vcpu(vm->vcpus[i]);
	for (i = VGIC_NR_PRIVATE; i < vgic->nr_irqs && i <= VGIC_MAX_INTID; i++) {
		struct vgic_irq *irq = vgic_irq(vm, NULL, i);

		reset_irq(irq, false);
		irq->route = 0;
		irq->target = 0;
		vgic_update_ap(vm, NULL, i);
	}
	raw_spin_unlock_irqrestore(&vgic->lock, flags);
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
	return irq->pending_latch || (!irq->edge && irq->line_level);
}

static bool pending_and_enabled(const struct vgic *vgic, const struct vgic_irq *irq)
{
	bool group_on = irq->group1 ? vgic->group1_on : vgic->group0_on;

	return group_on && irq->enabled && vgic_irq_pending(irq);
}

void vgic_update_ap(struct vm *vm, struct vcpu *vcpu, u32 intid)
{
	const struct vgic_irq *irq = vgic_irq(vm, vcpu, intid);
	bool active_or_pending = vgic_irq_pending(irq) || irq->active;

	if (intid >= VGIC_NR_PRIVATE)
		__assign_bit(intid - VGIC_NR_PRIVATE, vm->vgic.ap_spis, active_or_pending);
	else if (active_or_pending)
		vcpu->vgic.ap_private |= BIT(intid);
	else
		vcpu->vgic.ap_private &= ~BIT(intid);
}

u32 vgic_kick_mask(struct vm *vm, struct vcpu *vcpu, u32 intid)
{
	const struct vgic_irq *irq = vgic_irq(vm, vcpu, intid);

	if (irq->owner)
		return BIT(irq->owner - 1);
	return pending_and_enabled(&vm->vgic, irq) ? BIT(irq->target) : 0;
}

/* -- List registers -- */

/*
 * The order in which interrupts get list registers: active ones, whose EOI must be seen, then by
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

static bool is_candidate(struct vcpu *vcpu, const struct vgic_irq *irq)
{
	if (irq->owner)
		return false;
	if (irq->active)
		return irq->active_vcpu == vcpu->index;
	return irq->target == vcpu->index && pending_and_enabled(&vcpu->vm->vgic, irq);
}

static void collect_candidates(struct vcpu *vcpu, struct choice *c)
{
	struct vgic *vgic = &vcpu->vm->vgic;
	unsigned long private = vcpu->vgic.ap_private;
	unsigned int i;

	for_each_set_bit(i, &private, VGIC_NR_PRIVATE)
		if (is_candidate(vcpu, &vcpu->vgic.irqs[i]))
			choose(c, &vcpu->vgic.irqs[i], i);
	for_each_set_bit(i, vgic->ap_spis, vgic->nr_irqs - VGIC_NR_PRIVATE)
		if (is_candidate(vcpu, &vgic->spis[i]))
			choose(c, &vgic->spis[i], i + VGIC_NR_PRIVATE);
	if (c->more && c->pending.irq && c->lr[VGIC_NR_LRS - 1].key < KEY_PENDING)
		c->lr[VGIC_NR_LRS - 1] = c->pending;
}

/*
 * A level-sensitive interrupt is not put in as active and pending: its line is looked at again
 * after its EOI, which a maintenance interrupt reports, or the physical interrupt. With more
 * interrupts than list registers each EOI is reported, so that the next one takes its place.
 */
static u64 populate_lr(const struct vgic *vgic, struct vgic_irq *irq, u32 intid, bool more)
{
	u64 lr = intid | (u64)irq->priority << ICH_LR_PRIORITY_SHIFT;

	if (irq->group1)
		lr |= ICH_LR_GROUP;
	if (irq->active)
		lr |= ICH_LR_ACTIVE_BIT;
	if (irq->hw)
		lr |= ICH_LR_HW | (u64)irq->hwirq << ICH_LR_PHYS_ID_SHIFT;
	else if (!irq->edge || more)
		lr |= ICH_LR_EOI;
	irq->latch_in_lr = false;
	if (pending_and_enabled(vgic, irq) && (irq->edge || !irq->active)) {
		lr |= ICH_LR_PENDING_BIT;
		irq->latch_in_lr = irq->pending_latch;
		irq->pending_latch = false;
	}
	return lr;
}

/* A quick look without the lock: a change afterwards kicks the vCPU. */
static bool any_active_or_pending(const struct vcpu *vcpu)
{
	const struct vgic *vgic = &vcpu->vm->vgic;

	return READ_ONCE(vcpu->vgic.ap_private) ||
	       !bitmap_empty(vgic->ap_spis, vgic->nr_irqs - VGIC_NR_PRIVATE);
}

void vgic_flush(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->vm->vgic;
	struct donjon_run *run = vcpu->hyp_run;
	struct choice c = {};
	unsigned int i;

	vcpu->vgic.nr_lrs = 0;
	run->nr_lrs = 0;
	if (!vgic_ready(vgic) || !any_active_or_pending(vcpu))
		return;
	raw_spin_lock(&vgic->lock);
	collect_candidates(vcpu, &c);
	for (i = 0; i < c.count; i++) {
		run->lr[i] = populate_lr(vgic, c.lr[i].irq, c.lr[i].intid, c.more);
		c.lr[i].irq->owner = vcpu->index + 1;
		vcpu->vgic.lr_intid[i] = c.lr[i].intid;
	}
	raw_spin_unlock(&vgic->lock);
	vcpu->vgic.nr_lrs = c.count;
	run->nr_lrs = c.count;
}

/* Folds the state of one list register back. True: of an interrupt with hw, which has ended. */
static bool fold_lr(struct vcpu *vcpu, u32 intid, u64 lr)
{
	struct vgic_irq *irq = vgic_irq(vcpu->vm, vcpu, intid);
	bool ended = !(lr & ICH_LR_STATE);

	if (ended && !irq->edge && irq->line_level && intid >= VGIC_NR_PRIVATE &&
	    READ_ONCE(vcpu->vm->irqfds.nr_resample))
		vcpu->vgic.eois[vcpu->vgic.nr_eois++] = intid;
	irq->owner = 0;
	irq->active = (lr & ICH_LR_ACTIVE_BIT) && !irq->drop_active;
	irq->drop_active = false;
	irq->active_vcpu = vcpu->index;
	if (irq->latch_in_lr && (lr & ICH_LR_PENDING_BIT))
		irq->pending_latch = true;
	irq->latch_in_lr = false;
	vgic_update_ap(vcpu->vm, vcpu, intid);
	return irq->hw && ended;
}

bool vgic_sync(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->vm->vgic;
	bool deactivated = false;
	unsigned int i;
	u32 kick = 0;

	if (!vcpu->vgic.nr_lrs)
		return false;
	raw_spin_lock(&vgic->lock);
	for (i = 0; i < vcpu->vgic.nr_lrs; i++)
		deactivated |= fold_lr(vcpu, vcpu->vgic.lr_intid[i],
				       READ_ONCE(vcpu->hyp_run->lr[i]));
	/* For SPIs that were routed to another vCPU meanwhile. */
	for (i = 0; i < vcpu->vgic.nr_lrs; i++)
		kick |= vgic_kick_mask(vcpu->vm, vcpu, vcpu->vgic.lr_intid[i]);
	raw_spin_unlock(&vgic->lock);
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
		return vcpu->vgic.ap_private;
	if (!any_active_or_pending(vcpu))
		return false;
	raw_spin_lock_irqsave(&vgic->lock, flags);
	collect_candidates(vcpu, &c);
	raw_spin_unlock_irqrestore(&vgic->lock, flags);
	return c.pending.irq;
}

/* -- Sources -- */

void vgic_set_timer_line(struct vcpu *vcpu, bool level)
{
	unsigned long flags;
	struct vgic *vgic = &vcpu->vm->vgic;
	struct vgic_irq *irq = &vcpu->vgic.irqs[VTIMER_INTID];

	/* Only this thread writes it. */
	if (irq->line_level == level)
		return;
	raw_spin_lock_irqsave(&vgic->lock, flags);
	irq->line_level = level;
	vgic_update_ap(vcpu->vm, vcpu, VTIMER_INTID);
	raw_spin_unlock_irqrestore(&vgic->lock, flags);
}

bool vgic_timer_pending_or_active(struct vcpu *vcpu)
{
	const struct vgic_irq *irq = &vcpu->vgic.irqs[VTIMER_INTID];

	return irq->line_level || irq->active;
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
	raw_spin_lock_irqsave(&vgic->lock, flags);
	if (irq->edge && level && !irq->line_level)
		irq->pending_latch = true;
	irq->line_level = level;
	vgic_update_ap(vm, vcpu, intid);
	mask = vgic_kick_mask(vm, vcpu, intid);
	raw_spin_unlock_irqrestore(&vgic->lock, flags);
	vm_kick(vm, mask);
	return 0;
}

void vgic_pulse(struct vm *vm, u32 intid)
{
	struct vgic_irq *irq = vgic_irq(vm, NULL, intid);
	unsigned long flags;
	u32 mask;

	raw_spin_lock_irqsave(&vm->vgic.lock, flags);
	irq->pending_latch = true;
	vgic_update_ap(vm, NULL, intid);
	mask = vgic_kick_mask(vm, NULL, intid);
	raw_spin_unlock_irqrestore(&vm->vgic.lock, flags);
	vm_kick(vm, mask);
}

void vgic_send_sgi(struct vcpu *from, u64 sgi1r)
{
	unsigned long flags;
	struct vm *vm = from->vm;
	u32 intid = (sgi1r & ICC_SGI1R_SGI_ID_MASK) >> ICC_SGI1R_SGI_ID_SHIFT;
	unsigned int i;
	u32 mask = 0;

	if (!vgic_ready(&vm->vgic))
		return;
	if (!(sgi1r & SGI1R_ALL_BUT_SELF) && (sgi1r & SGI1R_OTHER_AFFINITY))
		return;
	raw_spin_lock_irqsave(&vm->vgic.lock, flags);
	for (i = 0; i < DONJON_MAX_VCPUS; i++) {
		struct vcpu *vcpu = vm->vcpus[i];

		if (!vcpu || (sgi1r & SGI1R_ALL_BUT_SELF ? vcpu == from : !(sgi1r & BIT(i))))
			continue;
		vcpu->vgic.irqs[intid].pending_latch = true;
		vgic_update_ap(vm, vcpu, intid);
		mask |= vgic_kick_mask(vm, vcpu, intid);
	}
	raw_spin_unlock_irqrestore(&vm->vgic.lock, flags);
	vm_kick(vm, mask & ~BIT(from->index));
}
