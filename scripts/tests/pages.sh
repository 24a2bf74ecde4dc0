#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module is not built for a kernel whose pages are not of 4 KiB: the compiler says why. Such a
# kernel is played by the headers of the usual one, with another CONFIG_PAGE_SHIFT.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/pages.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out
cp -r hyp/driver "$work/driver"
cp -r hyp/abi "$work/driver/abi"
headers()	# KSRC|KDIR
{
	sed -n "s/^$1_6.12 *:= *//p" build/setup.mk
}

# compile SHIFT: one file of the module, for pages of that size
compile()
{
	for name in CONFIG_PAGE_SHIFT CONFIG_ARM64_PAGE_SHIFT; do
		printf '#undef %s\n#define %s %s\n' $name $name "$1"
	done > "$work/shift.h"
	rm -f "$work/driver/el2/pool.o"
	make -s -C "$(headers KSRC)" O="$(headers KDIR)" M="$work/driver" ARCH=arm64 \
		CROSS_COMPILE="${CROSS:-aarch64-linux-gnu-}" KCFLAGS="-include $work/shift.h" \
		el2/pool.o > "$work/out" 2>&1
}

compile 12
check "pages of 4 KiB: it compiles" test $? = 0
! compile 14
check "pages of 16 KiB: it does not" test $? = 0
check "and says what it needs" grep -q 'Donjon needs a kernel with pages of 4 KiB' "$work/out"
echo "1..$n"
exit $status
