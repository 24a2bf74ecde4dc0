# SPDX-License-Identifier: GPL-2.0-only
#
# The runner of donation scripts (scripts/donation): build/tests/donation/donjon-donation for the
# build machine, with EL2's core over arch/fake, and build/nested/bin/donjon-donation, a static
# arm64 program for the nested host.

DONATION_COMMON := main parse words statements names run objects oracle account
DONATION_FAKE_OBJS := $(patsubst %,$(B)/tests/donation/host/%.o,$(DONATION_COMMON) fake) \
	$(patsubst %,$(B)/tests/unit/512/el2/%.o,$(EL2_TEST_CORE) $(EL2_TEST_FAKE)) \
	$(patsubst hyp/%.c,$(B)/tests/unit/512/%.o,$(SPEC_C))

# As with the unit tests, the specification compares the tables at every taking and release of the
# host's lock.
$(B)/tests/donation/donjon-donation: $(DONATION_FAKE_OBJS)
	$(Q)$(HOSTCC) -fsanitize=address,undefined $(SPEC_LD:%=-Wl,%) -o $@ $^

$(B)/tests/donation/host/%.o: hyp/tests/donation/%.c hyp/tests/donation/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(EL2_TEST_CFLAGS) -D_GNU_SOURCE -DFAKE_INDEX_BITS=9 -MMD -MP -c -o $@ $<

-include $(wildcard $(B)/tests/donation/host/*.d)

# Wrappers without arguments, as scripts/test wants them: all scripts, and once more with the
# statements of "both" the other way round.
DONATION_TESTS := $(B)/tests/donation/donation $(B)/tests/donation/donation-reversed
UNIT_TESTS += $(DONATION_TESTS)
ALL += $(B)/tests/donation/donjon-donation

$(B)/tests/donation/donation-reversed: DONATION_OPTIONS := --order reversed
$(DONATION_TESTS): $(B)/tests/donation/donjon-donation hyp/tests/donation/build.mk
	@printf '#!/bin/sh\nexec $< $(DONATION_OPTIONS) scripts/donation\n' > $@
	@chmod +x $@

# What the runner says of scripts that are wrong.
UNIT_TESTS += $(B)/tests/donation/runner
$(B)/tests/donation/runner: hyp/tests/donation/test_runner.sh $(B)/tests/donation/donjon-donation
	@printf '#!/bin/sh\nexec bash $< $(B)/tests/donation/donjon-donation\n' > $@
	@chmod +x $@

.PHONY: donation
donation: $(DONATION_TESTS) $(B)/tests/donation/runner
	@scripts/test --unit $^

ALL += $(B)/nested/bin/donjon-donation
DONATION_NESTED_OBJS := $(patsubst %,$(B)/tests/donation/arm64/%.o,$(DONATION_COMMON) nested agent \
	spec change ipas) \
	$(B)/tests/lib/kmod.o $(B)/tests/lib/tap.o

$(B)/nested/bin/donjon-donation: $(DONATION_NESTED_OBJS)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -static -pthread -o $@ $^

$(B)/tests/donation/arm64/%.o: hyp/tests/donation/%.c hyp/tests/donation/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(NESTED_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/donation/arm64/%.o: hyp/tests/donation/%.S hyp/tests/donation/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -c -o $@ $<

$(B)/tests/donation/arm64/%.o: hyp/tests/spec/%.c hyp/tests/donation/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(NESTED_CFLAGS) -MMD -MP -c -o $@ $<

-include $(wildcard $(B)/tests/donation/arm64/*.d)
