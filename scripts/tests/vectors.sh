#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S2: each exception from EL1 and EL0, of the host and of a guest, first runs the sequence against
# trained branch predictors that its table is for (enum vectors in hyp/el2/errata.h): in the image,
# since QEMU predicts nothing, and has no firmware that would be called.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
shown=$(mktemp "${TMPDIR:-/tmp}/vectors.XXXXXX")
trap 'rm -f "$shown"' EXIT
cross=${CROSS:-aarch64-linux-gnu-}
first=0x$("${cross}nm" build/el2/el2.elf | awk '$3 == "host_vectors" { print $1 }')

# sequence TABLE: the words that the vectors of table TABLE for lower exception levels, 8 of the
# host's and 8 of the guests', have in common before they branch.
# shellcheck disable=SC2317  # called through check
sequence()
{
	local table=$((first + $1 * 0x1000)) half vector

	for half in 0 0x800; do
		for vector in 0x400 0x480 0x500 0x580 0x600 0x680 0x700 0x780; do
			"${cross}objdump" -d build/el2/el2.elf \
				--start-address=$((table + half + vector)) \
				--stop-address=$((table + half + vector + 0x80)) |
				awk '$3 == "b" && $5 ~ /^<(host_sync|guest_|el2_)/ { exit }
					length($2) == 8 && $2 !~ /[^0-9a-f]/ { printf "%s ", $2 }'
			echo
		done
	done | sort -u
}

# shellcheck disable=SC2317
is()
{
	sequence "$1" > "$shown"
	[ "$(sed 's/ *$//' "$shown")" = "$2" ]
}

save01='a9bf07e0' restore01='a94007e0 a8817fff'
firmware='a9be07e0 a9010fe2 52%s 72b00000 d4000003 a9410fe2 a94007e0 a8817fff a8817fff'
# mov x0, #132; 1: b 2f; 2: subs x0, x0, #1; b.ne 1b; dsb nsh; isb
loop='d2801080 14000001 f1000400 54ffffc1 d503379f d5033fdf'
check "a CPU that needs nothing has plain vectors" is 0 ''
check "branches fill the history" is 1 "$save01 $loop $restore01"
check "CLRBHB and ISB" is 2 'd50322df d5033fdf'
# shellcheck disable=SC2059  # mov w0, #0x8000 and #0x3fff, and the upper half
check "the firmware's workaround 1" is 3 "$(printf "$firmware" 900000)"
# shellcheck disable=SC2059
check "the firmware's workaround 3" is 4 "$(printf "$firmware" 87ffe0)"
echo "1..$n"
exit $status
