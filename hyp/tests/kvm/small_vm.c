// SPDX-License-Identifier: GPL-2.0-only
#include "small_vm.h"

#include <string.h>
#include <sys/mman.h>

#define GIC_IRQS 96

bool refused(int ret, int error, const char *what)
{
	int got = ret < 0 ? errno : 0;

	return tap_ok(got == error, "%s: %s (expected %s)", what, got ? strerror(got) : "done",
		      strerror(error));
}

static void load(char *ram, struct code code)
{
	memcpy(ram, code.start, (size_t)(code.end - code.start));
	__builtin___clear_cache(ram, ram + (code.end - code.start));
}

static bool set_registers(struct kvm_vm *vm, __u64 x0, __u64 step)
{
	unsigned int i;

	for (i = 0; i < vm->cpus; i++)
		if (kvm_set_reg(vm->vcpu[i], KVM_CORE_REG(regs.regs[0]), x0 + i * step) ||
		    kvm_set_reg(vm->vcpu[i], KVM_CORE_REG(regs.pc), RAM))
			return false;
	return true;
}

bool build(struct kvm_vm *vm, bool protected, unsigned int cpus, void *ram, struct code code,
	   __u64 x0, __u64 step)
{
	load(ram, code);
	if (kvm_vm_make(vm, protected ? KVM_VM_TYPE_ARM_PROTECTED : 0, cpus, ram, RAM_SIZE,
			GIC_IRQS))
		return false;
	return set_registers(vm, x0, step);
}

bool build_gmem(struct kvm_vm *vm, unsigned int cpus, struct code code, __u64 x0, __u64 step)
{
	if (kvm_vm_make_gmem(vm, cpus, RAM_SIZE, GIC_IRQS))
		return false;
	load(vm->ram, code);
	return set_registers(vm, x0, step);
}

void *anonymous(void)
{
	char *p = mmap(NULL, RAM_SIZE + MB2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	p = (char *)(((unsigned long)p + MB2 - 1) & ~(MB2 - 1));
	madvise(p, RAM_SIZE, MADV_NOHUGEPAGE);
	return p;
}
