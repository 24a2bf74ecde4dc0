# SPDX-License-Identifier: GPL-2.0-only
# The EL2 image: build/el2/el2.elf (with symbols) and el2.bin, which the driver embeds. DEBUG=1: UART output, HC_DEBUG_PANIC.

EL2_C := $(addprefix hyp/el2/,pgtable.c pool.c spinlock.c ledger.c hyp_memory.c regions.c vm.c hypercall.c \
	guest_call.c psci.c init.c console.c) \
	$(addprefix hyp/el2/arch/aarch64/,boot.c cpu.c features.c tlb.c fixmap.c world_switch.c guest_run.c guest_exit.c \
	guest_sysreg.c exception.c host_trap.c machine.c panic.c string.c)
EL2_S := $(addprefix hyp/el2/arch/aarch64/,entry.S vectors.S cache.S fpsimd.S)
EL2_OBJS := $(EL2_C:hyp/el2/%.c=$(B)/el2/%.o) $(EL2_S:hyp/el2/%.S=$(B)/el2/%.o)

EL2_FLAGS := -Ihyp -Ihyp/el2/arch/aarch64 -ffreestanding -nostdlib -nostdinc -isystem $(shell $(CROSS)gcc -print-file-name=include) \
	-march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics -ffixed-x18 -fno-pic -fno-pie \
	-fno-stack-protector -fno-common -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-fno-delete-null-pointer-checks -fno-tree-loop-distribute-patterns -g -DIMAGE_FLAGS=$(if $(DEBUG),1,0) $(if $(DEBUG),-DDONJON_DEBUG)
EL2_CFLAGS := $(EL2_FLAGS) -std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -Wshadow=local -Wundef -Wstrict-prototypes \
	-Wmissing-declarations -Wno-missing-declarations -Werror
EL2_STAMP := $(B)/el2/.flags-$(if $(DEBUG),debug,release)

ALL += $(B)/el2/el2.bin

$(EL2_STAMP):
	@mkdir -p $(@D)
	@rm -f $(B)/el2/.flags-*
	@touch $@

$(B)/el2/%.o: hyp/el2/%.c $(EL2_STAMP)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(EL2_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/el2/%.o: hyp/el2/%.S $(EL2_STAMP)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(EL2_FLAGS) -MMD -MP -c -o $@ $<

$(B)/el2/el2.elf: $(EL2_OBJS) hyp/el2/arch/aarch64/el2.lds
	$(Q)$(CROSS)ld -T hyp/el2/arch/aarch64/el2.lds -z max-page-size=4096 -z noexecstack --fatal-warnings --no-undefined -o $@ $(EL2_OBJS)
	@! $(CROSS)nm $@ | grep -i ' u ' || { echo "$@: undefined symbols"; exit 1; }

$(B)/el2/el2.bin: $(B)/el2/el2.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

-include $(EL2_OBJS:.o=.d)
