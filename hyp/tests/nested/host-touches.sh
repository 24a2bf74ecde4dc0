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

losses()
{
	dmesg | grep -c 'donjon: VM [0-9]* loses its page at IPA'
}

more_losses()
{
	[ "$(losses)" -gt "$lost" ]
}

# dies NAME WHO: whether it was stopped for a page that WHO took, by the log, which is read every
# second, and the VMM. $lost: how many the log had before
dies()
{
	await '' more_losses
	finish "$1"
	dmesg | grep 'donjon: VM [0-9]* loses its page at IPA' | tail -1 > /tmp/who
	sed 's/^/# /' /tmp/who
	grep 'page of guest memory at IPA' "/tmp/$1" | sed 's/^/# /'
	[ $status = 4 ] && grep -q "touched by $2 at " /tmp/who &&
		grep -q 'lost the page of guest memory at IPA 0x[48]' "/tmp/$1"
}

# end PID...: until they have ended, as the death of a child interrupts the opening of a FIFO
end()
{
	kill "$@"
	wait "$@" 2> /dev/null
}

# taken_by NAME ARGUMENT...: whether the guest dies by donjon-attack, which is there until the log
# has been read, since what it prints finds no room
mkfifo /tmp/full
exec 8<> /tmp/full
dd if=/dev/zero bs=64k count=1 >&8 2> /dev/null
taken_by()
{
	taken=$1 lost=$(losses)
	shift
	donjon-attack "$@" >&8 &
	who=$!
	dies "$taken" "task donjon-attack ($who)"
	set -- $?
	end $who
	return "$1"
}

reload()	# PARAMETER...
{
	rmmod donjon && insmod /lib/donjon/donjon.ko "$@" || echo "Bail out! cannot load the module"
}

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
lost=$(losses)
donjon-attack scan-mem $pid nothing > /tmp/scan &
scan=$!
wait $scan
# The search may be over before the log is read, and its task's memory another task's.
others=
for _ in $(seq 300); do
	sleep $((LIMIT_STEP * 2)) &
	others="$others $!"
done
sed 's/^/# /' /tmp/scan
kill -CONT $pid
dies bare "\\(task donjon-attack ($scan)\\|a task that is .*gone\\)"
ok $? "/proc/PID/mem of the VMM, which has no fixup: the guest is stopped, and the log says why"
! dmesg | grep 'loses its page' | grep -vE "task donjon-attack \\($scan\\)|a task that is .*gone"
ok $? "no task is named that was not there yet"
# shellcheck disable=SC2086 # several
end $others
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
taken_by links links walk $links
ok $? "control: with fixups=0 a path lookup stops a guest"
# The module prints some lines in five seconds only.
reload fixups=0
start kcore 64M
taken_by kcore kcore
ok $? "control: with fixups=0 reading /proc/kcore stops a guest"
! dmesg | grep -E "$fatal|WARNING"
ok $? "without a word of the kernel's"

echo 1 > /proc/sys/kernel/panic_on_warn
reload
dmesg | grep -q 'donjon: panic_on_warn is set: .* as with fixups=0'
ok $? "with panic_on_warn the module chooses fixups=0, and says so"
start panic 16M
taken_by panic scan-mem $pid nothing
ok $? "an access without a fixup stops the guest, and nothing else"
echo 0 > /proc/sys/kernel/panic_on_warn
reload
before=$(forced)
start again 16M
donjon-attack kcore
lives again
ok $? "without panic_on_warn it asks again"
echo "1..$n"
