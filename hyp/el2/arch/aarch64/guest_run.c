// SPDX-License-Identifier: GPL-2.0-only
/* One stay in a guest: what the host may say at the entry, and what it learns at the exit. */
#include <abi/run.h>
#include <arch/features.h>
#include <arch/guest.h>
#include <arch/sysreg.h>
#include <el2/vcpu.h>

int guest_enter(struct vcpu *vcpu);

static void set_mmio_result(struct vcpu *vcpu, uint64_t data)
{
	uint64_t bits = vcpu->mmio.size * 8;

	if (vcpu->mmio.write || vcpu->mmio.reg == 31)
		return;
	if (bits < 64) {
		data &= BIT(bits) - 1;
		if (vcpu->mmio.sign_extend && data & BIT(bits - 1))
			data |= ~(BIT(bits) - 1);
	}
	vcpu->x[vcpu->mmio.reg] = vcpu->mmio.wide ? data : (uint32_t)data;
}

/*
 * The answer to an EXIT_MMIO, if one is due. It is due at the very next run only: without it the guest repeats the access, and nothing that
 * the host says later can touch a register or skip an instruction. Returns true if the guest takes an abort; then pc still names the access.
 */
static bool complete_mmio(struct vcpu *vcpu, uint64_t flags)
{
	bool due = vcpu->pending == PENDING_MMIO;

	vcpu->pending = PENDING_NOTHING;
	if (!due || !(flags & DONJON_ENTRY_FLAGS))
		return false;
	if (flags & DONJON_ENTRY_ABORT)
		return true;
	set_mmio_result(vcpu, READ_ONCE(vcpu->run->mmio_data));
	vcpu->pc += 4;
	return false;
}

int guest_read_entry(struct vcpu *vcpu, struct guest_entry *entry)
{
	const struct donjon_run *run = vcpu->run;
	uint64_t i;

	entry->flags = READ_ONCE(run->entry_flags);
	entry->nr_lrs = READ_ONCE(run->nr_lrs);
	if (entry->flags & ~DONJON_ENTRY_FLAGS || entry->nr_lrs > cpu_features.nr_lrs)
		return -EINVAL;
	for (i = 0; i < entry->nr_lrs; i++)
		entry->lr[i] = READ_ONCE(run->lr[i]);
	return 0;
}

void guest_run(struct vcpu *vcpu, struct guest_entry *entry)
{
	uint64_t host_elr = read_sysreg(elr_el2), host_spsr = read_sysreg(spsr_el2), i;
	bool abort = complete_mmio(vcpu, entry->flags);
	int exit;

	world_enter(vcpu, entry->lr, entry->nr_lrs);
	if (abort)
		inject_external_abort(vcpu->abort_esr, vcpu->abort_far);
	do {
		exit = guest_handle_exit(vcpu, guest_enter(vcpu));
	} while (exit < 0);
	world_leave(vcpu, entry->lr, entry->nr_lrs);
	write_sysreg(elr_el2, host_elr);
	write_sysreg(spsr_el2, host_spsr);
	if (vcpu->serror) {
		vcpu->serror = false;
		inject_serror((uint64_t)EC_SERROR << ESR_EC_SHIFT | ESR_IL);
	}
	for (i = 0; i < entry->nr_lrs; i++)
		vcpu->run->lr[i] = entry->lr[i];
	vcpu->run->exit = exit;
}
