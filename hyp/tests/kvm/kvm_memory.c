// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a protected guest gives up: where it had pages, where it never had any, and the end
 * of the VM after that.
 */
#include "kvm_memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "stepped.h"

#define PLACE	(RAM + 2 * MB2)
#define PATTERN	0x600dc0deUL

/* VMs at EL2, by the view in debugfs; ~0 when there is none. */
static unsigned int vms(void)
{
	unsigned int n = ~0U;
	char line[128];
	FILE *f;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	f = fopen("/sys/kernel/debug/donjon/counters", "r");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "vms %u", &n) != 1)
		;
	if (f)
		fclose(f);
	return n;
}

/* The guest may be told to go on: each call does 2 MiB at most. */
static bool set_state(struct stepped *p, __u64 base, __u64 size, __u64 state)
{
	__u64 addr;

	for (addr = base; addr < base + size; addr += MB2) {
		p->more[0] = addr + MB2 < base + size ? addr + MB2 : base + size;
		p->more[1] = state;
		if (stepped_do(p, 0, STEP_CALL, RSI_IPA_STATE_SET, addr))
			return false;
	}
	return true;
}

/* States alone, no page: EL2 keeps the VM until they are gone, too. */
static void never_there(void)
{
	unsigned int before = vms();
	struct stepped p;

	if (!stepped_start_protected(&p, 1))
		return;
	tap_ok(set_state(&p, PLACE, 2 * MB2, RIPAS_EMPTY),
	       "a guest gives up 4 MiB that it never touched");
	stepped_end(&p);
	tap_ok(vms() == before && before != ~0U, "its VM comes to an end at EL2");
}

static void given_up(void)
{
	unsigned int before = vms();
	__u32 *seen;
	struct stepped p;

	if (!stepped_start_protected(&p, 1))
		return;
	seen = (__u32 *)(p.vm.ram + (PLACE - RAM));
	/* Every other page exists when the range is given up. */
	stepped_do(&p, 0, STEP_WRITE32, PLACE, PATTERN);
	stepped_do(&p, 0, STEP_WRITE32, PLACE + 0x2000, PATTERN);
	tap_ok(set_state(&p, PLACE, 0x8000, RIPAS_EMPTY),
	       "a guest gives up 8 pages, of which it has some");
	tap_ok(!seen[0] && !seen[0x2000 / 4], "the VMM finds zeroes there");
	seen[0x1000 / 4] = PATTERN;
	seen[0x2000 / 4] = PATTERN;
	tap_ok(guest_reads(&p, UNPROTECTED | (PLACE + 0x1000)) == PATTERN &&
		       guest_reads(&p, UNPROTECTED | (PLACE + 0x2000)) == PATTERN,
	       "what the VMM writes into them, before the guest touches them and after, the guest "
	       "reads at the unprotected IPA");
	stepped_do(&p, 0, STEP_WRITE32, UNPROTECTED | (PLACE + 0x3000), PATTERN);
	tap_ok(seen[0x3000 / 4] == PATTERN, "and the VMM reads what the guest writes");
	tap_ok(set_state(&p, PLACE, 0x4000, RIPAS_RAM) && !guest_reads(&p, PLACE + 0x1000) &&
		       !guest_reads(&p, PLACE + 0x3000),
	       "taken back, they are empty");
	tap_ok(set_state(&p, PLACE, 0x8000, RIPAS_EMPTY) &&
		       set_state(&p, PLACE + 0x1000, 0x1000, RIPAS_RAM),
	       "given up and taken back by halves");
	stepped_do(&p, 0, STEP_WRITE32, UNPROTECTED | (PLACE + 0x4000), 1);
	stepped_do(&p, 0, STEP_WRITE32, PLACE + 0x1000, 1);
	stepped_do(&p, 0, STEP_WRITE32, UNPROTECTED | (PLACE + 0x5000), 1);
	tap_ok(stepped_do(&p, 0, STEP_NOP, 0, 0) == 0 && seen[0x4000 / 4] == 1 &&
		       seen[0x5000 / 4] == 1,
	       "each page is found where it is");
	stepped_end(&p);
	tap_ok(vms() == before && before != ~0U, "its VM comes to an end at EL2");
}

/*
 * What the VMM has loaded reaches the guest, or KVM_RUN fails: a page that cannot be had, although
 * there is one, must not be an empty one. Here the VMM may not touch it; one that is swapped out is
 * alike.
 */
static void loaded_or_refused(void)
{
	char *ram = anonymous();
	struct kvm_vm vm;

	ram[MB2] = 1;
	if (!tap_ok(build(&vm, true, 1, ram, CODE(mmio), MMIO, 0) &&
			    !mprotect(ram + MB2, 0x1000, PROT_NONE),
		    "a VM with a loaded page that cannot be read"))
		return;
	refused(ioctl(vm.vcpu[0], KVM_RUN, 0), EFAULT, "its first run");
	tap_ok(!mprotect(ram + MB2, 0x1000, PROT_READ | PROT_WRITE) &&
		       !ioctl(vm.vcpu[0], KVM_RUN, 0) && vm.run[0]->exit_reason == KVM_EXIT_MMIO,
	       "it runs when the page is there again");
	kvm_vm_close(&vm);
	munmap(ram, RAM_SIZE);
}

void test_memory(void)
{
	loaded_or_refused();
	never_there();
	given_up();
}
