# SPDX-License-Identifier: GPL-2.0-only
#
# The checker of translation maintenance: build/tests/order/donjon-order.so, a plugin for QEMU, writes what EL2 does
# to tables, TLBs and caches; check.py holds it against the rules, counts.py counts it per operation, coverage.py maps
# executed instructions to lines.
#
# make counts [UPDATE=1]   the table of figures per operation, compared with hyp/tests/order/baseline.txt
# make coverage-nested     which lines of EL2 the nested tests run

ORDER_PLUGIN := $(B)/tests/order/donjon-order.so
ORDER_CFLAGS := -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wvla -Ihyp -Ihyp/el2/arch/aarch64
ORDER_OBJS := $(patsubst %,$(B)/tests/order/%.o,plugin shadow stream)

ALL += $(ORDER_PLUGIN)

$(ORDER_PLUGIN): $(ORDER_OBJS)
	$(Q)$(HOSTCC) -shared -pthread -o $@ $^

$(ORDER_OBJS): $(B)/tests/order/%.o: hyp/tests/order/%.c hyp/tests/order/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(ORDER_CFLAGS) -MMD -MP -c -o $@ $<

-include $(ORDER_OBJS:.o=.d)

# What 'make counts' measures: a program for the nested host over the attacks' way to call EL2.
ORDER_OPERATIONS := $(B)/nested/bin/donjon-operations
ORDER_ATTACK := $(patsubst hyp/tests/attack/%.c,$(B)/tests/attack/%.o,\
	$(filter-out %/main.c,$(wildcard hyp/tests/attack/*.c)))
ALL += $(ORDER_OPERATIONS)

$(ORDER_OPERATIONS): $(B)/tests/order/operations.o $(ORDER_ATTACK)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -static -pthread -o $@ $^ $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libfdt.a

$(B)/tests/order/operations.o: hyp/tests/order/operations.c hyp/tests/order/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(ATTACK_CFLAGS) -MMD -MP -c -o $@ $<

-include $(B)/tests/order/operations.d

.PHONY: counts
counts: all
	$(Q)CROSS=$(CROSS) hyp/tests/order/counts.sh $(if $(filter-out 0,$(UPDATE)),--update)

.PHONY: coverage-nested
coverage-nested: all
	$(Q)CROSS=$(CROSS) hyp/tests/order/coverage.sh
