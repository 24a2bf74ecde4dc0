# SPDX-License-Identifier: GPL-2.0-only
# Fuzz targets, each as two programs: fuzz-NAME with libFuzzer and clang's sanitizers; replay-NAME
# by HOSTCC without libFuzzer, which runs the committed corpus as a unit test; and the ledger's as
# random-NAME, a fixed random sequence. EL2's are the core over arch/fake; the VMM's are in
# vmm/tests/fuzz.
#
# make fuzz [TIME=SECONDS] [ONLY=PATTERN]    each target for so long, two at a time; see
#                                            hyp/tests/fuzz/run

CLANG ?= clang
TIME ?= 60
FUZZ := $(B)/tests/fuzz
FUZZ_EL2 := ledger-512 ledger-4 hypercall-512 traps-512
FUZZ_VMM := config image virtqueue
FUZZ_PROGRAMS := $(patsubst %,$(FUZZ)/fuzz-%,$(FUZZ_EL2) $(FUZZ_VMM))
FUZZ_REPLAYS := $(patsubst %,$(FUZZ)/replay-%,$(FUZZ_EL2) $(FUZZ_VMM))
FUZZ_RANDOM := $(FUZZ)/random-ledger-512 $(FUZZ)/random-ledger-4
FUZZ_INPUTS_512 := 150
FUZZ_INPUTS_4 := 600
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

UNIT_TESTS += $(FUZZ_REPLAYS) $(FUZZ_RANDOM) $(FUZZ)/short

# $(1): entries per table. The unit tests' objects but for cmocka's functions, and, by CLANG, the
# same once more.
define FUZZ_GEOMETRY
FUZZ_OBJS_$(1) := $$(sort $$(EL2_TEST_OBJS_$(1)) \
	$(patsubst %,$(B)/tests/unit/$(1)/tests/%.o,fuzz/harness \
	fuzz/assertions fuzz/check))
FUZZ_CLANG_OBJS_$(1) := $$(patsubst $(B)/tests/unit/%,$(FUZZ)/%,$$(FUZZ_OBJS_$(1)))

# Only the core guides libFuzzer: what the harness does is no news, and its comparisons are most of
# the work.
$$(patsubst %,$(FUZZ)/$(1)/el2/%.o,$$(EL2_TEST_CORE)): \
	FUZZ_GUIDE := -fsanitize-coverage=inline-8bit-counters,pc-table
# Clang's warnings are not the project's compiler's, which has built the same sources without any.
$(FUZZ)/$(1)/%.o: hyp/%.c hyp/tests/fuzz/build.mk hyp/tests/unit/build.mk
	@mkdir -p $$(@D)
	$$(Q)$$(CLANG) $$(filter-out -W% -fsanitize% \
		-fno-sanitize%,$$(call EL2_TEST_FLAGS_OF,$$@)) -w \
		-DFAKE_INDEX_BITS=$$(EL2_TEST_BITS_$(1)) $$(FUZZ_GUIDE) \
		$$(if $$(findstring /tests/spec/,$$@),,$(FUZZ_SANITIZE)) -MMD -MP -c -o $$@ $$<

$(FUZZ)/fuzz-%-$(1): $(FUZZ)/$(1)/tests/fuzz/%.o $$(FUZZ_CLANG_OBJS_$(1))
	$$(Q)$$(CLANG) -fsanitize=fuzzer $(FUZZ_SANITIZE) $$(SPEC_LD:%=-Wl,%) -o $$@ $$^

$(FUZZ)/replay-%-$(1): $(B)/tests/unit/$(1)/tests/fuzz/%.o $$(FUZZ_OBJS_$(1)) \
	hyp/tests/fuzz/replay.c
	@mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $$(EL2_TEST_CFLAGS) -DFUZZ_NAME='"$$*-$(1)"' \
		-DFUZZ_CORPUS='"hyp/tests/fuzz/corpus/$$*-$(1)"' \
		$$(SPEC_LD:%=-Wl,%) -o $$@ $$^

$(FUZZ)/random-%-$(1): $(B)/tests/unit/$(1)/tests/fuzz/%.o $$(FUZZ_OBJS_$(1)) \
	hyp/tests/fuzz/random.c
	@mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $$(EL2_TEST_CFLAGS) -DFUZZ_NAME='"$$*-$(1)"' \
		-DFUZZ_INPUTS=$$(FUZZ_INPUTS_$(1)) \
		$$(SPEC_LD:%=-Wl,%) -o $$@ $$^
-include $$(FUZZ_CLANG_OBJS_$(1):.o=.d) $(wildcard $(FUZZ)/$(1)/tests/fuzz/*.d \
	$(B)/tests/unit/$(1)/tests/fuzz/*.d)
.SECONDARY: $$(FUZZ_OBJS_$(1)) $(B)/tests/unit/$(1)/tests/fuzz/ledger.o
endef
$(foreach g,512 4,$(eval $(call FUZZ_GEOMETRY,$(g))))
$(foreach g,512 4,$(eval $(FUZZ)/fuzz-ledger-$(g): $(FUZZ)/$(g)/tests/fuzz/operations.o))
$(foreach g,512 4,$(eval $(FUZZ)/replay-ledger-$(g) $(FUZZ)/random-ledger-$(g): \
	$(B)/tests/unit/$(g)/tests/fuzz/operations.o))
.SECONDARY: $(foreach g,512 4,$(B)/tests/unit/$(g)/tests/fuzz/operations.o)
FUZZ_HOST := tests/fuzz/host.o tests/fuzz/guest.o
$(FUZZ)/fuzz-hypercall-512: $(addprefix $(FUZZ)/512/,$(FUZZ_HOST))
$(FUZZ)/replay-hypercall-512: $(addprefix $(B)/tests/unit/512/,$(FUZZ_HOST))
.SECONDARY: $(addprefix $(B)/tests/unit/512/,$(FUZZ_HOST) tests/fuzz/hypercall.o tests/fuzz/traps.o)
.PRECIOUS: $(FUZZ)/512/%.o $(FUZZ)/4/%.o

FUZZ_VMM_CLANG := $(patsubst %,$(FUZZ)/vmm/%.o,$(VMM_PURE)) $(FUZZ)/512/tests/fuzz/harness.o
FUZZ_VMM_OBJS := $(patsubst %,$(B)/tests/vmm/obj/%.o,$(VMM_PURE)) \
	$(B)/tests/unit/512/tests/fuzz/harness.o

# A size that loses its upper bits is no error of C, but one here.
$(FUZZ)/vmm/%.o: vmm/%.c hyp/tests/fuzz/build.mk vmm/build.mk
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(filter-out -W% -fsanitize% -fno-sanitize%,$(VMM_TEST_CFLAGS)) -w \
		$(VMM_TEST_INCLUDE) -fsanitize=fuzzer-no-link,unsigned-shift-base $(FUZZ_SANITIZE) \
		-MMD -MP -c -o $@ $<

$(patsubst %,$(FUZZ)/fuzz-%,$(FUZZ_VMM)): $(FUZZ)/fuzz-%: $(FUZZ)/vmm/tests/fuzz/fuzz_%.o \
	$(FUZZ_VMM_CLANG)
	$(Q)$(CLANG) -fsanitize=fuzzer $(FUZZ_SANITIZE) -pthread -o $@ $^ $(VMM_HOST_LIBS)

$(patsubst %,$(FUZZ)/replay-%,$(FUZZ_VMM)): $(FUZZ)/replay-%: \
	$(B)/tests/vmm/obj/tests/fuzz/fuzz_%.o \
		$(FUZZ_VMM_OBJS) hyp/tests/fuzz/replay.c
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(EL2_TEST_CFLAGS) -DFUZZ_NAME='"$*"' \
		-DFUZZ_CORPUS='"hyp/tests/fuzz/corpus/$*"' \
		-pthread -o $@ $^ $(VMM_HOST_LIBS)
-include $(wildcard $(FUZZ)/vmm/*.d $(FUZZ)/vmm/*/*.d $(FUZZ)/vmm/*/*/*.d \
	$(B)/tests/vmm/obj/tests/fuzz/*.d)

# For make test: a few seconds of each.
$(FUZZ)/short: hyp/tests/fuzz/build.mk hyp/tests/fuzz/run $(FUZZ_PROGRAMS) $(FUZZ_REPLAYS)
	$(Q)printf '#!/bin/sh\nexec hyp/tests/fuzz/run --tap --time 10\n' > $@ && chmod +x $@

.PHONY: fuzz fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS) $(FUZZ_REPLAYS)
fuzz: fuzz-programs
	@hyp/tests/fuzz/run --time '$(TIME)' --only '$(or $(ONLY),*)'
