#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --module no
# host: --add build/deps/resets/i6300esb.ko:/lib/donjon/i6300esb.ko
# host: --qemu "-device i6300esb,addr=01.0" --dts hyp/tests/nested/watchdogs.dts
# host: --append iomem=relaxed
#
# S3: the machine's watchdogs are kept from the host while the module is loaded, and given back;
# what cannot be kept is named in the log; one in use is a reason not to load.

. hyp/tests/nested/tap.inc

# load [PARAMETER]: insmod; its lines about watchdogs are then in /tmp/lines
load()
{
	dmesg -c > /dev/null
	insmod /lib/donjon/donjon.ko "$@" 2> /dev/null
	result=$?
	dmesg | sed -n 's/^.*donjon: //p' |
		sed -n 's/\(is kept from the host\|is the host.s\|stop it\).*/\1/p' > /tmp/lines
	return $result
}

says()
{
	grep -qxF -- "$1" /tmp/lines
	ok $? "in the log: $1"
}

there()	# the PCI watchdog, for Linux
{
	[ -e /sys/bus/pci/devices/0000:00:01.0 ]
}

reads()	# ADDRESS WIDTH VALUE
{
	[ $(($(devmem "$1" "$2"))) = $(($3)) ]
}

# The first byte that fw_cfg answers is the Q of its signature, where the third node is.
signature()
{
	devmem 0x9020008 16 0
	reads 0x9020000 8 0x51
}

# with DEVICE: gives it a driver that takes any device
with()
{
	echo simple-pm-bus > "/sys/bus/platform/devices/$1/driver_override"
	echo "$1" > /sys/bus/platform/drivers/simple-pm-bus/bind
}

# without DEVICE
without()
{
	echo "$1" > /sys/bus/platform/drivers/simple-pm-bus/unbind
}

ecam=0x$(sed -n 's/-.*PCI ECAM$//p' /proc/iomem)
page=$((ecam + 0x8000))
# Bytes of the identification of PL061, in the first frame, and of PL031, in the second.
reads 0x9030fe0 32 0x61 && reads 0x9010fe0 32 0x31 && signature && there
ok $? "control: they are there before"

load
ok $? "the module loads"
says "the watchdog 0000:00:01.0 is kept from the host"
says "the watchdog /watchdog@9030000 is kept from the host"
says "the watchdog /wdt@9020000 is kept from the host"
says "the watchdog /wdt-of-firmware is kept from the host"
says "the watchdog /watchdog@9000800 is the host's"
says "/reset is the host's"
[ "$(wc -l < /tmp/lines)" = 6 ]
ok $? "nothing else: $(grep -c . /tmp/lines) lines"
for width in 8 16 32 64; do
	reads 0x9030fe0 $width 0 && reads 0x9010fe0 $width 0 && reads $page $width 0
	ok $? "loads of $width bits read as zero"
	devmem 0x9030400 $width 0xff && devmem $((page + 0x60)) $width 0xff
	ok $? "stores of $width bits do no harm"
done
! signature
ok $? "nor is there the one that is named wdt"
grep -q '^host_refusals 0$' /sys/kernel/debug/donjon/counters
ok $? "none was refused"
reads 0x9040fe0 32 0x11 && reads "$ecam" 16 0x1b36
ok $? "other devices are the host's"
echo 1 > /sys/bus/pci/rescan
! there
ok $? "Linux does not find it again"
donjon run configs/hello.ini | grep -q 'Hello.*, protected'
ok $? "a guest runs"
! dmesg | grep -q 'BUG:\|WARNING:\|Oops'
ok $? "the host's log is clean"
rmmod donjon
reads 0x9030fe0 32 0x61 && reads 0x9010fe0 32 0x31 && signature && there
ok $? "unloading gives them back"
# PL061's directions, and what 6300ESB does when its time is over.
reads 0x9030400 32 0 && reads $((page + 0x60)) 16 0
ok $? "what was written has not arrived"

load watchdogs=1
ok $? "with watchdogs=1 the module loads"
says "the watchdog 0000:00:01.0 is the host's"
says "the watchdog /watchdog@9030000 is the host's"
says "the watchdog /wdt@9020000 is the host's"
says "the watchdog /wdt-of-firmware is kept from the host"
reads 0x9030fe0 32 0x61 && signature && there
ok $? "and they stay the host's"
rmmod donjon

# A failure later on gives them back.
! load fail_at=start:1 && there && reads 0x9030fe0 32 0x61
ok $? "after a failure to load they are the host's"

# One that runs.
devmem $((page + 0x68)) 8 2
! load && there && reads 0x9030fe0 32 0x61
ok $? "refused while the PCI one runs"
says "the watchdog 0000:00:01.0 runs: stop it"
devmem $((page + 0x68)) 8 0
if insmod /lib/donjon/i6300esb.ko 2> /dev/null; then
	! load
	ok $? "refused while it has a driver"
	says "the watchdog 0000:00:01.0 has a driver: stop it"
	rmmod i6300esb
fi
for device in 9020000.wdt wdt-of-firmware; do
	with $device
	! load && signature
	ok $? "refused while $device has a driver"
	grep -q '^the watchdog /wdt.* has a driver: stop it$' /tmp/lines
	ok $? "and the log names it"
	without $device
done
# One that the firmware serves is the host's where its call is, and only there.
with wdt-of-firmware
! load watchdogs=1
ok $? "refused with watchdogs=1: EL2 would not let its call through"
load firmware_calls=0x82003d06
ok $? "not where that call is listed"
says "the watchdog /wdt-of-firmware is the host's"
rmmod donjon
without wdt-of-firmware
load
ok $? "and not afterwards"
rmmod donjon
echo "1..$n"
