# SPDX-License-Identifier: GPL-2.0-only
# Unit tests of parts of the driver on the build machine. A test includes kernel.h in the place of
# the kernel's headers, or defines what it needs, and then the unchanged source but for its #include
# lines, NAME.inc. ACPI's tables are those of the kernel's own headers.

DRIVER_TESTS := $(addprefix $(B)/tests/driver/test_,pool cores firmware machine_acpi machine_of)
UNIT_TESTS += $(DRIVER_TESTS)

$(B)/tests/driver/%.inc: hyp/driver/el2/%.c
	@mkdir -p $(@D)
	$(Q)(echo '#line 1 "$<"'; sed 's/^#include.*//' $<) > $@

$(DRIVER_TESTS): $(B)/tests/driver/test_%: hyp/tests/driver/test_%.c \
	$(wildcard hyp/tests/driver/*.h hyp/abi/*.h) hyp/driver/el2/machine.h \
	hyp/tests/driver/build.mk \
	$(B)/tests/driver/%.inc
	$(Q)$(HOSTCC) -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-unused-parameter \
		-fsanitize=address,undefined -fno-sanitize-recover=all -Ihyp -Ihyp/driver \
		-Ihyp/tests/driver -I$(B)/tests/driver -idirafter $(KSRC_6.12)/include -o $@ $< \
		-lcmocka
