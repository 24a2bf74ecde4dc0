#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S1, S6: kdump on a host with the module: the crash kernel, which the crashed one starts by
# HVC_SOFT_RESTART, does not get EL2. It reads all of the machine's memory from /proc/vmcore once it
# has loaded the module, and finds no word of a protected guest's secret; that the reader would
# find it is shown with an unprotected guest. Without the module the reader meets a page of EL2's.
# makedumpfile, as kdump-tools run it, but without leaving out what a guest could be in, writes a
# dump: all of it can be read again, and it has the log of the kernel that crashed, and no secret.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/kdump.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# makedumpfile with its libraries, in one folder
mkdir "$work/dump"
for file in usr/bin/makedumpfile usr/lib/aarch64-linux-gnu/{ld-linux-aarch64.so.1,libc.so.6} \
		usr/lib/aarch64-linux-gnu/{libbz2.so.1.0,libdw.so.1,libelf.so.1,liblzma.so.5} \
		usr/lib/aarch64-linux-gnu/{liblzo2.so.2,libz.so.1,libzstd.so.1}; do
	cp -L "build/deps/dump/$file" "$work/dump/" || exit 1
done

# shellcheck disable=SC2016  # the nested host expands it
first='
	. scripts/lib/limit.sh
	ulimit -l unlimited
	$before
	mv /.host/next /.host/command
	sed -i s/^MODULE=.*/MODULE=no/ /.host/settings
	mount -o remount,size=90% /tmp
	(cd / && find . -xdev ! -name vmlinuz | cpio -o -H newc) > /tmp/initrd 2> /dev/null
	donjon-kexec panic /lib/donjon/vmlinuz /tmp/initrd "$(sed "s/crashkernel=[^ ]*//" \
		/proc/cmdline) maxcpus=1 reset_devices" || exit 1
	rm /tmp/initrd
	donjon run configs/secret.ini --set protection.mode=$mode --set vm.memory=64M \
		--set kernel.cmdline=seconds=$LIMIT_TEST > /dev/shm/guest 2>&1 &
	await $! grep ready /dev/shm/guest
	eval "$crash"
	sleep $LIMIT_STEP'
# shellcheck disable=SC2016
second='
	dmesg | grep -o "All CPU(s) started at EL[12]"
	[ $load = no ] || insmod /lib/donjon/$load || exit 1
	dmesg | grep "donjon: "
	donjon-kexec read /proc/vmcore
	echo "read: status $?"
	makedumpfile()
	{
		/dump/ld-linux-aarch64.so.1 --library-path /dump /dump/makedumpfile "$@"
	}
	if [ $load != no ]; then
		makedumpfile --message-level 20 -l -d 17 /proc/vmcore /tmp/dump
		echo "dump: status $?, $(wc -c < /tmp/dump) bytes"
		{ makedumpfile --message-level 0 -d 17 -F /tmp/dump; echo $? > /tmp/status; } |
			donjon-kexec search
		echo "again: status $(cat /tmp/status)"
		makedumpfile --dump-dmesg /tmp/dump /tmp/dmesg
		grep -o "sysrq: Trigger a crash\|Kernel panic.*" /tmp/dmesg
	fi
	dmesg | grep -E "Unable to handle|Oops|BUG:|WARNING:"
	[ $load = no ] || rmmod donjon || exit 1
	echo "second: done"'

# run KERNEL MODE LOAD [CRASH [BEFORE [ARGUMENTS for scripts/host]]]: MODE protects the guest or
# does not; LOAD is what the crash kernel loads, or no.
run()
{
	local ended=0

	echo "load=$3; $second" > "$work/next"
	# CPUs with 48 bits of addresses: as in kexec.sh
	scripts/host --kernel "$1" --cpu neoverse-n1 --mem 1G --reset-ok --timeout "$LIMIT_STEP" \
		--add "$work/next:/.host/next" --add "$work/dump:/dump" --append crashkernel=320M \
		--add "$(echo "build/deps/linux-$1"/boot/vmlinuz-*):/lib/donjon/vmlinuz" \
		"${@:6}" -- sh -c "mode=$2; before='${5-}'
			crash='${4:-echo c > /proc/sysrq-trigger}'
			$first" > "$work/out" 2>&1 < /dev/null || ended=$?
	! was_cut_off $ended || cut_off "kdump with kernel $1"
	return $ended
}

# shellcheck disable=SC2317  # called through check
was_ready()
{
	grep -q 'secret: ready' "$work/out"
}

words()
{
	sed -nE 's/^read ([0-9]+) of \1 KiB, ([0-9]+) words of the secret$/\2/p' "$work/out"
}

# shellcheck disable=SC2317  # called through check
no_oops()
{
	! grep -qE 'Unable|Oops|BUG|WARNING' "$work/out"
}

# shellcheck disable=SC2317
oopsed()
{
	grep -q 'Unable to handle' "$work/out" && ! grep -qx 'read: status 0' "$work/out"
}

# found: the words of the secret in the dump
found()
{
	sed -nE 's/^searched [0-9]+ KiB, ([0-9]+) words of the secret$/\1/p' "$work/out"
}

# dumped NAME CONDITION: what makedumpfile has made of it, and test(1)'s condition for the words of
# the secret in it. Debian 13's version 1.7.6 knows no kernel that has 52 bits of addresses with
# pages of 4 KiB, as 6.12 is configured, on whatever machine.
dumped()
{
	if grep -q 'VA Bits 52 not supported' "$work/out"; then
		n=$((n + 1))
		echo "ok $n - $1: makedumpfile # SKIP it does not know this kernel"
		return
	fi
	check "$1: makedumpfile writes a dump ($(grep '^dump: ' "$work/out"))" \
		grep -q '^dump: status 0, ' "$work/out"
	check "$1: all of the dump can be read" grep -qx 'again: status 0' "$work/out"
	check "$1: it has the log of the kernel that crashed" \
		grep -qE '^(sysrq: Trigger a crash|Kernel panic)' "$work/out"
	check "$1: '$(found)' words of the secret are in the dump" test "$(found)" "${@:2}"
}

whole()	# NAME STATUS
{
	check "$1: the guest ran" was_ready
	check "$1: the crash kernel runs (status $2)" test "$2" = 0
	check "$1: all of the memory is read" grep -qx 'read: status 0' "$work/out"
	check "$1: no oops" no_oops
}

run 6.1 off donjon.ko
whole "control, an unprotected guest" $?
check "control: the reader finds its secret ($(words) words)" test "$(words)" -gt 100000
dumped control -gt 100000
run 6.12 required no
check "control, without the module: the guest ran" was_ready
check "control, without the module: the reader meets a page of EL2's" oopsed
for kernel in 6.1 6.12; do
	run $kernel required donjon.ko
	whole "$kernel" $?
	check "$kernel: the crash kernel is not at EL2" \
		grep -q 'All CPU(s) started at EL1' "$work/out"
	check "$kernel: '$(words)' words of the secret are in it" test "$(words)" = 0
	dumped "$kernel" = 0
done
# EL2's own panic, which only the debug image has a call for, makes the host panic.
run 6.12 required donjon-debug.ko 'insmod /lib/donjon/donjon_attack.ko; donjon-attack panic' \
	'insmod /lib/donjon/donjon-debug.ko' --module no
whole "EL2 panics" $?
check "EL2 panics: '$(words)' words of the secret are in the memory" test "$(words)" = 0
dumped "EL2 panics" = 0
echo "1..$n"
exit $status
