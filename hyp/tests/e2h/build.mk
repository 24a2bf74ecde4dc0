# SPDX-License-Identifier: GPL-2.0-only
#
# build/nested/KERNEL/donjon_e2h.ko: makes the CPUs like ones that have only the VHE form of EL2,
# for hyp/tests/nested/takeover-e2h.sh.

E2H_SRC := $(addprefix hyp/tests/e2h/,donjon_e2h.c Kbuild)

define E2H_MODULE
ALL += $(B)/nested/$(1)/donjon_e2h.ko
$(B)/nested/$(1)/donjon_e2h.ko: $(E2H_SRC) hyp/tests/e2h/build.mk
	@mkdir -p $$(@D) $(B)/tests/e2h-$(1)
	@ln -sf $$(abspath $(E2H_SRC)) $(B)/tests/e2h-$(1)/
	+$$(Q)$$(MAKE) -s -C $$(KSRC_$(1)) O=$$(KDIR_$(1)) M=$$(abspath $(B)/tests/e2h-$(1)) \
		ARCH=arm64 CROSS_COMPILE=$$(CROSS) CONFIG_DEBUG_INFO_BTF_MODULES= modules
	$$(Q)cp $(B)/tests/e2h-$(1)/donjon_e2h.ko $$@
endef
$(foreach version,$(KERNELS),$(eval $(call E2H_MODULE,$(version))))
