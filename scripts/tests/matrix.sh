#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One of the hosts of `make matrix`, the newest kernel, with some of its steps; and scripts/matrix
# itself. (ACPI: efi.sh.)

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/matrix.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# refused TEXT ARGUMENT...
# shellcheck disable=SC2317  # called through check
refused()
{
	local text=$1 got=0

	shift
	scripts/matrix "$@" > "$work/out" 2>&1 < /dev/null || got=$?
	[ "$got" = 2 ] && grep -q "$text" "$work/out"
}

check "a host that there is not" refused "no host '9'; there are: 6\.1 6\.12" 9
check "a step that there is not" refused "no step 'x'; there are: hello" --steps 'hello x' 6.1
got=0
scripts/matrix --steps 'hello secret share kvm-irq unload log' 7.3 > "$work/out" 2>&1 \
	< /dev/null || got=$?
check "the table is whole" test "$(grep -c '^|' "$work/out")" = 3
check "7.3 runs protected guests, and the driver's tests" \
	grep -qx '| 7.3 | ok | ok | ok | ok | ok | ok |' "$work/out"
check "the status says so" test $got = 0
echo "1..$n"
exit $status
