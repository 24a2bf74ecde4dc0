# SPDX-License-Identifier: GPL-2.0-only
# Unit tests of EL2's core on the build machine: the unchanged sources with arch/fake in the place
# of arch/aarch64, once with the machine's tables of 512 entries and once with tables of 4. The
# specification watches (hyp/tests/spec/hooks.h).

EL2_TEST_CORE := pgtable pool spinlock ledger ledger_hyp ledger_guest ledger_ripas ledger_fault \
	hyp_memory regions vm vcpu hypercall errata host_abort host_smc firmware guest_abort \
	guest_serror guest_call guest_mmio guest_rsi guest_psci random phase
EL2_TEST_FAKE := arch/fake/fake arch/fake/machine arch/fake/pgtable_check
EL2_TESTS_512 := errata pgtable ledger lifecycle basics hypercall vm host_smc host_abort \
	guest_abort guest_serror guest_call guest_mmio guest_rsi random spec compare shortage \
	short cleaning
EL2_TESTS_4 := pgtable ledger lifecycle spec compare shortage cleaning
EL2_TEST_BITS_512 := 9
EL2_TEST_BITS_4 := 2

EL2_TEST_CFLAGS := -std=gnu11 -DCHECK_LOCKS -O1 -g -Wall -Wextra -Werror -Wno-unused-parameter \
	-Wshadow=local -Wundef -Wstrict-prototypes -fno-strict-aliasing \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Ihyp \
	-Ihyp/el2/arch/fake -Ihyp/tests/unit

# The specification compares all tables twice for each operation: it is compiled for speed, without
# the sanitizers.
EL2_TEST_FLAGS_OF = $(if $(findstring /tests/spec/,$(1)),$(filter-out -O1 -fsanitize=% \
	-fno-sanitize%,$(EL2_TEST_CFLAGS)) -O2,\
	$(EL2_TEST_CFLAGS))

$(B)/tests/unit/short-512: EL2_TEST_LD := -Wl,--wrap=cache_short

# $(1): entries per table
define EL2_TEST_GEOMETRY
EL2_TEST_OBJS_$(1) := $(patsubst %,$(B)/tests/unit/$(1)/el2/%.o,$(EL2_TEST_CORE) $(EL2_TEST_FAKE)) \
	$(patsubst hyp/%.c,$(B)/tests/unit/$(1)/%.o,$(SPEC_C)) \
	$(B)/tests/unit/$(1)/tests/unit/world.o
EL2_TEST_PROGRAMS_$(1) := $(patsubst %,$(B)/tests/unit/%-$(1),$(EL2_TESTS_$(1)))
UNIT_TESTS += $$(EL2_TEST_PROGRAMS_$(1))

$(B)/tests/unit/$(1)/%.o: hyp/%.c hyp/tests/unit/build.mk
	@mkdir -p $$(@D)
	$(Q)$(HOSTCC) $$(call EL2_TEST_FLAGS_OF,$$@) -DFAKE_INDEX_BITS=$(EL2_TEST_BITS_$(1)) -MMD \
		-MP -c -o $$@ $$<

$$(EL2_TEST_PROGRAMS_$(1)): $(B)/tests/unit/%-$(1): $(B)/tests/unit/$(1)/tests/unit/test_%.o \
	$$(EL2_TEST_OBJS_$(1))
	$(Q)$(HOSTCC) -fsanitize=address,undefined $(SPEC_LD:%=-Wl,%) $$(EL2_TEST_LD) -o $$@ $$^ \
		-lcmocka

.SECONDARY: $$(patsubst %,$(B)/tests/unit/$(1)/tests/unit/test_%.o,$(EL2_TESTS_$(1)))
-include $$(EL2_TEST_OBJS_$(1):.o=.d) \
	$$(patsubst %,$(B)/tests/unit/$(1)/tests/unit/test_%.d,$(EL2_TESTS_$(1)))
endef
$(foreach g,512 4,$(eval $(call EL2_TEST_GEOMETRY,$(g))))
