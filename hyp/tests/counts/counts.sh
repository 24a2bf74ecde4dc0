#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# counts.sh [--update]: measures what each operation of EL2 costs and compares it with baseline.txt
# (counts.py). KEEP=FILE in the environment: what the plugin saw stays there. One CPU, one tick of
# the clock per instruction, a kernel that lies where it always lies, memory of its own.

set -euo pipefail
cd "$(dirname "$0")/../../.."
. scripts/lib/limit.sh
BASE=0x60000000 GUARD=0x40000000 FRESH=0x80000000
work=$(mktemp -d "${TMPDIR:-/tmp}/counts.XXXXXX")
trap 'rm -rf "$work"' EXIT
stream=${KEEP:-$work/stream}
compiler=$("${CROSS:-aarch64-linux-gnu-}gcc" -dumpfullversion)

scripts/host --icount --smp 1 --mem 4G --append nokaslr \
	--reserve $BASE:0x1000000 --reserve $GUARD:0x200000 --reserve $FRESH:0x40200000 \
	--timeout "$LIMIT_TEST" \
	--qemu "-machine dtb-randomness=off -rtc base=2026-01-01T00:00:00,clock=vm
		-plugin $PWD/build/tests/tlb/donjon-tlb.so,out=$stream" \
	-- sh -c ". hyp/tests/nested/attack.inc && donjon-counts $BASE $GUARD $FRESH" \
	> "$work/out" 2>&1 < /dev/null || {
	ended=$?
	cat "$work/out"
	echo "counts: the operations could not be made in the nested host; see above"
	exit $ended
}
lock=$("${CROSS:-aarch64-linux-gnu-}nm" build/el2/el2.elf | sed -n 's/ B host_lock$//p')
python3 hyp/tests/counts/counts.py --compiler "$compiler" --lock "$lock" "$@" \
	hyp/tests/counts/baseline.txt "$stream"
