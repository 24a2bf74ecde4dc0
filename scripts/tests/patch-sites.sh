#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's function tracer patches a module when it is loaded, at the addresses that the section
# __patchable_function_entries lists. 6.12 writes 8 bytes in front of each of them and stops with a
# BUG where they are not aligned to 8. So each entry of each module that is built here must be: its
# offset, and the alignment of the section that it is in.

cd "$(dirname "$0")/../.." || exit 1
cross=$(sed -n 's/^CROSS := //p' build/setup.mk)
modules=(build/driver/*/donjon.ko build/driver-debug/*/donjon.ko build/nested/*/donjon_attack.ko)

# bad_entries MODULE: one line for each entry whose address may not be aligned to 8.
bad_entries()
{
	{ "${cross}readelf" -SW "$1" && "${cross}readelf" -rW "$1"; } |
		sed 's/^ *\[ *[0-9]*\] /section /' | awk '
		$1 == "section" { align[$2] = $NF }
		/^Relocation section/ { entries = $3 ~ /__patchable_function_entries/ }
		entries && $3 ~ /^R_/ {
			if (!($5 in align))
				print $5 ": not a section"
			else if (align[$5] % 8 || $7 !~ /[08]$/)
				print $5 "+0x" $7 ", section aligned to " align[$5]
		}'
}

n=0 bad=0
echo "1..${#modules[@]}"
for module in "${modules[@]}"; do
	n=$((n + 1))
	if [ ! -s "$module" ]; then
		echo "not ok $n - $module: not built"
		bad=1
		continue
	fi
	found=$(bad_entries "$module")
	if [ -z "$found" ]; then
		echo "ok $n - $module: every patch site is aligned to 8"
	else
		echo "not ok $n - $module: patch sites that may not be aligned to 8:"
		printf '%s\n' "$found" | sed 's/^/# /'
		bad=1
	fi
done
exit $bad
