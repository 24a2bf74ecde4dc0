# SPDX-License-Identifier: GPL-2.0-only
#
# The runner of donation scripts (scripts/donation): build/tests/script/donjon-script for the build machine, with EL2's
# core over arch/fake, and build/nested/bin/donjon-script, a static arm64 program for the nested host.

SCRIPT_COMMON := main parse words statements names run objects oracle account
SCRIPT_FAKE_OBJS := $(patsubst %,$(B)/tests/script/host/%.o,$(SCRIPT_COMMON) fake) \
	$(patsubst %,$(B)/tests/unit/512/el2/%.o,$(EL2_TEST_CORE) $(EL2_TEST_FAKE)) \
	$(patsubst hyp/%.c,$(B)/tests/unit/512/%.o,$(SPEC_C))

# As with the unit tests, the specification compares the tables at every taking and release of the host's lock.
$(B)/tests/script/donjon-script: $(SCRIPT_FAKE_OBJS)
	$(Q)$(HOSTCC) -fsanitize=address,undefined $(SPEC_LD:%=-Wl,%) -o $@ $^

$(B)/tests/script/host/%.o: hyp/tests/script/%.c hyp/tests/script/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(EL2_TEST_CFLAGS) -D_GNU_SOURCE -DFAKE_INDEX_BITS=9 -MMD -MP -c -o $@ $<

-include $(wildcard $(B)/tests/script/host/*.d)

# Wrappers without arguments, as scripts/test wants them: all scripts, and once more with the statements of "both" the
# other way round.
DONATION_TESTS := $(B)/tests/script/donation $(B)/tests/script/donation-reversed
UNIT_TESTS += $(DONATION_TESTS)
ALL += $(B)/tests/script/donjon-script

$(B)/tests/script/donation-reversed: DONATION_OPTIONS := --order reversed
$(DONATION_TESTS): $(B)/tests/script/donjon-script hyp/tests/script/build.mk
	@printf '#!/bin/sh\nexec $< $(DONATION_OPTIONS) scripts/donation\n' > $@
	@chmod +x $@

# What the runner says of scripts that are wrong.
UNIT_TESTS += $(B)/tests/script/runner
$(B)/tests/script/runner: hyp/tests/script/test_runner.sh $(B)/tests/script/donjon-script
	@printf '#!/bin/sh\nexec bash $< $(B)/tests/script/donjon-script\n' > $@
	@chmod +x $@

.PHONY: donation
donation: $(DONATION_TESTS) $(B)/tests/script/runner
	@scripts/test --unit $^

ALL += $(B)/nested/bin/donjon-script
SCRIPT_NESTED_OBJS := $(patsubst %,$(B)/tests/script/arm64/%.o,$(SCRIPT_COMMON) nested agent spec change ipas) \
	$(B)/tests/attack/evil.o $(B)/tests/attack/tap.o

$(B)/nested/bin/donjon-script: $(SCRIPT_NESTED_OBJS)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -static -pthread -o $@ $^

$(B)/tests/script/arm64/%.o: hyp/tests/script/%.c hyp/tests/script/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(ATTACK_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/script/arm64/%.o: hyp/tests/script/%.S hyp/tests/script/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -c -o $@ $<

$(B)/tests/script/arm64/%.o: hyp/tests/model/%.c hyp/tests/script/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(ATTACK_CFLAGS) -MMD -MP -c -o $@ $<

-include $(wildcard $(B)/tests/script/arm64/*.d)
