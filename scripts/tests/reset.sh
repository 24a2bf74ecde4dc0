#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S3, S6: when the nested host resets, powers off or panics, or EL2 panics, with a guest running, no
# word of the guest's secret is left anywhere in the machine's memory: not in the guest's pages, not
# in its registers that EL2 keeps, not on a stack. The machine's memory is a file, which is searched
# afterwards; that the search would find the secret is shown with an unprotected guest.
#
# The same when root lets a watchdog reset the machine, past EL2: it cannot. That it could, and that
# then the search finds a protected guest's secret, is shown with the watchdog left to the host.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
. scripts/lib/secret.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/reset.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# run KERNEL MODE COMMAND [BEFORE [ARGUMENTS for scripts/host]]: ends the machine by COMMAND while
# `secret` runs.
run()
{
	local ended=0

	scripts/host --kernel "$1" --mem 512M --keep-memory "$work/memory" --reset-ok \
		--timeout "$LIMIT_STEP" \
		"${@:5}" -- sh -c "
		. scripts/lib/limit.sh
		${4-}
		donjon run configs/secret.ini --set protection.mode=$2 --set vm.cpus=2 \
			--set kernel.cmdline=seconds=$LIMIT_TEST > /tmp/out 2>&1 &
		await \$! grep ready /tmp/out
		grep 'secret: [ar]' /tmp/out
		sleep 1
		gone \$! && echo ended too early
		$3
		sleep $LIMIT_STEP" > "$work/out" 2>&1 < /dev/null || ended=$?
	! was_cut_off $ended || cut_off "a machine that was to end by: $3"
	return $ended
}

# It has made the calls that EL2 might keep something of, too.
# shellcheck disable=SC2317  # called through check
was_ready()
{
	grep -q 'secret: random numbers' "$work/out" &&
		grep -q 'secret: another CPU' "$work/out" &&
		grep -q 'secret: ready' "$work/out" && ! grep -q 'ended too early' "$work/out"
}

found()
{
	secret_hits "$work/words" "$work/memory"
}

ended()
{
	local name=$1 hits size

	check "$name: the guest ran when the machine ended" was_ready
	hits=$(found)
	size=$(du -m "$work/memory" | cut -f1)
	check "$name: $hits words of its secret left in $size MiB of memory" \
		test "$hits" = 0
	rm -f "$work/memory"
}

secret_words "$work/words"
run 6.12 off 'reboot -f'
check "control: the guest ran" was_ready
hits=$(found)
check "control: without protection the search finds it ($hits words)" test "$hits" -gt 100000
rm -f "$work/memory"
run 6.12 required 'reboot -f'
ended "reboot -f, 6.12"
run 6.1 required 'reboot -f'
ended "reboot -f, 6.1"
run 6.12 required 'poweroff -f'
ended "poweroff -f, 6.12"
run 6.12 required 'echo b > /proc/sysrq-trigger'
ended "an emergency restart, 6.12"
run 6.12 required 'echo c > /proc/sysrq-trigger'
ended "a panic of the host, 6.12"
# EL2's own panic, which only the debug image has a call for: the guests are gone before the host
# learns of it. The host stays where it is then (panic=0), for a reset would zero the guests' memory
# once more; its last message ends the machine.
run 6.12 required 'insmod /lib/donjon/donjon_attack.ko; donjon-attack panic' \
	'insmod /lib/donjon/donjon-debug.ko' \
	--module no --append panic=0 --until '---[ end Kernel panic'
check "EL2 panics: the host's log has the reason" \
	grep -q 'EL2: panic on CPU [01]: asked for by the host' "$work/out"
check "and a back trace with names" grep -q 'EL2: .*hc_debug_panic+0x' "$work/out"
ended "a panic of EL2, 6.12"
# The same by an exception at EL2, which overwrites where the host was, and with the ledger's lock
# taken, as its own assertions would leave it: the host still reports an SError in order, and gets
# as far as a reset.
run 6.12 required 'insmod /lib/donjon/donjon_attack.ko; donjon-attack panic-locked' \
	'insmod /lib/donjon/donjon-debug.ko' \
	--module no --append panic=1
check "EL2 panics with the ledger locked: the host panics and does not hang (status $?)" \
	test $? = 126
check "and says why" grep -q 'EL2: panic on CPU [01]: exception at EL2' "$work/out"
check "with a back trace" grep -q 'EL2: .*hc_debug_panic+0x' "$work/out"
check "and reports an SError" \
	grep -q 'Kernel panic - not syncing: Asynchronous SError Interrupt' "$work/out"
ended "a panic of EL2 with the ledger locked, 6.12"

# watchdog MODULE-ARGUMENTS COMMAND: runs a protected guest in a machine with a PCI watchdog. The
# command may use the driver, by_hand, and outlived, which says so if the machine is still there
# ten times as long as the watchdog takes.
# shellcheck disable=SC2016  # the nested host expands it
watchdog()
{
	run 6.12 required "$2" '
		by_hand()
		{
			ecam=0x$(sed -n "s/-.*PCI ECAM$//p" /proc/iomem) page=$((ecam + 0x8000))
			devmem $((page + 0x10)) 32 0x10000000
			devmem $((page + 4)) 16 2
			for timer in 0 4; do
				devmem 0x1000000c 8 0x80
				devmem 0x1000000c 8 0x86
				devmem $((0x10000000 + timer)) 32 0x400
			done
			devmem $((page + 0x68)) 8 2
			echo "by hand: $(devmem $((page + 0x68)) 8)"
		}
		driver()
		{
			insmod /lib/donjon/i6300esb.ko heartbeat=2
			[ ! -e /dev/watchdog ] || exec 8> /dev/watchdog
		}
		outlived()
		{
			sleep 20
			gone $! && echo ended too early
			echo outlived
		}
		' --append iomem=relaxed --module-args "$1" --qemu '-device i6300esb,addr=01.0' \
		--add "$esb:/lib/donjon/i6300esb.ko"
}

bit()
{
	check "$1: the guest ran" was_ready
	check "$1: the machine was reset" test "$2" = 0
	! grep -q outlived "$work/out"
	check "$1: not by a command" test $? = 0
	hits=$(found)
	check "$1: the secret is there after the reset ($hits words)" test "$hits" -gt 100000
	rm -f "$work/memory"
}

esb=build/deps/resets/i6300esb.ko
watchdog watchdogs=1 driver
bit "control: a watchdog that is the host's" $?
watchdog watchdogs=1 by_hand
bit "control: the same, without its driver" $?
watchdog '' 'echo 1 > /sys/bus/pci/rescan; driver; by_hand; outlived; reboot -f'
check "a watchdog: it is kept from the host" grep -q 'by hand: 0x00' "$work/out"
check "a watchdog: the machine outlives it" grep -q outlived "$work/out"
ended "root and a watchdog, 6.12"
echo "1..$n"
exit $status
