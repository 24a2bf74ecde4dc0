# SPDX-License-Identifier: GPL-2.0-only
#
# The checker of translation maintenance: build/tests/tlb/donjon-tlb.so, a plugin for QEMU, writes what EL2 does
# to tables, TLBs and caches; check.py holds it against the rules, counts.py counts it per operation, coverage.py maps
# executed instructions to lines.
#
# make counts [UPDATE=1]   the table of figures per operation, compared with hyp/tests/tlb/baseline.txt
# make coverage-nested     which lines of EL2 the nested tests run

TLB_PLUGIN := $(B)/tests/tlb/donjon-tlb.so
TLB_CFLAGS := -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wvla -Ihyp -Ihyp/el2/arch/aarch64
TLB_OBJS := $(patsubst %,$(B)/tests/tlb/%.o,plugin shadow stream)

ALL += $(TLB_PLUGIN)

$(TLB_PLUGIN): $(TLB_OBJS)
	$(Q)$(HOSTCC) -shared -pthread -o $@ $^

$(TLB_OBJS): $(B)/tests/tlb/%.o: hyp/tests/tlb/%.c hyp/tests/tlb/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(TLB_CFLAGS) -MMD -MP -c -o $@ $<

-include $(TLB_OBJS:.o=.d)

# What 'make counts' measures: a program for the nested host over the attacks' way to call EL2.
TLB_OPERATIONS := $(B)/nested/bin/donjon-operations
TLB_ATTACK := $(patsubst hyp/tests/attack/%.c,$(B)/tests/attack/%.o,\
	$(filter-out %/main.c,$(wildcard hyp/tests/attack/*.c)))
ALL += $(TLB_OPERATIONS)

$(TLB_OPERATIONS): $(B)/tests/tlb/operations.o $(TLB_ATTACK)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -static -pthread -o $@ $^ $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libfdt.a

$(B)/tests/tlb/operations.o: hyp/tests/tlb/operations.c hyp/tests/tlb/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(ATTACK_CFLAGS) -MMD -MP -c -o $@ $<

-include $(B)/tests/tlb/operations.d

.PHONY: counts
counts: all
	$(Q)CROSS=$(CROSS) hyp/tests/tlb/counts.sh $(if $(filter-out 0,$(UPDATE)),--update)

.PHONY: coverage-nested
coverage-nested: all
	$(Q)CROSS=$(CROSS) hyp/tests/tlb/coverage.sh
