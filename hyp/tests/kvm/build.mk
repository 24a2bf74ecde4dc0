# SPDX-License-Identifier: GPL-2.0-only
# Clients of KVM's documented calls, for the nested host: what is documented, interrupts, and
# guest_memfd.

KVM_COMMON := $(addprefix hyp/tests/kvm/,small_vm.c guest.S stepped_guest.S stepped.c)
$(eval $(call nested_program,kvm-api-test,$(KVM_COMMON) $(addprefix hyp/tests/kvm/,kvm_api.c \
	kvm_memory.c kvm_registers.c kvm_slots.c kvmtool.c)))
$(eval $(call nested_program,kvm-irq-test,$(KVM_COMMON) $(addprefix hyp/tests/kvm/,kvm_irq.c \
	kvm_events.c kvm_kicks.c)))
$(eval $(call nested_program,kvm-gmem-test,$(KVM_COMMON) $(addprefix hyp/tests/kvm/,kvm_gmem.c \
	kvm_gmem_api.c kvm_gmem_life.c kvm_gmem_recall.c)))
