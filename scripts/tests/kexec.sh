#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S3, S6: kexec with the module loaded: the next kernel starts with all CPUs at EL2, may use all of
# the memory, and loads the module again. Guests that run are ended before, and no word of their
# secret is left in the machine's memory; that a search finds it is shown with an unprotected guest.
# The next kernel is the same one, or the other one that the module is built for.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
. scripts/lib/secret.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/kexec.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# In the first kernel: /.host/next becomes what the second one runs, from an initramfs of the same
# files but for the module, which is that kernel's.
# shellcheck disable=SC2016  # the nested host expands it
start_next='
	. scripts/lib/limit.sh
	echo "first: CPUs $(cat /sys/devices/system/cpu/online)"
	mv /.host/next /.host/command
	mv /.host/next.ko /lib/donjon/donjon.ko
	sed -i s/^MODULE=.*/MODULE=no/ /.host/settings
	mount -o remount,size=90% /tmp
	(cd / && find . -xdev ! -name vmlinuz | cpio -o -H newc) > /tmp/initrd 2> /dev/null
	donjon-kexec load /lib/donjon/vmlinuz /tmp/initrd "$(cat /proc/cmdline)" || exit 1
	rm /tmp/initrd
	begin
	dmesg -c > /dev/null
	exec donjon-kexec exec'
# shellcheck disable=SC2016
in_next='
	echo "second: kernel $(uname -r)"
	echo "second: CPUs $(cat /sys/devices/system/cpu/online)"
	dmesg | grep -o "All CPU(s) started at EL[12]"
	finish
	insmod /lib/donjon/donjon.ko || exit 1
	donjon run configs/hello.ini || exit 1
	rmmod donjon || exit 1
	! dmesg | grep -E "Oops|BUG|WARNING" || exit 1
	echo "second: done"'

# run KERNEL[:NEXT] CPUS FIRST SECOND [ARGUMENTS for scripts/host]: two functions, `begin` for the
# first kernel and `finish` for the second. CPUs with 48 bits of addresses: with 52, kexec_load() of
# Linux 6.12 itself oopses.
run()
{
	local ended=0 kernel=${1%:*} next=${1#*:}

	echo "finish() { ${4:-:}; }; $in_next" > "$work/next"
	scripts/host --kernel "$kernel" --smp "$2" --cpu neoverse-n1 --mem 768M --reset-ok \
		--timeout "$LIMIT_STEP" --add "$work/next:/.host/next" \
		--add "build/driver/$next/donjon.ko:/.host/next.ko" \
		--add "$(echo "build/deps/linux-$next"/boot/vmlinuz-*):/lib/donjon/vmlinuz" \
		"${@:5}" -- sh -c "begin() { ${3:-:}; }; $start_next" > "$work/out" 2>&1 \
		< /dev/null || ended=$?
	! was_cut_off $ended || cut_off "kexec with kernels $1 and $2 CPUs"
	return $ended
}

guest()	# MODE
{
	echo "donjon run configs/secret.ini --set protection.mode=$1 --set vm.memory=64M" \
		"--set kernel.cmdline=seconds=$LIMIT_TEST > /dev/shm/guest 2>&1 & " \
		"await \$! grep ready /dev/shm/guest"
}

succeeded()	# NAME STATUS CPUS KERNEL
{
	check "$1: the second kernel ends well (status $2)" test "$2" = 0
	check "$1: it is $4" grep -q "^second: kernel ${4/./\\.}[.-]" "$work/out"
	check "$1: it has all CPUs" grep -qx "second: CPUs $3" "$work/out"
	check "$1: it starts at EL2" grep -q 'All CPU(s) started at EL2' "$work/out"
	check "$1: the module is loaded again and runs a guest" \
		grep -q 'Hello from a guest.*, protected' "$work/out"
	check "$1: nothing is wrong then" grep -qx 'second: done' "$work/out"
}

# shellcheck disable=SC2317  # called through check
was_ready()
{
	grep -q 'secret: ready' "$work/out"
}

secret_words "$work/words"
fill='mount -o remount,size=90% /tmp
	dd if=/dev/zero of=/tmp/fill bs=1M count=480 2> /dev/null || exit 1
	rm /tmp/fill'
for cpus in 1 2 4; do
	run 6.12 $cpus '' "$fill"
	succeeded "6.12, $cpus CPUs" $? "0$([ $cpus = 1 ] || echo "-$((cpus - 1))")" 6.12
done
for kernels in 6.1:6.1 6.1:6.12 6.12:6.1; do
	run $kernels 2 '' "$fill"
	succeeded "${kernels/:/ to }, 2 CPUs" $? 0-1 ${kernels#*:}
done

run 6.12 2 "$(guest off)" '' --keep-memory "$work/memory"
check "control: the guest ran" was_ready
hits=$(secret_hits "$work/words" "$work/memory")
check "control: without protection the search finds it ($hits words)" test "$hits" -gt 100000
for kernels in 6.1:6.1 6.12:6.12 6.1:6.12 6.12:6.1; do
	name="${kernels/:/ to }, with a guest"
	run $kernels 4 "$(guest required)" '' --keep-memory "$work/memory"
	succeeded "$name" $? 0-3 ${kernels#*:}
	check "$name: it ran" was_ready
	hits=$(secret_hits "$work/words" "$work/memory")
	check "$name: $hits words of its secret left" test "$hits" = 0
	rm -f "$work/memory"
done
echo "1..$n"
exit $status
