# SPDX-License-Identifier: GPL-2.0-only
#
# The EL2 image, twice: build/el2/el2.bin, which the driver embeds, and build/el2-debug/el2.bin,
# which also writes to the UART, answers HC_DEBUG_PANIC, and has the specification beside the
# ledger. el2.elf beside them has the symbols.

EL2_C := $(addprefix hyp/el2/,pgtable.c pool.c spinlock.c hyp_memory.c regions.c \
	ledger.c ledger_hyp.c ledger_guest.c ledger_ripas.c ledger_fault.c vm.c vcpu.c hypercall.c \
	errata.c host_abort.c host_smc.c firmware.c guest_abort.c guest_serror.c guest_call.c \
	guest_mmio.c guest_rsi.c guest_psci.c random.c init.c phase.c console.c) \
	$(addprefix hyp/el2/arch/aarch64/,boot.c cpu.c memory.c features.c tlb.c fixmap.c \
	world_switch.c guest_run.c guest_exit.c guest_sysreg.c exception.c host_trap.c \
	host_impdef.c machine.c panic.c string.c)
EL2_S := $(addprefix hyp/el2/arch/aarch64/,entry.S vectors.S cache.S fpsimd.S impdef.S)
EL2_LDS := hyp/el2/arch/aarch64/el2.lds

EL2_FLAGS := -Ihyp -Ihyp/el2/arch/aarch64 -ffreestanding -nostdlib -nostdinc -march=armv8-a \
	-mgeneral-regs-only -mstrict-align -mno-outline-atomics -mfix-cortex-a53-835769 \
	-ffixed-x18 -fno-pic -fno-pie -fno-stack-protector -fno-common -fno-omit-frame-pointer \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-delete-null-pointer-checks \
	-fno-tree-loop-distribute-patterns -g
EL2_CFLAGS := -std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -Wshadow=local -Wundef \
	-Wstrict-prototypes -Werror
# Where the compiler keeps stddef.h and stdint.h; asked for only when something is compiled.
EL2_INCLUDE = -isystem $(shell $(CROSS)gcc -print-file-name=include)

# The specification and what puts it beside the ledger (hyp/tests/spec/hooks.h): for the debug image
# and the unit tests. SPEC_LD: for ld; with a compiler, each behind -Wl, .
SPEC_C := $(addprefix hyp/tests/spec/,spec.c change.c ipas.c abstract.c difference.c hooks.c)
SPEC_WRAPPED := spin_lock spin_unlock hyp_memory_init vms_destroy_secrets \
	$(addprefix ledger_,init claim_hyp add_guest remove_guest host_donate_hyp \
	hyp_donate_host host_share_hyp host_unshare_hyp host_map_guest \
	return guest_share_host guest_unshare_host force_reclaim host_fault query \
	guest_lookup guest_set_ripas guest_ripas)
SPEC_LD := $(SPEC_WRAPPED:%=--wrap=%)

# The specification's array makes the debug image larger than the 1 MiB that the other one must stay
# below.
$(B)/el2-debug/el2.lds: $(EL2_LDS)
	@mkdir -p $(@D)
	$(Q)sed -e 's/<= 0x100000,/<= 0x2c0000,/' \
		-e 's/the image is larger than 1 MiB/no room for the pool is left in 4 MiB/' $< > $@

# make stress compares the whole of the tables now and then only.
SPEC_EVERY := 1
$(B)/el2-debug/spec-every: FORCE
	@mkdir -p $(@D)
	@echo $(SPEC_EVERY) | cmp -s - $@ || echo $(SPEC_EVERY) > $@
.PHONY: FORCE

$(B)/el2-debug/spec/%.o: hyp/tests/spec/%.c hyp/el2/build.mk $(B)/el2-debug/spec-every
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(EL2_FLAGS) $(EL2_CFLAGS) $(EL2_INCLUDE) -DIMAGE_FLAGS=1 -DDONJON_DEBUG \
		-DCHECK_LOCKS -DSPEC_EVERY=$(SPEC_EVERY) -MMD -MP -c -o $@ $<

EL2_SPEC_OBJS := $(SPEC_C:hyp/tests/spec/%.c=$(B)/el2-debug/spec/%.o)
-include $(EL2_SPEC_OBJS:.o=.d)

# $(call EL2_RULE,FOLDER,FLAGS,LINKER SCRIPT,MORE OBJECTS,FLAGS OF LD)
define EL2_RULE
$(1)_OBJS := $(EL2_C:hyp/el2/%.c=$(B)/$(1)/%.o) $(EL2_S:hyp/el2/%.S=$(B)/$(1)/%.o)

$(B)/$(1)/%.o: hyp/el2/%.c hyp/el2/build.mk
	@mkdir -p $$(@D)
	$(Q)$(CROSS)gcc $(EL2_FLAGS) $(EL2_CFLAGS) $$(EL2_INCLUDE) $(2) -MMD -MP -c -o $$@ $$<

$(B)/$(1)/%.o: hyp/el2/%.S hyp/el2/build.mk
	@mkdir -p $$(@D)
	$(Q)$(CROSS)gcc $(EL2_FLAGS) $(2) -MMD -MP -c -o $$@ $$<

$(B)/$(1)/el2.elf: $$($(1)_OBJS) $(3) $(4)
	$(Q)$(CROSS)ld -T $(3) --fix-cortex-a53-843419 -z max-page-size=4096 -z noexecstack \
		--fatal-warnings --no-undefined $(5) -o $$@ $$($(1)_OBJS) $(4)

$(B)/$(1)/el2.bin: $(B)/$(1)/el2.elf
	$(Q)$(CROSS)objcopy -O binary $$< $$@

-include $$($(1)_OBJS:.o=.d)
endef

$(eval $(call EL2_RULE,el2,-DIMAGE_FLAGS=0,$(EL2_LDS)))
$(eval $(call EL2_RULE,el2-debug,-DIMAGE_FLAGS=1 -DDONJON_DEBUG \
	-DCHECK_LOCKS,$(B)/el2-debug/el2.lds,$(EL2_SPEC_OBJS),$(SPEC_LD)))
ALL += $(B)/el2/el2.bin $(B)/el2-debug/el2.bin
