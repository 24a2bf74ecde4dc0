# SPDX-License-Identifier: GPL-2.0-only
# Guest payloads: build/guest/NAME.bin, flat binaries with an arm64 Image header (NAME.elf has the
# symbols).

GUEST_PAYLOADS := hello faults share secret bench smp rsi stress virtqueue sweep
GUEST_LINK_BASE := 0x40000000

GUEST_LIB := $(patsubst %,lib/%.o,start vectors probe trap mmu gic hyp rsi page guest console \
	format string args fdt)
GUEST_OBJS_hello := hello.o
GUEST_OBJS_faults := faults/faults.o faults/memory.o faults/registers.o
GUEST_OBJS_share := share/share.o share/bulk.o share/guard.o share/wait.o
GUEST_OBJS_secret := secret/secret.o secret/hold.o
GUEST_OBJS_bench := bench.o
GUEST_OBJS_smp := smp.o
GUEST_OBJS_stress := stress/stress.o stress/interrupts.o stress/pages.o
GUEST_OBJS_virtqueue := $(patsubst %,virtqueue/%.o,main transport queues blocks registers)
GUEST_OBJS_sweep := sweep/sweep.o sweep/lists.o
GUEST_OBJS_rsi := rsi/rsi.o rsi/arguments.o rsi/states.o rsi/wait.o

# -fPIE with hidden symbols: addresses are PC-relative and need no GOT. The C code uses no FP or
# SIMD register, so that `secret` can keep its pattern in them. -mstrict-align: with the MMU off all
# memory is Device.
GUEST_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fPIE -fvisibility=hidden -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-common \
	-march=armv8-a -mgeneral-regs-only -mno-outline-atomics -mstrict-align \
	-mbranch-protection=none -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
	-Wshadow -Wundef -Wvla -Ihyp -Iguest -DGUEST_LINK_BASE=$(GUEST_LINK_BASE)UL
GUEST_ASFLAGS := -g -march=armv8-a -Ihyp -Iguest -DGUEST_LINK_BASE=$(GUEST_LINK_BASE)
GUEST_LDFLAGS := -pie --no-dynamic-linker -nostdlib --build-id=none -z noexecstack -z norelro \
	--no-warn-rwx-segments --fatal-warnings --defsym=GUEST_LINK_BASE=$(GUEST_LINK_BASE) \
	-T guest/lib/guest.lds

ALL += $(patsubst %,$(B)/guest/%.bin,$(GUEST_PAYLOADS))

$(B)/guest/%.o: guest/%.c guest/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/guest/%.o: guest/%.S guest/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(GUEST_ASFLAGS) -MMD -MP -c -o $@ $<

define GUEST_PAYLOAD
$(B)/guest/$(1).elf: $(patsubst %,$(B)/guest/%,$(GUEST_LIB) $(GUEST_OBJS_$(1))) guest/lib/guest.lds
	$(Q)$(CROSS)ld $(GUEST_LDFLAGS) -o $$@ $$(filter %.o,$$^)
-include $(patsubst %.o,$(B)/guest/%.d,$(GUEST_LIB) $(GUEST_OBJS_$(1)))
endef
$(foreach p,$(GUEST_PAYLOADS),$(eval $(call GUEST_PAYLOAD,$(p))))

$(B)/guest/%.bin: $(B)/guest/%.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

# The parts that don't touch the machine, on the build machine.
GUEST_TEST_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-format-nonliteral \
	-fsanitize=address,undefined -fno-sanitize-recover=all -Ihyp -Iguest
GUEST_TEST_RENAME := $(foreach f,memset memcpy memmove memcmp strlen strnlen \
	strcmp,-D$(f)=guest_$(f))
GUEST_TEST_LIB := $(patsubst %,$(B)/guest/tests/%.o,fdt args format string)
GUEST_BINS := $(patsubst %,$(B)/guest/%.bin,$(GUEST_PAYLOADS))

UNIT_TESTS += $(B)/tests/guest-lib $(B)/tests/guest-images

$(GUEST_TEST_LIB): $(B)/guest/tests/%.o: guest/lib/%.c guest/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(GUEST_TEST_CFLAGS) $(if $(filter string,$*),$(GUEST_TEST_RENAME) \
		-fno-builtin) \
		-MMD -MP -c -o $@ $<

$(B)/tests/guest-lib: guest/tests/lib_test.c $(GUEST_TEST_LIB)
	@mkdir -p $(@D) $(B)/guest/tests
	$(Q)$(HOSTCC) $(GUEST_TEST_CFLAGS) -MMD -MP -MF $(B)/guest/tests/lib_test.d -o $@ \
		$(filter %.c %.o,$^) -lcmocka -lfdt

$(B)/tests/guest-images: guest/tests/image_test.c $(GUEST_BINS)
	@mkdir -p $(@D) $(B)/guest/tests
	$(Q)$(HOSTCC) $(GUEST_TEST_CFLAGS) \
		'-DIMAGES=$(foreach b,$(GUEST_BINS),"$(abspath $(b))",)' \
		-MMD -MP -MF $(B)/guest/tests/image_test.d -o $@ $< -lcmocka

-include $(GUEST_TEST_LIB:.o=.d) $(B)/guest/tests/lib_test.d $(B)/guest/tests/image_test.d

# Linux guests: Debian's kernels as they are, an initramfs for each, and a disk.
GUEST_LINUX := $(foreach s,6.12 7.3,$(if $(wildcard $(B)/deps/linux-$(s)/boot/vmlinuz-*),$(s)))
ALL += $(foreach s,$(GUEST_LINUX),$(B)/guest/linux-$(s) $(B)/guest/linux-$(s).cpio) \
	$(B)/guest/disk.img

define GUEST_KERNEL
$(B)/guest/linux-$(1): $(firstword $(wildcard $(B)/deps/linux-$(1)/boot/vmlinuz-*))
	@mkdir -p $$(@D)
	$$(Q)ln -sf $$(abspath $$<) $$@

$(B)/guest/linux-$(1).cpio: guest/linux/init scripts/guest-initramfs scripts/lib/modules.sh \
	$(B)/deps/linux-$(1)/version
	$$(Q)scripts/guest-initramfs $(1) $$@
endef
$(foreach s,$(GUEST_LINUX),$(eval $(call GUEST_KERNEL,$(s))))

$(B)/guest/disk.img: scripts/demo-disk
	@mkdir -p $(@D)
	$(Q)scripts/demo-disk $@
