#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --smp 2 --mem 1G
#
# S1: what a host's kernel does in its ordinary life costs no guest its memory where the kernel has
# a fixup: 40,000 symbolic links looked up, all of RAM read twice by /proc/kcore. The control, with
# fixups=0, loses the guest to either. What has no fixup takes a page, and the host's log and the
# VMM say which and who did it. No warning of the kernel's ends a host with panic_on_warn. The
# guests live in memory that is the VMM's own.

. scripts/lib/limit.sh
. hyp/tests/nested/attack.inc
. hyp/tests/nested/tap.inc

# start NAME BYTES ARGUMENT...: a guest that keeps a secret until it may end; $pid
start()
{
	name=$1 bytes=$2
	shift 2
	rm -f "/tmp/$name.in"
	mkfifo "/tmp/$name.in"
	donjon run configs/secret.ini --timeout "$LIMIT_STEP" --set vm.memory="$bytes" \
		--set vm.backing=anonymous \
		--set kernel.cmdline=until_input=1 "$@" < "/tmp/$name.in" > "/tmp/$name" 2>&1 &
	pid=$!
	exec 7> "/tmp/$name.in"
	await $pid grep -q ready "/tmp/$name" || sed 's/^/# /' "/tmp/$name"
}

# finish NAME: ends the guest of start; $status
finish()
{
	# It may have ended by now.
	(echo >&7) 2> /dev/null
	exec 7>&-
	wait $pid
	status=$?
	[ $status != 6 ] || cut_off "the guest's end"
}

forced()
{
	sed -n 's/^forced_reclaims //p' /sys/kernel/debug/donjon/counters
}

# lives NAME: whether the guest has ended well and has lost nothing
lives()
{
	finish "$1"
	[ $status = 0 ] && grep -q intact "/tmp/$1" && [ "$(forced)" = "$before" ]
}

# dies NAME WHO: whether it was stopped for a page that WHO took, by the log and the VMM
dies()
{
	finish "$1"
	sleep 2		# the log is read every second
	dmesg | grep 'donjon: VM [0-9]* loses its page at IPA' | tail -1 > /tmp/who
	sed 's/^/# /' /tmp/who
	grep 'page of guest memory at IPA' "/tmp/$1" | sed 's/^/# /'
	[ $status = 4 ] && grep -q "touched by $2 at " /tmp/who &&
		grep -q 'lost the page of guest memory at IPA 0x[48]' "/tmp/$1"
}

reload()	# PARAMETER...
{
	rmmod donjon && insmod /lib/donjon/donjon.ko "$@" || echo "Bail out! cannot load the module"
}

task='task donjon-attack ([0-9]*)'
fatal='Unable to handle|Oops|BUG|Bad page|corruption'
links=/tmp/symlinks
mkdir -p $links
mount -t tmpfs -o size=600M,nr_inodes=200000 links $links
donjon-attack links make $links
ok $? "40,000 symbolic links are made"

for size in small huge; do
	hugepages=never
	[ $size = small ] || hugepages=auto
	before=$(forced)
	start $size 64M --set vm.hugepages=$hugepages
	donjon-attack links walk $links
	ok $? "their names are looked up beside a guest, $size pages"
	donjon-attack kcore && donjon-attack kcore
	ok $? "/proc/kcore is read twice, and has no secret"
	lives $size
	ok $? "the guest is intact"
done
! dmesg | grep -E "$fatal|WARNING|loses its page"
ok $? "the host's log is clean"

start open 16M --set protection.mode=off
donjon-attack kcore
[ $? = 2 ]
ok $? "control: an unprotected guest's secret is in /proc/kcore"
finish open

start bare 16M
# It must not notice, or it ends before the search does.
kill -STOP $pid
donjon-attack scan-mem $pid nothing > /tmp/scan
sed 's/^/# /' /tmp/scan
kill -CONT $pid
# The search may be over before the log is read.
dies bare "\\($task\\|a task that is .*gone\\)"
ok $? "/proc/PID/mem of the VMM, which has no fixup: the guest is stopped, and the log says why"
dmesg | grep -q 'Ignoring spurious kernel translation fault'
ok $? "the kernel has warned"
lines=$(dmesg | grep -c 'loses its page')
[ "$lines" -gt 0 ] && [ "$lines" -lt 200 ] && [ $(($(forced) - before)) -gt 1000 ]
ok $? "the log is not flooded: $lines lines, $(($(forced) - before)) pages"
! dmesg | grep -E "$fatal"
ok $? "and nothing worse"

dmesg -c > /dev/null
reload fixups=0
start links 64M --set vm.hugepages=never
donjon-attack links walk $links
dies links "$task"
ok $? "control: with fixups=0 a path lookup stops a guest"
start kcore 64M
donjon-attack kcore
dies kcore "$task"
ok $? "control: with fixups=0 reading /proc/kcore stops a guest"
! dmesg | grep -E "$fatal|WARNING"
ok $? "without a word of the kernel's"

echo 1 > /proc/sys/kernel/panic_on_warn
reload
dmesg | grep -q 'donjon: panic_on_warn is set: .* as with fixups=0'
ok $? "with panic_on_warn the module chooses fixups=0, and says so"
start panic 16M
donjon-attack scan-mem $pid nothing > /dev/null
# Without warnings the search may be over before the guest stops.
dies panic "\\($task\\|a task that is .*gone\\)"
ok $? "an access without a fixup stops the guest, and nothing else"
echo 0 > /proc/sys/kernel/panic_on_warn
reload
before=$(forced)
start again 16M
donjon-attack kcore
lives again
ok $? "without panic_on_warn it asks again"
echo "1..$n"
