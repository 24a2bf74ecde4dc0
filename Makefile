# SPDX-License-Identifier: GPL-2.0-only
#
# make          builds everything, after getting what is missing (scripts/setup)
# make help     says what else there is
#
# Each part brings a build.mk that adds its products to ALL, its tests for the build machine to
# UNIT_TESTS, and uses the variables of build/setup.mk: CROSS, HOSTCC, QEMU, ARM64_ROOT, KERNELS,
# KDIR_<series>, KSRC_<series>; and for the goals that test, of build/setup-tests.mk: CLANG, CBMC.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

B := build
CONFIG ?= configs/hello.ini
KERNEL ?= 6.12
ALL :=
UNIT_TESTS :=
# make V=1 shows the commands.
Q := $(if $(filter-out 0,$(V)),,@)

# These need nothing installed.
PLAIN_GOALS := clean distclean help
# These want clang and CBMC as well.
TEST_GOALS := test unit-tests donation fuzz proofs proofs-quick counts mutants coverage \
	coverage-nested
ifneq ($(filter-out $(PLAIN_GOALS),$(or $(MAKECMDGOALS),all)),)
# make reads these files first of all, and has scripts/setup make them when they are missing or
# older than what it gets.
include $(B)/setup.mk
ifneq ($(filter $(TEST_GOALS),$(MAKECMDGOALS)),)
SETUP_TESTS := --tests
include $(B)/setup-tests.mk
endif
# And these other kernels.
ifneq ($(filter matrix,$(MAKECMDGOALS))$(filter 6.12-rt 6.12-cloud,$(KERNEL)),)
include $(B)/setup-matrix.mk
endif
ifneq ($(wildcard $(B)/setup.mk),)
include scripts/build.mk
-include vmm/build.mk guest/build.mk hyp/el2/build.mk hyp/driver/build.mk hyp/tests/build.mk
endif
endif

$(B)/setup.mk: scripts/setup scripts/lib/apt.sh scripts/lib/unpack.sh scripts/lib/common.sh
	@scripts/setup $(SETUP_TESTS)

$(B)/setup-tests.mk: $(B)/setup.mk
	@scripts/setup --tests

$(B)/setup-matrix.mk: $(B)/setup.mk
	@scripts/setup --matrix

.PHONY: all setup run shell test unit-tests sweep matrix stress check-style clean distclean help
all: $(ALL)

setup: $(B)/setup.mk

# Said before anything is built. KERNELS is empty as long as nothing is set up.
ifneq ($(and $(filter run shell,$(MAKECMDGOALS)),$(KERNELS)),)
ifneq ($(words $(KERNEL))/$(filter $(KERNEL),$(KERNELS)),1/$(KERNEL))
$(error KERNEL=$(KERNEL): the module is built for $(KERNELS) and, on demand, 6.12-rt and 6.12-cloud)
endif
endif
ifneq ($(and $(filter run,$(MAKECMDGOALS)),$(KERNELS)),)
ifeq ($(wildcard $(CONFIG)),)
$(error CONFIG=$(CONFIG): there is no such file; there are: $(wildcard configs/*.ini))
endif
endif

run: all
	$(Q)scripts/host --kernel "$(KERNEL)" --config "$(CONFIG)" -- sh scripts/demo.sh "$(CONFIG)"

shell: all
	$(Q)scripts/host --kernel "$(KERNEL)" --timeout 0 -- sh

unit-tests: $(UNIT_TESTS)
	@scripts/test --unit $(UNIT_TESTS)

test: all $(UNIT_TESTS)
	@scripts/test $(UNIT_TESTS)

# The CPU models of QEMU that Donjon is tested on.
SWEEP_CPUS ?= cortex-a53 cortex-a55 cortex-a57 cortex-a72 cortex-a76 cortex-a710 neoverse-n1 \
	neoverse-n2 neoverse-v1 a64fx max max,sve=off max,pauth=off max,lpa2=off

sweep: all
	@SWEEP_CPUS='$(SWEEP_CPUS)' scripts/test --only scripts/tests/sweep.sh

# Hosts that Donjon is tested on, each with the same steps (scripts/matrix --help).
HOSTS ?=
matrix: all
	@scripts/matrix $(HOSTS)

# The debug image compares all tables with the specification at one of SPEC_EVERY locks of the
# ledger: at each, 200,000 calls would take most of a day.
CALLS ?= 200000
stress: SPEC_EVERY := 16
stress: all
	@scripts/host --kernel "$(KERNEL)" --mem 512M --module no --timeout 0 -- \
		sh hyp/tests/nested/spec-stress.sh $(CALLS)

check-style:
	@scripts/check-style

clean:
	$(Q)find $(B) -mindepth 1 -maxdepth 1 ! -name deps ! -name apt ! -name 'setup*.mk' \
		! -name '.setup.lock' \
		-exec rm -rf {} + 2>/dev/null || true

distclean:
	$(Q)rm -rf $(B)

help:
	@echo 'make                          build everything (scripts/setup gets what is missing)'
	@echo 'make run [CONFIG=FILE.ini]    boot a stock Debian host, take EL2, run a guest'
	@echo '                              ($(CONFIG))'
	@echo 'make shell                    a prompt in the nested host'
	@echo 'make test                     unit tests, then the tests in the nested host'
	@echo 'make unit-tests               only the tests that run on this machine'
	@echo 'make donation                 the donation scripts, on this machine'
	@echo 'make proofs [ONLY=NAME]       model checking of the ledger (proofs-quick: some)'
	@echo 'make fuzz [TIME=60]           fuzzing, TIME seconds for each target [ONLY=NAME]'
	@echo 'make counts [UPDATE=1]        instructions, TLBIs and stores of each operation'
	@echo 'make mutants [ONLY=PATTERN]   mutation testing: which layer of tests kills each'
	@echo 'make coverage                 lines of EL2 run by the tests'
	@echo 'make sweep                    no register leaks between guests, on each CPU model'
	@echo 'make matrix [HOSTS="NAME..."] guests and driver tests on all hosts, for hours'
	@echo 'make stress [CALLS=200000]    calls at random beside the specification, for an hour'
	@echo 'make check-style              lengths, white space, wording, shellcheck'
	@echo 'make clean                    remove what was built (distclean: packages, too)'
	@echo 'Variables: KERNEL=6.1|6.12|7.3|6.12-rt|6.12-cloud (run, shell)'
	@echo 'V=1                           shows the commands'
	@echo 'DONJON_TIME_SCALE=N           longer time limits for tests on a slow machine'
	@echo 'scripts/host --help           run any command in the nested host'
