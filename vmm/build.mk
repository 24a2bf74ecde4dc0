# SPDX-License-Identifier: GPL-2.0-only
# The VMM: build/vmm/donjon, a static arm64 program, and its unit tests, which run on the build
# machine.

VMM_VERSION := 0.1
# What needs no arm64 header, and so is tested on the build machine.
VMM_VIRTIO := $(addprefix virtio/,chain device devices memory mmio notify queue rng worker)
VMM_PURE := bus disk exit fault kvm memlock ram \
	$(addprefix boot/,boot cmdline fdt gunzip image swiotlb) \
	$(addprefix config/,completion config section settings suggest) \
	$(addprefix console/,console loop stop terminal) \
	$(addprefix device/,pl011 pl031 uart uart8250) \
	$(addprefix protect/,common donjon none pkvm protect) \
	$(addprefix util/,holder log pidfile rate thread) \
	$(VMM_VIRTIO) virtio/blk virtio/console
VMM_ARM64 := boot/dtb devices gic machine main vcpu vm
VMM_WARNINGS := -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wdeclaration-after-statement -Wundef -Wformat=2 -Wvla
VMM_CFLAGS := -std=gnu11 -O2 -g $(VMM_WARNINGS) -D_GNU_SOURCE \
	-DDONJON_VERSION='"$(VMM_VERSION)"' -pthread
# Kernel headers, libfdt and inih; the C library's headers are the cross compiler's own.
VMM_INCLUDE := -isystem $(ARM64_ROOT)/usr/include \
	-isystem $(ARM64_ROOT)/usr/include/aarch64-linux-gnu
VMM_LIBS := $(patsubst %,$(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/lib%.a,fdt inih z)
# For programs of the build machine that hold VMM_PURE.
VMM_HOST_LIBS := -lfdt -linih -lz -lutil
VMM_OBJECTS := $(patsubst %,$(B)/vmm/obj/%.o,$(VMM_PURE) $(VMM_ARM64))

ALL += $(B)/vmm/donjon

# A stock kernel as a guest, for tests/nested/linux-guest.sh.
VMM_LINUX := $(firstword $(wildcard $(KDIR_6.12)/../../../boot/vmlinuz-*))
ifneq ($(VMM_LINUX),)
ALL += $(B)/tests/linux-image
$(B)/tests/linux-image: $(VMM_LINUX)
	@mkdir -p $(@D)
	$(Q)ln -sf $(abspath $<) $@
endif

$(B)/vmm/donjon: $(VMM_OBJECTS)
	$(Q)$(CROSS)gcc -static -pthread -o $@ $(VMM_OBJECTS) $(VMM_LIBS)

$(B)/vmm/obj/%.o: vmm/%.c vmm/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(VMM_CFLAGS) $(VMM_INCLUDE) -MMD -MP -c -o $@ $<

-include $(VMM_OBJECTS:.o=.d)

# One program for each vmm/tests/unit/NAME.c, with the sources under test, built for this machine
# with sanitizers.
VMM_TEST_NAMES := $(notdir $(basename $(wildcard vmm/tests/unit/test_*.c)))
VMM_TESTS := $(addprefix $(B)/tests/vmm/,$(VMM_TEST_NAMES))
VMM_TEST_CFLAGS := -std=gnu11 -O1 -g $(VMM_WARNINGS) -D_GNU_SOURCE -pthread \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-DSOURCE_ROOT='"$(CURDIR)"'
# The same kernel headers as the VMM's, which are newer than the build machine's may be.
VMM_TEST_INCLUDE := -isystem $(ARM64_ROOT)/usr/include \
	-isystem $(ARM64_ROOT)/usr/include/$(shell $(HOSTCC) -print-multiarch)
VMM_TEST_OBJECTS := $(patsubst %,$(B)/tests/vmm/obj/%.o,$(VMM_PURE) tests/unit/driver \
	tests/unit/support)

UNIT_TESTS += $(VMM_TESTS)

$(VMM_TESTS): $(B)/tests/vmm/%: $(B)/tests/vmm/obj/tests/unit/%.o $(VMM_TEST_OBJECTS)
	$(Q)$(HOSTCC) -fsanitize=address,undefined -pthread -o $@ $^ -lcmocka $(VMM_HOST_LIBS)

$(B)/tests/vmm/obj/%.o: vmm/%.c vmm/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(VMM_TEST_CFLAGS) $(VMM_TEST_INCLUDE) -MMD -MP -c -o $@ $<

-include $(VMM_TEST_OBJECTS:.o=.d) $(patsubst %,$(B)/tests/vmm/obj/tests/unit/%.d,$(VMM_TEST_NAMES))

# The tests of the virtio devices' threads once more, with a sanitizer that detects data races. It
# does not support fences, which gcc warns of.
VMM_RACES := $(B)/tests/vmm/races_virtio
VMM_RACES_SOURCES := $(patsubst %,vmm/%.c,$(VMM_VIRTIO) bus console/terminal fault kvm \
	$(addprefix util/,log rate thread) $(addprefix tests/unit/,driver support test_virtio_work))
UNIT_TESTS += $(VMM_RACES)

$(VMM_RACES): $(VMM_RACES_SOURCES) $(wildcard vmm/*.h vmm/*/*.h vmm/tests/unit/*.h) vmm/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(filter-out -fsanitize%,$(VMM_TEST_CFLAGS)) -fsanitize=thread -Wno-tsan \
		-DWITHOUT_SLOW_TESTS $(VMM_TEST_INCLUDE) -o $@ $(VMM_RACES_SOURCES) -lcmocka -lfdt
