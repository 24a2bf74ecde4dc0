// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_ARM_VCPU_INIT of a VM that has run: registers, power and memory of the VM that begins again.
 */
#include "kvm_memory.h"

#include <string.h>
#include <sys/mman.h>

#include "small_vm.h"

#define REPORTED 5

static void load(struct kvm_vm *vm, struct code code)
{
	memcpy(vm->ram, code.start, (size_t)(code.end - code.start));
	kvm_set_reg(vm->vcpu[0], KVM_CORE_REG(regs.regs[0]), MMIO);
	kvm_set_reg(vm->vcpu[0], KVM_CORE_REG(regs.pc), RAM);
}

static int mp_state(int vcpu)
{
	struct kvm_mp_state state = { 0 };

	return ioctl(vcpu, KVM_GET_MP_STATE, &state) ? -1 : (int)state.mp_state;
}

/* Runs guest_report up to its reset. */
static void reports_zeroes(struct kvm_vm *vm, const char *when)
{
	struct kvm_run *run = vm->run[0];
	unsigned int n;
	__u64 value;

	for (n = 0; !ioctl(vm->vcpu[0], KVM_RUN, 0) && run->exit_reason == KVM_EXIT_MMIO; n++) {
		memcpy(&value, run->mmio.data, 8);
		if (value)
			break;
	}
	tap_ok(n == REPORTED && run->exit_reason == KVM_EXIT_SYSTEM_EVENT &&
		       run->system_event.type == KVM_SYSTEM_EVENT_RESET,
	       "%s: %u of %u registers are zero, and the guest resets the system (exit %u)", when,
	       n, REPORTED, run->exit_reason);
}

static void begins_again(void)
{
	struct kvm_vm vm;
	__u64 x1 = 1;

	if (!tap_ok(build(&vm, false, 2, anonymous(), CODE(report), MMIO, 0),
		    "a VM whose guest resets it"))
		return;
	reports_zeroes(&vm, "at first");
	tap_ok(!kvm_init_vcpu(vm.fd, vm.vcpu[0], false) && !kvm_init_vcpu(vm.fd, vm.vcpu[1], true),
	       "KVM_ARM_VCPU_INIT after the reset");
	tap_ok(!kvm_get_reg(vm.vcpu[0], KVM_CORE_REG(regs.regs[1]), &x1) && !x1 &&
		       mp_state(vm.vcpu[0]) == KVM_MP_STATE_RUNNABLE &&
		       mp_state(vm.vcpu[1]) == KVM_MP_STATE_STOPPED,
	       "x1 is zero, the first vCPU is on, the second one off");
	load(&vm, CODE(report));
	reports_zeroes(&vm, "after a reset");
	/* One vCPU's reset is enough; what the VMM writes then is what the guest executes. */
	tap_ok(!kvm_init_vcpu(vm.fd, vm.vcpu[0], false) &&
		       mp_state(vm.vcpu[1]) == KVM_MP_STATE_STOPPED,
	       "and again");
	load(&vm, CODE(mmio));
	tap_ok(!ioctl(vm.vcpu[0], KVM_RUN, 0) && vm.run[0]->exit_reason == KVM_EXIT_MMIO &&
		       !vm.run[0]->mmio.is_write,
	       "another guest runs in the same VM");
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
}

void test_registers(void)
{
	begins_again();
}
