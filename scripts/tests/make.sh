#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What make says to values that cannot work, before it builds or runs anything.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
shown=$(mktemp "${TMPDIR:-/tmp}/make.XXXXXX")
trap 'rm -f "$shown"' EXIT

goal=run
# refused TEXT VARIABLE...: make run (or $goal) with these ends with an error that says so
# shellcheck disable=SC2317  # called through check
refused()
{
	local text=$1

	shift
	! make -n "$goal" "$@" > "$shown" 2>&1 && grep -q "\*\*\* $text" "$shown" &&
		! grep -q 'scripts/host --kernel "' "$shown"
}

check "a kernel that the module is not built for" \
	refused 'KERNEL=5\.10: the module is built for 6\.1 6\.12 7\.3 and, on demand' KERNEL=5.10
check "no kernel" refused 'KERNEL=: the module is built for 6\.1 6\.12 7\.3' KERNEL=
check "a configuration that is not there" \
	refused 'CONFIG=no\.ini: there is no such file; there are: .*configs/hello\.ini' \
	CONFIG=no.ini
check "no configuration" refused 'CONFIG=: there is no such file' CONFIG=
check "two kernels" refused 'KERNEL=6\.1 6\.12: the module is built for' KERNEL='6.1 6.12'
goal=shell
check "the same for make shell" refused 'KERNEL=: the module is built for 6\.1 6\.12 7\.3' KERNEL=
make -n run KERNEL=7.3 > "$shown" 2>&1
check "7.3 is a host as the others are" grep -q 'scripts/host --kernel "7.3" --config' "$shown"
make -n run KERNEL=6.1 CONFIG=configs/secret.ini > "$shown" 2>&1
check "both are taken where they can work" \
	grep -q 'scripts/host --kernel "6.1" --config "configs/secret.ini"' "$shown"
hyp/tests/fuzz/run --time long > "$shown" 2>&1
check "make fuzz TIME=long" grep -q 'error: --time long: not a number of seconds' "$shown"
hyp/tests/fuzz/run --seed x > "$shown" 2>&1
check "a seed that is no number" grep -q 'error: --seed x: not a number' "$shown"
echo "1..$n"
exit $status
