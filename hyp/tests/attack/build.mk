# SPDX-License-Identifier: GPL-2.0-only
#
# Attacks on a running Donjon: build/nested/bin/donjon-attack, a static arm64 program, and
# build/nested/KERNEL/donjon_attack.ko, the test-only module that it uses. hyp/tests/nested/*.sh run them.

ATTACK_SRC := $(wildcard hyp/tests/attack/*.c)
ATTACK_OBJECTS := $(patsubst hyp/tests/attack/%.c,$(B)/tests/attack/%.o,$(ATTACK_SRC))
ATTACK_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef \
	-Wvla -D_GNU_SOURCE -pthread -Ihyp -Iguest \
	-isystem $(ARM64_ROOT)/usr/include -isystem $(ARM64_ROOT)/usr/include/aarch64-linux-gnu

ALL += $(B)/nested/bin/donjon-attack

$(B)/nested/bin/donjon-attack: $(ATTACK_OBJECTS)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -static -pthread -o $@ $^ $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libfdt.a

$(B)/tests/attack/%.o: hyp/tests/attack/%.c hyp/tests/attack/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(ATTACK_CFLAGS) -MMD -MP -c -o $@ $<

-include $(ATTACK_OBJECTS:.o=.d)

ATTACK_MODULE_SRC := $(addprefix hyp/tests/attack/,attack.h module/main.c module/call.S module/Kbuild)

define ATTACK_MODULE
ALL += $(B)/nested/$(1)/donjon_attack.ko
$(B)/nested/$(1)/donjon_attack.ko: $(ATTACK_MODULE_SRC) hyp/tests/attack/build.mk
	@mkdir -p $$(@D) $(B)/tests/attack/module-$(1)
	@ln -sf $$(abspath $(ATTACK_MODULE_SRC)) $(B)/tests/attack/module-$(1)/
	+$$(Q)$$(MAKE) -s -C $$(KSRC_$(1)) O=$$(KDIR_$(1)) M=$$(abspath $(B)/tests/attack/module-$(1)) ARCH=arm64 \
		CROSS_COMPILE=$$(CROSS) CONFIG_DEBUG_INFO_BTF_MODULES= modules
	$$(Q)cp $(B)/tests/attack/module-$(1)/donjon_attack.ko $$@
endef
$(foreach version,$(KERNELS),$(eval $(call ATTACK_MODULE,$(version))))
