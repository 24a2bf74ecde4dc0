#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --smp 2 --mem 1G --config configs/linux.ini
#
# S1: what hosts do in their ordinary life, to their memory, to all processes and to VMMs, neither
# ends a protected guest nor changes its memory, nor does it show anybody a word of it. The guests:
# payloads that hold a pattern in all of their memory, in 2 MiB blocks and in single pages of a
# guest_memfd and of the VMM's own; and Linux, which goes on with its disk. After each event
# all of them are there, no page was taken, and the host's log is clean. Control: the same commands
# find the secret of an unprotected guest; the two events for which a guest has to be in a
# guest_memfd end one that is not.

. scripts/lib/limit.sh
. hyp/tests/nested/attack.inc
. hyp/tests/nested/tap.inc

counter()
{
	sed -n "s/^$1 //p" /sys/kernel/debug/donjon/counters
}

# -- Guests: for each of NAMES its process, with its console's input as a descriptor --

names=
fatal='Unable to handle|Oops|BUG|Bad page|corruption|WARNING|loses its page'

# begin NAME FD CONFIG TEXT ARGUMENT...: until it prints the text; $prefix goes before the command.
# A payload's work is only to be there, so the others go first.
begin()
{
	name=$1 fd=$2 config=$3 text=$4
	shift 4
	rm -f "/tmp/$name.in"
	mkfifo "/tmp/$name.in"
	# shellcheck disable=SC2086  # a command and its arguments
	$prefix donjon run "configs/$config.ini" --timeout "$LIMIT_TEST" "$@" \
		< "/tmp/$name.in" > "/tmp/$name" 2>&1 &
	pid=$!
	echo $pid > "/tmp/$name.pid"
	eval "exec $fd> /tmp/$name.in"
	await $pid grep -q "$text" "/tmp/$name" || sed 's/^/# /' "/tmp/$name"
	names="$names $name"
}

payload()	# NAME FD MEMORY ARGUMENT...
{
	name=$1 fd=$2 memory=$3
	shift 3
	begin "$name" "$fd" secret ready --set vm.memory="$memory" \
		--set kernel.cmdline=until_input=1 "$@"
}

pid_of()
{
	cat "/tmp/$1.pid"
}

# finish NAME FD: tells it to end; $status
finish()
{
	# It may have ended by now.
	(eval "echo go >&$2") 2> /dev/null
	eval "exec $2>&-"
	wait "$(pid_of "$1")"
	status=$?
	[ $status != 6 ] || cut_off "the end of guest $1"
	rest=
	for name in $names; do
		[ "$name" = "$1" ] || rest="$rest $name"
	done
	names=$rest
}

# intact NAME FD: ends well, and has lost nothing
intact()
{
	finish "$1" "$2"
	[ $status = 0 ] && grep -q intact "/tmp/$1"
	good=$?
	[ $good = 0 ] || tail -n 5 "/tmp/$1" | sed 's/^/# /'
	ok $good "$1: it ends well, and its memory is intact"
}

rounds()
{
	grep -c 'busy: round' /tmp/linux
}

further()	# NUMBER: whether Linux has got there
{
	[ "$(rounds)" -gt "$1" ]
}

# survive EVENT: no guest has ended, lost a page, or stopped
survive()
{
	good=0
	for name in $names; do
		! gone "$(pid_of "$name")" || {
			tail -n 5 "/tmp/$name" | sed 's/^/# /'
			echo "Bail out! $1: guest $name has ended"
			exit 1
		}
	done
	[ "$(counter forced_reclaims)" = "$taken" ] || {
		echo "# $(($(counter forced_reclaims) - taken)) pages were taken"
		good=1
	}
	taken=$(counter forced_reclaims)
	await "$(pid_of linux)" further "$(rounds)" || { echo "# Linux has stopped"; good=1; }
	! dmesg | grep -v 'soft lockup' | grep -E "$fatal" | sed 's/^/# /' | grep . || good=1
	dmesg -c > /dev/null
	ok $good "$1"
}

each()	# COMMAND ARGUMENT...: with each VMM's process id for PID
{
	good=0
	for name in $names; do
		command=
		for word in "$@"; do
			[ "$word" != PID ] || word=$(pid_of "$name")
			command="$command $word"
		done
		$command || { echo "# $name: $command: $?"; good=1; }
	done
	return $good
}

# -- Events --

threads_move()
{
	each donjon-life move PID 100
}

stopped()	# PID
{
	grep -q '^State:.[Tt]' "/proc/$1/status"
}

stop_and_go()
{
	for round in first second third; do
		echo "# the $round time"
		each kill -STOP PID
		each await PID stopped PID || return 1
		each kill -CONT PID
		await "$(pid_of linux)" further "$(rounds)" || return 1
	done
}

frozen()	# 0|1
{
	grep -q "^frozen $1" $groups/vmm/cgroup.events
}

freeze()
{
	for name in $names; do
		pid_of "$name" > $groups/vmm/cgroup.procs || return 1
	done
	for round in first second third; do
		echo "# the $round time"
		echo 1 > $groups/vmm/cgroup.freeze
		await '' frozen 1
		echo 0 > $groups/vmm/cgroup.freeze
		await "$(pid_of linux)" further "$(rounds)" || return 1
	done
}

trace()	# TRACER
{
	echo "$1" > $tracing/current_tracer && head -n 20000 $tracing/trace_pipe > /tmp/trace &&
		await "$(pid_of linux)" further "$(rounds)"
	good=$?
	echo nop > $tracing/current_tracer
	[ $good = 0 ] && grep -q . /tmp/trace
}

compact()
{
	echo 1 > /proc/sys/vm/compact_memory && echo 3 > /proc/sys/vm/drop_caches &&
		echo 1 > /proc/sys/vm/compact_memory
}

scans()	# NUMBER: whether ksmd has gone through all memory so often, and merges
{
	[ "$(cat $mm/ksm/full_scans)" -ge "$1" ] && [ "$(cat $mm/ksm/pages_sharing)" -gt 1000 ]
}

ksm()
{
	donjon-life twins 16 &
	twins=$!
	for name in block linux; do
		donjon-life advise "$(pid_of $name)" 12	# MADV_MERGEABLE
	done
	echo 100000 > $mm/ksm/pages_to_scan
	echo 0 > $mm/ksm/sleep_millisecs
	echo 1 > $mm/ksm/run
	await $twins scans $(($(cat $mm/ksm/full_scans) + 3))
	good=$?
	echo "# KSM: $(cat $mm/ksm/pages_sharing) pages are merged"
	echo 2 > $mm/ksm/run
	kill $twins
	wait $twins
	return $good
}

# Pages of each guest, at the beginning, in the middle and at the end of what is in one piece.
soft_offline()
{
	awk '$4 == "guest"' /sys/kernel/debug/donjon/ledger > /tmp/runs
	runs=$(wc -l < /tmp/runs)
	awk -v runs="$runs" 'NR % int(1 + runs / 40) == 0 { print $1, $2 }' /tmp/runs |
		while read -r start end; do
			middle=$(((start + end) / 2 & ~4095))
			for page in $((start)) $middle $((end - 4096)); do
				echo "$page" > /sys/devices/system/memory/soft_offline_page
			done
		done 2> /tmp/offline
	each donjon-life advise PID 101	# MADV_SOFT_OFFLINE
	echo "# soft offline: $(grep -c . /tmp/offline) pages were refused"
	grep -q . /tmp/offline
}

advice()
{
	# MADV_COLD, MADV_PAGEOUT, MADV_POPULATE_READ, MADV_COLLAPSE
	for number in 20 21 22 25; do
		each donjon-life advise PID $number || return 1
	done
}

# killed: whether the kernel says that it has killed what fills the memory
killed()	# TEXT
{
	dmesg | grep -q "$1: Killed process $filler (donjon-life)"
}

fill_group()
{
	echo 33554432 > $groups/other/memory.max
	sh -c "echo \$\$ > $groups/other/cgroup.procs && exec donjon-life fill" &
	filler=$!
	wait $filler
	[ $? = 137 ] && killed 'Memory cgroup out of memory'
}

little_is_left()
{
	awk '/^MemFree/ { exit $2 > 98304 }' /proc/meminfo
}

# Linux wants 48 MiB that it has not touched before, when there are none.
fill_all()
{
	donjon-life fill &
	filler=$!
	await $filler little_is_left
	echo grow >&7
	wait $filler
	[ $? = 137 ] && killed 'Out of memory' &&
		await "$(pid_of linux)" grep -q 'hold: grown' /tmp/linux
}

kcore()
{
	donjon-attack kcore && donjon-attack kcore
}

# The shrinker looks at 2 MiB pages that have unused parts, as soon as few may be unused.
shrink()
{
	echo 0 > $mm/transparent_hugepage/khugepaged/max_ptes_none
	echo 3 > /proc/sys/vm/drop_caches
	echo 3 > /proc/sys/vm/drop_caches
	echo 511 > $mm/transparent_hugepage/khugepaged/max_ptes_none
}

# event NAME COMMAND...: the command succeeds, and the guests survive it
event()
{
	what=$1
	shift
	"$@" || { echo "# $* fails: $?"; good=1; false; }
	ok $? "$what"
	survive "$what: all guests go on"
}

mm=/sys/kernel/mm groups=/sys/fs/cgroup tracing=/sys/kernel/tracing links=/tmp/symlinks
prefix="donjon-life last"
ulimit -c unlimited
echo /tmp/core > /proc/sys/kernel/core_pattern
echo 0 > /proc/sys/kernel/core_uses_pid
mount -t cgroup2 groups $groups
echo +memory > $groups/cgroup.subtree_control
mkdir $groups/vmm $groups/other
mount -t tracefs tracing $tracing
payload block 4 64M
awk '$4 == "guest" && $3 >= 2048 { large += $3 } END { print "# in blocks: " large " KiB"
	exit large < 49152 }' /sys/kernel/debug/donjon/ledger
ok $? "a guest that is in blocks"
case $(uname -r) in
6.1.*) ;;	# has no PR_SET_MEMORY_MERGE
*) prefix="donjon-life merge" ;;
esac
payload single 8 16M --set vm.hugepages=never
payload own-single 5 16M --set vm.backing=anonymous --set vm.hugepages=never
payload own-block 6 16M --set vm.backing=anonymous
prefix=
begin linux 7 linux 'hold: waiting' \
	--set "kernel.cmdline=console=ttyAMA0 quiet donjon.run=busy,secret,hold,off"
modprobe brd rd_nr=1 rd_size=65536 && mkswap /dev/ram0 > /dev/null && swapon /dev/ram0
ok $? "the host has swap"
taken=$(counter forced_reclaims)
survive "five guests run"

event "threads of VMMs move from CPU to CPU" threads_move
event "SIGSTOP and SIGCONT" stop_and_go
event "the cgroup freezer" freeze
event "perf samples all CPUs" donjon-life sample 100
event "ftrace: all functions" trace function
event "ftrace: the function graph" trace function_graph
event "compaction, and caches dropped" compact
event "advice about the guests' memory" advice
event "KSM" ksm
event "soft offlining" soft_offline
event "a memory cgroup is filled until the OOM killer comes" fill_group
mkdir -p $links
mount -t tmpfs -o size=300M,nr_inodes=200000 links $links
event "symbolic links are looked up" sh -c "donjon-attack links make $links &&
	donjon-attack links walk $links"
umount $links
event "/proc/kcore is read twice" kcore

intact own-single 5
intact own-block 6
case $(uname -r) in
6.1.*) skip "the shrinker of under-used huge pages" "Linux 6.1 has none" ;;
*) event "the shrinker of under-used huge pages is armed" shrink ;;
esac
event "process_vm_readv" each donjon-life read PID
event "PTRACE_PEEKDATA" each donjon-life peek PID
event "gcore" each donjon-life core PID /tmp/gcore
rm /tmp/gcore
event "all memory is filled until the OOM killer comes, and a guest wants more" fill_all
kill -ABRT "$(pid_of block)"
finish block 4
[ $status = 134 ] && donjon-life search /tmp/core
ok $? "a VMM that crashes leaves a core file without its guest's memory"
intact single 8
intact linux 7
[ "$(counter vms)" = 0 ]
ok $? "no VM is left"

payload open 3 16M --set protection.mode=off
found=0
for command in "read PID" "peek PID" "core PID /tmp/gcore"; do
	# shellcheck disable=SC2086  # words
	each donjon-life $command && found=1
done
ok $found "control: an unprotected guest's secret is found by each of them"
intact open 3
payload own-single 3 16M --set vm.backing=anonymous --set vm.hugepages=never
donjon-life read "$(pid_of own-single)"
finish own-single 3
[ $status = 4 ]
ok $? "control: process_vm_readv ends a guest in memory of the VMM's own"
# Linux 6.1 has no such shrinker, and 7.3's has spared the guest.
case $(uname -r) in
6.12.*)
	payload own-block 3 32M --set vm.backing=anonymous
	shrink
	finish own-block 3
	[ $status = 4 ]
	ok $? "control: so does the shrinker" ;;
esac
! dmesg | grep -E 'Unable to handle|Oops|BUG|Bad page|corruption'
ok $? "and nothing worse"
echo "1..$n"
