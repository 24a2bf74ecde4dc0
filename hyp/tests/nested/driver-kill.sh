#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC3028  # RANDOM: busybox has it
#
# S3: 100 guests, protected and unprotected, each killed with SIGKILL at some moment of its life: no
# page, pin, VM, descriptor or memory of the kernel's stays behind. RANDOM starts from a number that
# is printed: donjon-seed=N on the kernel's command line repeats it.

ulimit -l unlimited
lsmod | grep -q '^donjon ' || insmod /lib/donjon/donjon.ko
mount -t debugfs debugfs /sys/kernel/debug 2> /dev/null
dir=/sys/kernel/debug/donjon
rounds=100
# What other tests have left in the log is theirs.
dmesg -c > /dev/null
. hyp/tests/nested/tap.inc

seed=$(sed -n 's/.*donjon-seed=\([0-9]*\).*/\1/p' /proc/cmdline)
seed=${seed:-$(($(date +%s) % 32768))}
RANDOM=$seed
echo "# seed $seed"

# KiB that an owner has in some state, by the ledger. The host shares the pages of its log with EL2.
held()
{
	awk -v owner="$1" -v state="$2" \
		'$4 == owner && $7 ~ state { kib += $3 } END { print kib + 0 }' $dir/ledger
}

# Pages pinned and not let go of. Each CPU keeps counts of its own for a while.
pins()
{
	echo 1 > /proc/sys/vm/stat_refresh
	awk '$1 == "nr_foll_pin_acquired" { a = $2 } $1 == "nr_foll_pin_released" { r = $2 }
		END { print a - r }' /proc/vmstat
}

# KiB of the kernel's own objects, without what it can drop; and of page tables, stacks and locked
# pages.
kernel()
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	awk '$1 ~ /^(SUnreclaim|KernelStack|PageTables|Mlocked|Unevictable):/ { kib += $2 }
		END { print kib }' /proc/meminfo
}

# KiB that are free, with those that each CPU keeps in its own lists.
free()
{
	awk '$1 == "MemFree:" { kib += $2 } $1 == "count:" { kib += 4 * $2 } END { print kib }' \
		/proc/meminfo /proc/zoneinfo
}

# one ROUND: starts a guest of some kind and kills its VMM after up to 200 ms, or later for one in
# eight.
one()
{
	case $(($1 % 5)) in
	0) set -- configs/secret.ini ;;
	1) set -- configs/share.ini ;;
	2) set -- configs/hello.ini --set protection.mode=off --set vm.hugepages=never ;;
	3) set -- configs/hello.ini --set kernel.image=build/guest/smp.bin --set vm.cpus=4 \
		--set kernel.cmdline=seconds=9 ;;
	4) set -- configs/hello.ini \
		--set kernel.image=build/guest/rsi.bin --set protection.mode=required ;;
	esac
	donjon run "$@" > /dev/null 2>&1 < /dev/null &
	pid=$!
	if [ $((RANDOM % 8)) = 0 ]; then
		usleep $((300000 + RANDOM * 10))
	else
		usleep $((RANDOM * 6))
	fi
	kill -9 $pid 2> /dev/null && killed=$((killed + 1))
	wait $pid 2> /dev/null
}

# The first ones leave caches behind that stay.
killed=0
for round in 0 1 2 3 4; do
	one $round
done
hyp=$(held hyp .) shared=$(held host shared) pinned=$(pins) objects=$(kernel) before=$(free)
killed=0 round=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	one $round
done

[ $killed -gt $((rounds / 2)) ]
ok $? "$killed of $rounds guests were killed while they ran"
[ "$(held guest .)" = 0 ] && [ "$(held host shared)" = "$shared" ]
ok $? "no page is a guest's, or shared by one or with one"
grep -q '^vms 0$' $dir/counters
ok $? "no VM is left at EL2"
now=$(held hyp .)
[ "$now" -le "$hyp" ]
ok $? "EL2 has no more than before ($hyp KiB, $now KiB)"
now=$(pins)
[ "$now" = "$pinned" ]
ok $? "no page stays pinned ($pinned before, $now after)"
[ "$(lsmod | awk '$1 == "donjon" { print $3 }')" = 0 ]
ok $? "no descriptor holds the module"
now=$(kernel)
[ $((now - objects)) -lt 512 ]
ok $? "the kernel's own objects take no more than before ($objects KiB, $now KiB)"
now=$(free)
[ $((before - now)) -lt 2048 ]
ok $? "no memory is lost ($before KiB free before, $now KiB after)"
rmmod donjon && insmod /lib/donjon/donjon.ko && donjon run configs/hello.ini < /dev/null |
	grep -q "Hello from a guest"
ok $? "EL2 can be given back and taken again, and a guest runs"
! dmesg | grep 'BUG:\|WARNING:\|Oops\|lost until' | sed 's,^,# ,' | grep .
ok $? "the host's log is clean"
echo "1..$n"
