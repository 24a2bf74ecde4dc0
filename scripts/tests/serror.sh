#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S5: an SError that a guest takes stays in the guest. QEMU has no physical SErrors, so its gdb stub
# plays one: hyp/tests/gdb/serror.py.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/limit.sh
elf=build/el2/el2.elf
work=$(mktemp -d "${TMPDIR:-/tmp}/serror.XXXXXX")
log=$work/log
cross=${CROSS:-aarch64-linux-gnu-}
# Those for guests, behind those for the host.
vectors=$((0x$("${cross}nm" $elf | awk '$3 == "host_vectors" { print $1 }') + 0x800))
leave=0x$("${cross}objdump" -d $elf --disassemble=world_leave |
	awk '$3 == "ret" { sub(":", "", $1); print $1; exit }')
# The first load behind the call: vcpu->serror_esr.
load=$("${cross}objdump" -d $elf --disassemble=guest_run | sed -n '/<world_leave>$/,$p' |
	sed -nE 's/.*ldr\tx[0-9]+, \[x([0-9]+), #([0-9]+)\]$/\1 \2/p' | head -1)

# A socket in a folder of this test's own: no other test, and no other user, can have it.
scripts/host --smp 1 --timeout 0 \
	--qemu "-chardev socket,id=gdb,path=$work/gdb,server=on,wait=off -gdb chardev:gdb" -- \
	sh -c 'while :; do donjon run configs/hello.ini; done' > "$log" 2>&1 < /dev/null &
host=$!
# shellcheck disable=SC2086  # two numbers
timeout "$LIMIT_STEP" python3 hyp/tests/gdb/serror.py "$work/gdb" $((vectors + 0x400)) \
	$((vectors + 0x580)) "$leave" $load &
gdb=$!
trap 'kill $host $gdb 2> /dev/null; wait $host $gdb 2> /dev/null; rm -rf "$work"' EXIT
ended=0 first=''
wait -n -p first $host $gdb || ended=$?
if [ "$first" = $host ]; then
	sed 's/^/# /' "$log"
	echo "Bail out! the nested host ended, with status $ended, before a guest's exit"
	exit 1
fi
! was_cut_off $ended || cut_off "a guest's exit"
exit $ended
