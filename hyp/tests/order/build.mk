# SPDX-License-Identifier: GPL-2.0-only
#
# The checker of translation maintenance: build/tests/order/donjon-order.so, a plugin for QEMU, writes what EL2 does to tables, TLBs and
# caches; check.py holds it against the rules, counts.py counts it per operation, coverage.py maps executed instructions to lines.
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
