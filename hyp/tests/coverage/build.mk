# SPDX-License-Identifier: GPL-2.0-only
#
# make coverage          which lines of EL2 the tests on the build machine run (scripts/coverage),
#                        then the nested ones
# make coverage-nested   the nested ones alone, by the TLB checker's plugin on the real image

.PHONY: coverage coverage-nested coverage-corpus coverage-programs
# scripts/coverage builds these with B and HOSTCC of its own.
coverage-corpus: $(filter $(FUZZ)/replay-%,$(foreach t,$(FUZZ_EL2),$(FUZZ)/replay-$(t))) \
	$(FUZZ_RANDOM)
# By one more make: UNIT_TESTS may still grow.
coverage-programs: coverage-corpus
	@$(MAKE) -s $(filter $(B)/tests/unit/%,$(UNIT_TESTS)) $(B)/tests/donation/donjon-donation

coverage:
	@scripts/coverage
	@$(MAKE) -s coverage-nested

coverage-nested: all
	$(Q)CROSS=$(CROSS) hyp/tests/coverage/coverage.sh
