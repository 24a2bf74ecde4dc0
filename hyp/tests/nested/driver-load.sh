#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# S6: loading the module: a failure in each phase on each CPU, too little memory and a second load
# leave the host as it was, with one line that says why; 100 rounds of loading, a guest and
# unloading leave every page with the host.

. scripts/lib/limit.sh

# What other tests have left in the log is theirs.
dmesg -c > /dev/null
. hyp/tests/nested/tap.inc

guest_runs()
{
	donjon run configs/hello.ini --timeout "$LIMIT_STEP" | grep -q 'Hello.*, protected'
}

said()	# PATTERN: in the last lines of the driver
{
	dmesg | grep 'donjon: ' | tail -3 | grep -q "$1"
}

refused()	# NAME PATTERN PARAMETER...: insmod fails, says why, and the host is as before
{
	name=$1 pattern=$2
	shift 2
	if insmod /lib/donjon/donjon.ko "$@" 2> /dev/null; then
		rmmod donjon
		ok 1 "$name"
		return
	fi
	said "$pattern" && [ ! -e /dev/kvm ] && ! grep -q donjon /proc/interrupts
	ok $? "$name: $(dmesg | grep 'donjon: ' | tail -1 | sed 's/^.*donjon: //')"
}

held()	# runs of pages that are a guest's
{
	grep -c ' guest ' /sys/kernel/debug/donjon/ledger
}

cpu1=/sys/devices/system/cpu/cpu1/online
! insmod /lib/donjon/donjon.ko 2> /tmp/twice && grep -q exists /tmp/twice && [ -c /dev/kvm ]
ok $? "loading twice is refused, and the first stays"
! (echo 0 > $cpu1) 2> /dev/null && [ "$(cat /sys/devices/system/cpu/online)" = 0-1 ]
ok $? "no CPU goes offline while it is loaded"
! (echo mem > /sys/power/state) 2> /dev/null && said 'no suspend or hibernation'
ok $? "no suspend: $(dmesg | grep 'donjon: ' | tail -1 | sed 's/^.*donjon: //')"
! insmod /lib/donjon/donjon.ko fail_at=probe:0 2> /dev/null && guest_runs
ok $? "a guest runs after all that"
rmmod donjon
ok $? "unloading"

echo 0 > $cpu1 && insmod /lib/donjon/donjon.ko && said 'taken on 1 CPUs'
ok $? "loading with a CPU offline"
! (echo 1 > $cpu1) 2> /dev/null && guest_runs
ok $? "it stays offline, and a guest runs"
rmmod donjon && echo 1 > $cpu1 && [ "$(cat /sys/devices/system/cpu/online)" = 0-1 ]
ok $? "after unloading it comes back"

for cpu in 0 1; do
	for phase in probe alloc enter init commit start device; do
		refused "failure in $phase on CPU $cpu" 'fail_at\|forced failure' \
			fail_at=$phase:$cpu
	done
done
refused "no such CPU" 'CPUs online' fail_at=enter:9
refused "no such phase" "is not PHASE:CPU" fail_at=never:0
refused "too little memory" 'too little memory' pool=1000000

failed=0 round=0
free=$(awk '/MemFree/ { print $2 }' /proc/meminfo)
while [ $round -lt 100 ] && [ $failed = 0 ]; do
	round=$((round + 1))
	insmod /lib/donjon/donjon.ko || failed=1
	guest_runs || failed=2
	[ "$(held)" = 0 ] || failed=3
	grep -q '^vms 0$' /sys/kernel/debug/donjon/counters || failed=4
	rmmod donjon || failed=5
done
ok $failed "100 rounds of loading, a protected guest and unloading (round $round, step $failed)"
now=$(awk '/MemFree/ { print $2 }' /proc/meminfo)
[ $((free - now)) -lt 16384 ]
ok $? "no memory is lost by that ($free KiB free before, $now KiB after)"
! dmesg | grep 'BUG:\|WARNING:\|Oops\|lost until' | sed 's,^,# ,' | grep .
ok $? "the host's log is clean"
echo "1..$n"
