# SPDX-License-Identifier: GPL-2.0-only
#
# The checker of translation maintenance: build/tests/tlb/donjon-tlb.so, a plugin for QEMU, writes
# what EL2 does to tables, TLBs and caches; check.py holds it against the rules. hyp/tests/counts
# and hyp/tests/coverage use it too.

TLB_PLUGIN := $(B)/tests/tlb/donjon-tlb.so
TLB_CFLAGS := -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra -Werror -Wshadow \
	-Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wvla -Ihyp -Ihyp/el2/arch/aarch64
TLB_OBJS := $(patsubst %,$(B)/tests/tlb/%.o,plugin shadow stream)

ALL += $(TLB_PLUGIN)

$(TLB_PLUGIN): $(TLB_OBJS)
	$(Q)$(HOSTCC) -shared -pthread -o $@ $^

$(TLB_OBJS): $(B)/tests/tlb/%.o: hyp/tests/tlb/%.c hyp/tests/tlb/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(TLB_CFLAGS) -MMD -MP -c -o $@ $<

-include $(TLB_OBJS:.o=.d)
