# SPDX-License-Identifier: GPL-2.0-only
#
# make counts [UPDATE=1]   the table of figures per operation, compared with hyp/tests/counts/baseline.txt
#
# build/nested/bin/donjon-counts is a program for the nested host over the attacks' way to call EL2; the TLB checker's
# plugin watches it, and counts.py counts.

COUNTS_PROGRAM := $(B)/nested/bin/donjon-counts
COUNTS_ATTACK := $(filter-out %/main.o,$(ATTACK_OBJECTS))
ALL += $(COUNTS_PROGRAM)

$(COUNTS_PROGRAM): $(B)/tests/counts/operations.o $(COUNTS_ATTACK)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -static -pthread -o $@ $^ $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libfdt.a

$(B)/tests/counts/operations.o: hyp/tests/counts/operations.c hyp/tests/counts/build.mk hyp/tests/attack/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(ATTACK_CFLAGS) -MMD -MP -c -o $@ $<

-include $(B)/tests/counts/operations.d

.PHONY: counts
counts: all
	$(Q)CROSS=$(CROSS) hyp/tests/counts/counts.sh $(if $(filter-out 0,$(UPDATE)),--update)
