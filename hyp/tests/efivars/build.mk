# SPDX-License-Identifier: GPL-2.0-only
#
# build/nested/KERNEL/donjon_efivars.ko, the variables of a firmware that heeds the memory overwrite
# request, for hyp/tests/nested/driver-overwrite.sh: Debian's UEFI for QEMU refuses that variable.

EFIVARS_SRC := $(addprefix hyp/tests/efivars/,donjon_efivars.c Kbuild)

define EFIVARS_MODULE
ALL += $(B)/nested/$(1)/donjon_efivars.ko
$(B)/nested/$(1)/donjon_efivars.ko: $(EFIVARS_SRC) hyp/tests/efivars/build.mk
	@mkdir -p $$(@D) $(B)/tests/efivars-$(1)
	@ln -sf $$(abspath $(EFIVARS_SRC)) $(B)/tests/efivars-$(1)/
	+$$(Q)$$(MAKE) -s -C $$(KSRC_$(1)) O=$$(KDIR_$(1)) M=$$(abspath $(B)/tests/efivars-$(1)) \
		ARCH=arm64 CROSS_COMPILE=$$(CROSS) CONFIG_DEBUG_INFO_BTF_MODULES= modules
	$$(Q)cp $(B)/tests/efivars-$(1)/donjon_efivars.ko $$@
endef
$(foreach version,$(KERNELS),$(eval $(call EFIVARS_MODULE,$(version))))
