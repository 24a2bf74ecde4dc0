# SPDX-License-Identifier: GPL-2.0-only
#
# donjon.ko for each kernel whose headers there are: build/driver/VERSION/donjon.ko. The sources are
# linked into the build folder, where the kernel's own build leaves its files.

DRIVER_FOLDERS := el2 mem irq kvm
DRIVER_TOP := $(wildcard hyp/driver/*.[ch]) hyp/driver/Kbuild
DRIVER_SRC := $(DRIVER_TOP) $(wildcard $(DRIVER_FOLDERS:%=hyp/driver/%/*.[chS]))
DRIVER_ABI := $(wildcard hyp/abi/*.h)

# The names of an image's functions, for its back traces.
$(B)/%/symbols.c: $(B)/%/el2.elf hyp/driver/el2/symbols.awk
	$(Q)$(CROSS)nm -n -S --defined-only $< | awk -f hyp/driver/el2/symbols.awk > $@.new
	@mv $@.new $@

# $(call DRIVER_RULE,FOLDER,KERNEL,IMAGE): FOLDER/donjon.ko for that kernel, with the image
# build/IMAGE/el2.bin in it
define DRIVER_RULE
$(1)/donjon.ko: $(DRIVER_SRC) $(DRIVER_ABI) hyp/driver/build.mk
$(1)/donjon.ko: $(B)/$(3)/symbols.c $(B)/$(3)/el2.bin
	@mkdir -p $(DRIVER_FOLDERS:%=$$(@D)/%)
	@ln -sfn $$(abspath hyp/abi) $$(@D)/abi
	@ln -sf $$(abspath $(DRIVER_TOP)) $$(@D)/
	@$(foreach f,$(DRIVER_FOLDERS),\
		ln -sf $$(abspath $$(filter hyp/driver/$(f)/%,$(DRIVER_SRC))) $$(@D)/$(f)/ &&) true
	@ln -sf $$(abspath $(B)/$(3)/symbols.c $(B)/$(3)/el2.bin) $$(@D)/el2/
	$(Q)+$$(MAKE) -s -C $$(KSRC_$(2)) O=$$(KDIR_$(2)) M=$$(abspath $$(@D)) \
		ARCH=arm64 CROSS_COMPILE=$$(CROSS) CONFIG_DEBUG_INFO_BTF_MODULES= modules
endef
$(foreach version,$(KERNELS),$(eval $(call DRIVER_RULE,$(B)/driver/$(version),$(version),el2)))
ALL += $(KERNELS:%=$(B)/driver/%/donjon.ko)

# With the debug image: build/driver-debug/VERSION/donjon.ko, in the nested host
# /lib/donjon/donjon-debug.ko.
define DRIVER_DEBUG_RULE
$(call DRIVER_RULE,$(B)/driver-debug/$(1),$(1),el2-debug)
ALL += $(B)/nested/$(1)/donjon-debug.ko
$(B)/nested/$(1)/donjon-debug.ko: $(B)/driver-debug/$(1)/donjon.ko
	@mkdir -p $$(@D)
	@cp $$< $$@
endef
$(foreach version,$(KERNELS),$(eval $(call DRIVER_DEBUG_RULE,$(version))))
