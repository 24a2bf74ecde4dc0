// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual timer. EL2 loads its registers for a run and disables the timer at each exit, so that
 * the host sees its state only in the run page. The guest's timer fires the physical PPI while the
 * guest runs; from then until the guest has deactivated it, the physical interrupt is kept active,
 * so that it does not end each run at once. The list register carries the physical number, so that
 * the guest's deactivation reaches the physical interrupt (GIC architecture, IHI 0069, section
 * 6.2).
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/percpu.h>
#include <asm/arch_timer.h>
#include <clocksource/arm_arch_timer.h>

#include "el2/machine.h"
#include "el2/takeover.h"
#include "timer.h"
#include "vgic.h"
#include "vm_types.h"

static struct {
	int virq;
	u32 hwirq;
	int maint_virq;
	bool requested, maint_requested;
} irqs;

/*
 * Whether this CPU's physical interrupt is active, as far as the driver knows; and a cookie for the
 * percpu interrupts.
 */
static DEFINE_PER_CPU(bool, phys_active);
static DEFINE_PER_CPU(int, cookie);

/*
 * The timer's interrupt when it reaches the host. Since it is marked as forwarded to a vCPU, the
 * GIC driver only drops its priority: it stays active.
 */
static irqreturn_t vtimer_irq(int irq, void *dev)
{
	__this_cpu_write(phys_active, true);
	return IRQ_HANDLED;
}

/* The maintenance interrupt only has to end a run: each run is followed by vgic_sync(). */
static irqreturn_t maintenance_irq(int irq, void *dev)
{
	return IRQ_HANDLED;
}

static void set_phys_active(bool active)
{
	if (__this_cpu_read(phys_active) == active)
		return;
	irq_set_irqchip_state(irqs.virq, IRQCHIP_STATE_ACTIVE, active);
	__this_cpu_write(phys_active, active);
}

static void cpu_start(void *arg)
{
	__this_cpu_write(phys_active, false);
	irq_set_irqchip_state(irqs.virq, IRQCHIP_STATE_ACTIVE, false);
	enable_percpu_irq(irqs.virq, irq_get_trigger_type(irqs.virq));
	enable_percpu_irq(irqs.maint_virq, irq_get_trigger_type(irqs.maint_virq));
}

static void cpu_stop(void *arg)
{
	disable_percpu_irq(irqs.maint_virq);
	disable_percpu_irq(irqs.virq);
	irq_set_irqchip_state(irqs.virq, IRQCHIP_STATE_ACTIVE, false);
}

/* The GIC's own number of an interrupt: that of the root of the interrupt's domains. */
static u32 root_hwirq(int virq)
{
	struct irq_data *data = irq_get_irq_data(virq);

	while (data->parent_data)
		data = data->parent_data;
	return data->hwirq;
}

int timer_init(void)
{
	int ret;

	irqs.virq = machine()->vtimer_irq();
	irqs.maint_virq = machine()->maintenance_irq();
	if (!irqs.virq || !irqs.maint_virq) {
		pr_err("firmware does not say which interrupt the %s has\n",
		       irqs.virq ? "GICv3's maintenance" : "virtual timer");
		return -ENODEV;
	}
	irqs.hwirq = root_hwirq(irqs.virq);

	ret = request_percpu_irq(irqs.virq, vtimer_irq, "donjon timer", &cookie);
	if (ret) {
		pr_err("the host uses the virtual timer's interrupt %d (%d): %s\n", irqs.virq, ret,
		       TAKEOVER_HINT);
		return ret;
	}
	irqs.requested = true;
	ret = request_percpu_irq(irqs.maint_virq, maintenance_irq, "donjon vgic", &cookie);
	if (ret) {
		pr_err("the host uses the GIC's maintenance interrupt %d (%d): %s\n",
		       irqs.maint_virq, ret, TAKEOVER_HINT);
		goto free;
	}
	irqs.maint_requested = true;
	/*
	 * Any cookie marks it as forwarded to a vCPU. Only a GIC that injects interrupts without
	 * the hypervisor would use the cookie.
	 */
	ret = irq_set_vcpu_affinity(irqs.virq, &cookie);
	if (ret) {
		pr_err("the interrupt controller cannot forward the timer to a guest (%d)\n", ret);
		goto free;
	}
	on_each_cpu(cpu_start, NULL, 1);
	return 0;
free:
	if (irqs.maint_requested)
		free_percpu_irq(irqs.maint_virq, &cookie);
	free_percpu_irq(irqs.virq, &cookie);
	irqs.requested = false;
	irqs.maint_requested = false;
	return ret;
}

void timer_exit(void)
{
	if (!irqs.requested)
		return;
	on_each_cpu(cpu_stop, NULL, 1);
	irq_set_vcpu_affinity(irqs.virq, NULL);
	free_percpu_irq(irqs.maint_virq, &cookie);
	free_percpu_irq(irqs.virq, &cookie);
	irqs.requested = false;
	irqs.maint_requested = false;
}

void timer_vcpu_init(struct vcpu *vcpu)
{
	vgic_map_phys_irq(vcpu, VTIMER_INTID, irqs.hwirq);
}

void timer_reset(struct vcpu *vcpu)
{
	vcpu->cntv_ctl = vcpu->cntv_cval = 0;
}

static bool can_fire(const struct vcpu *vcpu)
{
	u64 ctl = vcpu->cntv_ctl;

	return (ctl & ARCH_TIMER_CTRL_ENABLE) && !(ctl & ARCH_TIMER_CTRL_IT_MASK);
}

bool timer_deadline(struct vcpu *vcpu, u64 *ns)
{
	u64 now, left, rate = arch_timer_get_cntfrq();

	if (!can_fire(vcpu) || !rate)
		return false;
	now = arch_timer_read_counter();
	left = vcpu->cntv_cval > now ? vcpu->cntv_cval - now : 0;
	/* At most an hour, which keeps the product in range: the caller looks again then. */
	left = min_t(u64, left, 3600 * rate);
	*ns = left / rate * NSEC_PER_SEC + left % rate * NSEC_PER_SEC / rate;
	return true;
}

void timer_enter(struct vcpu *vcpu)
{
	vgic_set_timer_line(vcpu, can_fire(vcpu) && arch_timer_read_counter() >= vcpu->cntv_cval);
}

void timer_arm(struct vcpu *vcpu)
{
	set_phys_active(vgic_timer_pending_or_active(vcpu));
}

void timer_leave(struct vcpu *vcpu)
{
	const struct donjon_run *run = vcpu->hyp_run;

	vcpu->cntv_ctl = READ_ONCE(run->cntv_ctl);
	vcpu->cntv_cval = READ_ONCE(run->cntv_cval);
	vgic_set_timer_line(vcpu, can_fire(vcpu) && (vcpu->cntv_ctl & ARCH_TIMER_CTRL_IT_STAT));
}

void timer_deactivated(void)
{
	__this_cpu_write(phys_active, false);
}
