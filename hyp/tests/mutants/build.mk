# SPDX-License-Identifier: GPL-2.0-only
#
# Mutants: hyp/tests/mutants/*.patch, each a bug that a person could make in hyp/el2. `make mutants`
# applies one after the other to a copy of the sources and says which layer of tests notices.
#
#   make mutants [ONLY='c3-*'] [LAYERS='unit tlb'] [JOBS=2] [QUICK=1] [RESUME=1]
#
# QUICK asks the layers first that are expected to see the mutant; RESUME leaves out those that an
# earlier run has killed.

.PHONY: mutants unit-test-programs
mutants:
	@hyp/tests/mutants/run --only '$(or $(ONLY),*)' $(if $(LAYERS),--layers '$(LAYERS)') \
		--jobs $(or $(JOBS),1) $(if $(QUICK),--quick) $(if $(RESUME),--resume)

# For hyp/tests/mutants/run: it stops at the first program that fails.
unit-test-programs:
	@echo $(UNIT_TESTS)

# Each patch still applies: a program like the unit tests, so that a change of hyp/el2 that leaves
# one behind is seen.
UNIT_TESTS += hyp/tests/mutants/check
