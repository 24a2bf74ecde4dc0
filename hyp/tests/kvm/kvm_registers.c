// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_ARM_VCPU_INIT of a VM that has run: registers, power and memory of the VM that begins again.
 * KVM_GET_ONE_REG and KVM_SET_ONE_REG for what a VMM such as QEMU saves and restores.
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

static __u64 *register_list(int vcpu, __u64 *n)
{
	static struct {
		struct kvm_reg_list list;
		__u64 reg[512];
	} all;

	all.list.n = 1;
	if (!ioctl(vcpu, KVM_GET_REG_LIST, &all.list) || errno != E2BIG)
		return NULL;
	if (ioctl(vcpu, KVM_GET_REG_LIST, &all.list))
		return NULL;
	*n = all.list.n;
	return all.list.reg;
}

/* Every register that is listed can be read, and be set to what was read, as QEMU does. */
static void all_written_back(int vcpu, const __u64 *list, __u64 n)
{
	unsigned int bad = 0;
	__u8 value[16];
	__u64 i;

	for (i = 0; i < n; i++) {
		struct kvm_one_reg reg = { .id = list[i], .addr = (unsigned long)value };

		if (ioctl(vcpu, KVM_GET_ONE_REG, &reg) || ioctl(vcpu, KVM_SET_ONE_REG, &reg)) {
			tap_note("register 0x%llx: %s", list[i], strerror(errno));
			bad++;
		}
	}
	tap_ok(!bad && n > 150, "each of %llu registers listed is read and set to what it was", n);
}

static bool holds(int vcpu, __u64 id, __u64 value)
{
	__u64 got = 0;

	return !kvm_get_reg(vcpu, id, &got) && got == value;
}

static void one_reg(void)
{
	static const __u64 writable[] = {
		ARM64_SYS_REG(3, 0, 1, 0, 2), ARM64_SYS_REG(3, 0, 2, 0, 0),
		ARM64_SYS_REG(3, 0, 10, 2, 0), ARM64_SYS_REG(3, 0, 12, 0, 0),
		ARM64_SYS_REG(3, 3, 13, 0, 2), ARM64_SYS_REG(3, 0, 5, 2, 0),
		KVM_CORE_REG(spsr[KVM_SPSR_ABT]), KVM_CORE_REG(spsr[KVM_SPSR_FIQ]),
		KVM_REG_ARM_TIMER_CVAL,
	};
	const __u64 mmfr0 = ARM64_SYS_REG(3, 0, 0, 7, 0), v3 = KVM_REG_ARM64 | KVM_REG_SIZE_U128 |
		KVM_REG_ARM_CORE | (offsetof(struct kvm_regs, fp_regs.vregs[3]) / 4);
	__u64 n = 0, *list, words[2] = { 1, 2 }, got[2] = { 0 }, value = 0;
	struct kvm_one_reg reg = { .id = v3, .addr = (unsigned long)words };
	unsigned int i, bad = 0;
	struct kvm_vm vm;
	int vcpu;

	if (!tap_ok(build(&vm, false, 1, anonymous(), CODE(report), MMIO, 0),
		    "a VM whose registers are set"))
		return;
	vcpu = vm.vcpu[0];
	list = register_list(vcpu, &n);
	if (tap_ok(list, "KVM_GET_REG_LIST, E2BIG first"))
		all_written_back(vcpu, list, n);
	for (i = 0; i < sizeof(writable) / sizeof(*writable); i++)
		bad += kvm_set_reg(vcpu, writable[i], 0x1230000 + (i << 12)) != 0;
	for (i = 0; i < sizeof(writable) / sizeof(*writable); i++)
		bad += !holds(vcpu, writable[i], 0x1230000 + (i << 12));
	tap_ok(!bad, "system registers and SPSRs hold what is set");
	bad = ioctl(vcpu, KVM_SET_ONE_REG, &reg);
	reg.addr = (unsigned long)got;
	tap_ok(!bad && !ioctl(vcpu, KVM_GET_ONE_REG, &reg) && got[0] == 1 && got[1] == 2,
	       "V3, both halves");
	refused(kvm_set_reg(vcpu, KVM_MPIDR, 7), EINVAL, "another MPIDR_EL1");
	tap_ok(!kvm_get_reg(vcpu, mmfr0, &value) && value, "ID_AA64MMFR0_EL1 is 0x%llx", value);
	refused(kvm_set_reg(vcpu, mmfr0, value ^ 1), EINVAL, "another ID_AA64MMFR0_EL1");
	tap_ok(!kvm_set_reg(vcpu, ARM64_SYS_REG(3, 0, 0, 1, 0), 0x131) &&
		       holds(vcpu, ARM64_SYS_REG(3, 0, 0, 1, 0), 0),
	       "ID_PFR0_EL1 of AArch32 is zero and ignores what is set");
	refused(kvm_set_reg(vcpu, ARM64_SYS_REG(3, 0, 0, 3, 7), 1), EINVAL,
		"an unallocated feature register");
	tap_ok(holds(vcpu, KVM_REG_ARM_PSCI_VERSION, 0x10001), "PSCI 1.1");
	refused(kvm_set_reg(vcpu, KVM_REG_ARM_PSCI_VERSION, 2), EINVAL, "PSCI 0.2");
	/* The guest sees it: VBAR_EL1 is what it reports first. */
	tap_ok(!ioctl(vcpu, KVM_RUN, 0) && vm.run[0]->exit_reason == KVM_EXIT_MMIO &&
		       !memcmp(vm.run[0]->mmio.data, &(__u64){ 0x1233000 }, 8),
	       "the guest finds VBAR_EL1 as it was set");
	tap_ok(!kvm_init_vcpu(vm.fd, vcpu, false) && holds(vcpu, writable[0], 0) &&
		       holds(vcpu, writable[1], 0) && holds(vcpu, writable[3], 0) &&
		       holds(vcpu, ARM64_SYS_REG(3, 0, 1, 0, 0), 0x30d00800) &&
		       !ioctl(vcpu, KVM_GET_ONE_REG, &reg) && !got[0] && !got[1],
	       "KVM_ARM_VCPU_INIT while it runs resets EL1's registers and V3");
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
}

static bool wrote(const struct kvm_vm *vm, __u64 addr, __u32 value)
{
	const struct kvm_run *run = vm->run[0];

	return !ioctl(vm->vcpu[0], KVM_RUN, 0) && run->exit_reason == KVM_EXIT_MMIO &&
	       run->mmio.is_write && run->mmio.phys_addr == addr &&
	       !memcmp(run->mmio.data, &value, sizeof(value));
}

/*
 * Debug: a guest can step through its instructions. It has no breakpoints and no watchpoints, and
 * its feature register says so; nor can the VMM debug it.
 */
static void debug(bool protected)
{
	const __u64 dfr0 = ARM64_SYS_REG(3, 0, 0, 5, 0);
	struct kvm_guest_debug step = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP };
	struct kvm_vm vm;

	if (!tap_ok(build(&vm, protected, 1, anonymous(), CODE(step), MMIO, 0),
		    "a %s VM whose guest steps through code", protected ? "protected" : "plain"))
		return;
	tap_ok(!ioctl(vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_SET_GUEST_DEBUG) &&
		       !ioctl(vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_DEBUG_HW_BPS) &&
		       !ioctl(vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_DEBUG_HW_WPS),
	       "its VMM is not offered to debug it");
	refused(ioctl(vm.vcpu[0], KVM_SET_GUEST_DEBUG, &step), EINVAL, "KVM_SET_GUEST_DEBUG");
	/* DoubleLock and MTPMU have a value of their own for what is not there. */
	if (!protected)
		tap_ok(holds(vm.vcpu[0], dfr0, 0xfUL << 48 | 0xfUL << 36),
		       "ID_AA64DFR0_EL1 offers no debug registers");
	tap_ok(wrote(&vm, MMIO + 16, 0x2001), "of MDSCR_EL1 it has SS and KDE");
	tap_ok(wrote(&vm, MMIO + 8, 5), "each step is one instruction, trapped or not (%d)",
	       *(int *)vm.run[0]->mmio.data);
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
}

void test_registers(void)
{
	one_reg();
	begins_again();
	debug(false);
	debug(true);
}
