# SPDX-License-Identifier: GPL-2.0-only
#
# donjon.ko for each kernel whose headers there are: build/driver/VERSION/donjon.ko. The sources are
# linked into the build folder, where
# the kernel's own build leaves its files.

DRIVER_SRC := $(wildcard hyp/driver/*.c hyp/driver/*.h hyp/driver/*.S hyp/driver/Kbuild)
DRIVER_ABI := $(wildcard hyp/abi/*.h)

$(B)/driver/symbols.c: $(B)/el2/el2.elf hyp/driver/symbols.awk
	@mkdir -p $(@D)
	$(Q)$(CROSS)nm -n -S --defined-only $< | awk -f hyp/driver/symbols.awk > $@.new
	@mv $@.new $@

define DRIVER_RULE
ALL += $(B)/driver/$(1)/donjon.ko
$(B)/driver/$(1)/donjon.ko: $(DRIVER_SRC) $(DRIVER_ABI) $(B)/driver/symbols.c $(B)/el2/el2.bin hyp/driver/build.mk
	@mkdir -p $$(@D)
	@ln -sfn $$(abspath hyp/abi) $$(@D)/abi
	@ln -sf $$(abspath $(DRIVER_SRC) $(B)/driver/symbols.c $(B)/el2/el2.bin) $$(@D)/
	+$$(MAKE) -s -C $$(KSRC_$(1)) O=$$(KDIR_$(1)) M=$$(abspath $$(@D)) ARCH=arm64 CROSS_COMPILE=$$(CROSS) \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules
endef
$(foreach version,$(KERNELS),$(eval $(call DRIVER_RULE,$(version))))

# A client of the KVM calls, for the nested host.
ALL += $(B)/nested/bin/kvm-api-test
$(B)/nested/bin/kvm-api-test: hyp/driver/tests/kvm_api.c hyp/driver/tests/guest.S
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -static -pthread -o $@ $^
