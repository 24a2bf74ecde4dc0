# SPDX-License-Identifier: GPL-2.0-only
# Small tools for the nested host; scripts/host puts all of build/nested/bin into its /bin.

ALL += $(B)/nested/bin/setuidgid

$(B)/nested/bin/%: scripts/nested/%.c scripts/build.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -std=c11 -O2 -Wall -Wextra -Werror -static -o $@ $<
