#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# After a failure at any step on any CPU the next load works and runs a guest; memory that is really
# short; unloading under a guest. driver-load.sh has the refusals' own lines and the 100 rounds.

. scripts/lib/limit.sh
. hyp/tests/nested/tap.inc

guest_runs()
{
	donjon run configs/hello.ini --timeout "$LIMIT_STEP" --set vm.memory=2M > /tmp/out 2>&1 &&
		grep -q 'Hello.*, protected' /tmp/out
}

# Runs of pages that are neither private to the host nor EL2's own, but the log, which is shared.
strangers()
{
	awk '$4 == "guest" || ($4 == "host" && $7 == "shared" && $3 != 64)' \
		/sys/kernel/debug/donjon/ledger
}

! lsmod | grep -q '^donjon ' || rmmod donjon
for cpu in 0 1; do
	for phase in probe alloc enter init commit start device; do
		bad=0
		insmod /lib/donjon/donjon.ko fail_at=$phase:$cpu 2> /dev/null && bad=1
		insmod /lib/donjon/donjon.ko || bad=1
		guest_runs || bad=1
		[ -z "$(strangers)" ] || bad=1
		rmmod donjon || bad=1
		ok $bad "after a failure in $phase on CPU $cpu the module loads and runs a guest"
	done
done

# All but 18 MiB of the free memory is taken, which is more than the kernel keeps for itself, or its
# OOM killer would come for this script. It may give up something for its caches meanwhile: again.
echo 2048 > /proc/sys/vm/min_free_kbytes
mkdir -p /tmp/fill
mount -t tmpfs -o size=100% fill /tmp/fill
dd if=/dev/zero bs=1M count=$(($(awk '/MemFree/ { print $2 }' /proc/meminfo) / 1024 - 64)) \
	2> /dev/null > /tmp/fill/it
dmesg -c > /dev/null
status=0
for _ in 1 2 3 4 5 6 7 8; do
	while [ "$(awk '/MemFree/ { print $2 }' /proc/meminfo)" -gt 18432 ]; do
		dd if=/dev/zero bs=256K count=1 2> /dev/null >> /tmp/fill/it
	done
	insmod /lib/donjon/donjon.ko 2> /dev/null || { status=1; break; }
	rmmod donjon
done
line=$(dmesg | grep 'donjon: ' | sed 's|^.*donjon: ||' | tail -1)
[ $status != 0 ] && echo "$line" | grep -q 'too little memory'
ok $? "with too little memory free it is refused: $line"
umount /tmp/fill
insmod /lib/donjon/donjon.ko && guest_runs
ok $? "and with enough of it loads and runs a guest"

donjon run configs/secret.ini --set kernel.cmdline=seconds="$LIMIT_TEST" > /tmp/secret 2>&1 &
guest=$!
await $guest grep -q ready /tmp/secret
! rmmod donjon 2> /dev/null && kill -0 $guest && [ -n "$(strangers)" ]
ok $? "it is not unloaded under a guest"
kill -9 $guest
wait $guest 2> /dev/null
await '' grep -q '^vms 0$' /sys/kernel/debug/donjon/counters
[ -z "$(strangers)" ]
ok $? "after its VMM was killed every page is the host's or EL2's own"
rmmod donjon && insmod /lib/donjon/donjon.ko
ok $? "then it is"
! dmesg | grep -q 'BUG:\|WARNING:\|Oops\|lost until'
ok $? "the host's log is clean"
echo "1..$n"
