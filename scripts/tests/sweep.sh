#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S2: no register of a guest is seen by the next one, whatever registers the CPU has. guest/sweep
# reads, and writes, all 32,768 encodings of system registers and executes all 16,384 of SYS
# instructions, in pairs of guests on one CPU.
#
#   SWEEP_CPUS='max cortex-a72'   the CPU models of QEMU; `make sweep` takes all that Donjon is
#                                 tested on

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
shown=$(mktemp "${TMPDIR:-/tmp}/sweep.XXXXXX")
trap 'rm -f "$shown"' EXIT

# shellcheck disable=SC2016  # expanded in the nested host
guests='
guest()
{
	echo "== $1 $2"
	taskset 1 donjon run configs/sweep.ini --set kernel.cmdline=mode=$1 --set protection.mode=$2
}
guest check required
guest fill required; guest check off
guest fill off; guest check required
guest fill required; guest check required'

# What the guest with this number (from 1) printed.
# shellcheck disable=SC2317  # called through check, as are those below
said()
{
	awk -v n="$1" '/^== / { i++ } i == n' "$shown"
}

# shellcheck disable=SC2317  # called through check
filled()
{
	[ "$(said "$1" | sed -n 's/^sweep: \([0-9]*\) registers filled.*/\1/p')" -ge 20 ]
}

# shellcheck disable=SC2317
clean()
{
	said "$1" | grep -q '^sweep: as after a reset'
}

for cpu in ${SWEEP_CPUS:-max cortex-a72}; do
	scripts/host --kernel 6.12 --cpu "$cpu" --config configs/sweep.ini \
		-- sh -c "$guests" > "$shown" 2>&1 < /dev/null
	check "S2: $cpu: a guest finds nothing of Linux's own registers" clean 1
	check "S2: $cpu: a protected guest fills its registers" filled 2
	check "S2: $cpu: an unprotected guest finds nothing of them" clean 3
	check "S2: $cpu: an unprotected guest fills its registers" filled 4
	check "S2: $cpu: a protected guest finds nothing of them" clean 5
	check "S2: $cpu: a protected guest fills its registers again" filled 6
	check "S2: $cpu: another protected guest finds nothing of them" clean 7
done
echo "1..$n"
exit $status
