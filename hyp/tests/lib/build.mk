# SPDX-License-Identifier: GPL-2.0-only
#
# What the programs for the nested host have in common: TAP, VMs by KVM's documented calls, the
# client's side of donjon_attack.ko, VMs by calls to EL2 alone, a running VMM seen from outside.
# hyp/tests/{attack,stress,counts,kvm,donation,life} link what they use.

NESTED_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef \
	-Wvla -Wno-unused-parameter -D_GNU_SOURCE -pthread -Ihyp -Iguest -Ihyp/tests/lib \
	-Ihyp/tests/attack \
	-isystem $(ARM64_ROOT)/usr/include -isystem $(ARM64_ROOT)/usr/include/aarch64-linux-gnu
NESTED_LIBS := $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libfdt.a
NESTED_LIB := $(patsubst hyp/%.c,$(B)/%.o,$(wildcard hyp/tests/lib/*.c))

# $(call nested_program,NAME,SOURCES): build/nested/bin/NAME
define nested_program
ALL += $$(B)/nested/bin/$(1)
$$(B)/nested/bin/$(1): $$(patsubst hyp/%,$$(B)/%.o,$$(basename $(2))) $$(NESTED_LIB)
	@mkdir -p $$(@D)
	$$(Q)$$(CROSS)gcc -static -pthread -o $$@ $$^ $$(NESTED_LIBS)
-include $$(patsubst hyp/%,$$(B)/%.d,$$(basename $(2)))
endef

NESTED_FOLDERS := $(addprefix tests/,lib attack stress counts kvm kexec life)
$(foreach f,$(NESTED_FOLDERS),$(eval $$(B)/$(f)/%.o: hyp/$(f)/%.c hyp/tests/lib/build.mk; \
	@mkdir -p $$(@D); $(if $(Q),,set -x;) $$(CROSS)gcc $$(NESTED_CFLAGS) -MMD -MP -c -o $$@ \
	$$<))
$(B)/tests/kvm/%.o: hyp/tests/kvm/%.S hyp/tests/lib/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -c -o $@ $<
-include $(NESTED_LIB:.o=.d)
