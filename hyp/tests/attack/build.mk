# SPDX-License-Identifier: GPL-2.0-only
#
# Attacks on a running Donjon: build/nested/bin/donjon-attack, a static arm64 program, and
# build/nested/KERNEL/donjon_attack.ko, the test-only module that it uses. hyp/tests/nested/*.sh run
# them.

$(eval $(call nested_program,donjon-attack,$(wildcard hyp/tests/attack/*.c hyp/tests/stress/*.c)))

ATTACK_MODULE_SRC := $(addprefix hyp/tests/attack/,attack.h module/main.c module/impdef.c \
	module/impdef.h module/registers.c module/registers.h module/registers_stubs.S \
	module/touch.c module/touch.h module/walk.c module/walk.h \
	module/walk_access.S module/call.S module/Kbuild) hyp/driver/compat.h

define ATTACK_MODULE
ALL += $(B)/nested/$(1)/donjon_attack.ko
$(B)/nested/$(1)/donjon_attack.ko: $(ATTACK_MODULE_SRC) hyp/tests/attack/build.mk
	@mkdir -p $$(@D) $(B)/tests/attack/module-$(1)
	@ln -sf $$(abspath $(ATTACK_MODULE_SRC)) $(B)/tests/attack/module-$(1)/
	+$$(Q)$$(MAKE) -s -C $$(KSRC_$(1)) O=$$(KDIR_$(1)) M=$$(abspath \
		$(B)/tests/attack/module-$(1)) ARCH=arm64 \
		CROSS_COMPILE=$$(CROSS) CONFIG_DEBUG_INFO_BTF_MODULES= modules
	$$(Q)cp $(B)/tests/attack/module-$(1)/donjon_attack.ko $$@
endef
$(foreach version,$(KERNELS),$(eval $(call ATTACK_MODULE,$(version))))
