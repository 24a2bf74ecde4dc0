// SPDX-License-Identifier: GPL-2.0-only
/* One run of a guest: from its entry to its exit to the host. */
#include <arch/guest.h>
#include <arch/sysreg.h>
#include <el2/guest_exit.h>

int guest_loop(struct vcpu *vcpu);

void guest_run(struct vcpu *vcpu, struct guest_entry *entry)
{
	uint64_t host_elr = read_sysreg(elr_el2), host_spsr = read_sysreg(spsr_el2), i;
	bool abort = guest_complete_exit(vcpu, entry->flags), hosts_serror;
	int exit;

	hosts_serror = world_enter(vcpu, entry->lr);
	if (abort)
		inject_abort(vcpu->abort_esr, vcpu->abort_far, FSC_EXTERNAL);
	exit = hosts_serror ? DONJON_EXIT_INTERRUPT : guest_loop(vcpu);
	world_leave(vcpu, entry->lr, entry->nr_lrs, hosts_serror);
	write_sysreg(elr_el2, host_elr);
	write_sysreg(spsr_el2, host_spsr);
	/* The host's state is back: a panic reaches it. */
	if (vcpu->serror_esr)
		guest_serror(vcpu);
	for (i = 0; i < entry->nr_lrs; i++)
		vcpu->run->lr[i] = entry->lr[i];
	vcpu->run->exit = exit;
}
