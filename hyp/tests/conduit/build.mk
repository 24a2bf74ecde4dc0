# SPDX-License-Identifier: GPL-2.0-only
#
# build/nested/KERNEL/donjon_conduit.ko, a device tree that says that PSCI is by HVC, for
# hyp/tests/nested/takeover-psci-by-hvc.sh: QEMU writes that node itself, whatever --dts says.

CONDUIT_SRC := $(addprefix hyp/tests/conduit/,donjon_conduit.c Kbuild)

define CONDUIT_MODULE
ALL += $(B)/nested/$(1)/donjon_conduit.ko
$(B)/nested/$(1)/donjon_conduit.ko: $(CONDUIT_SRC) hyp/tests/conduit/build.mk
	@mkdir -p $$(@D) $(B)/tests/conduit-$(1)
	@ln -sf $$(abspath $(CONDUIT_SRC)) $(B)/tests/conduit-$(1)/
	+$$(Q)$$(MAKE) -s -C $$(KSRC_$(1)) O=$$(KDIR_$(1)) M=$$(abspath $(B)/tests/conduit-$(1)) \
		ARCH=arm64 CROSS_COMPILE=$$(CROSS) CONFIG_DEBUG_INFO_BTF_MODULES= modules
	$$(Q)cp $(B)/tests/conduit-$(1)/donjon_conduit.ko $$@
endef
$(foreach version,$(KERNELS),$(eval $(call CONDUIT_MODULE,$(version))))
