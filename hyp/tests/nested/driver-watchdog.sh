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

ecam=0x$(sed -n 's/-.*PCI ECAM$//p' /proc/iomem)
page=$((ecam + 0x8000))
# Bytes of the identification of PL061, in the first frame, and of PL031, in the second.
reads 0x9030fe0 32 0x61 && reads 0x9010fe0 32 0x31 && there
ok $? "control: they are there before"

load
ok $? "the module loads"
says "the watchdog 0000:00:01.0 is kept from the host"
says "the watchdog /watchdog@9030000 is kept from the host"
says "the watchdog /watchdog@9000800 is the host's"
says "/reset is the host's"
[ "$(wc -l < /tmp/lines)" = 4 ]
ok $? "nothing else: $(grep -c . /tmp/lines) lines"
for width in 8 16 32 64; do
	reads 0x9030fe0 $width 0 && reads 0x9010fe0 $width 0 && reads $page $width 0
	ok $? "loads of $width bits read as zero"
	devmem 0x9030400 $width 0xff && devmem $((page + 0x60)) $width 0xff
	ok $? "stores of $width bits do no harm"
done
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
reads 0x9030fe0 32 0x61 && reads 0x9010fe0 32 0x31 && there
ok $? "unloading gives them back"
# PL061's directions, and what 6300ESB does when its time is over.
reads 0x9030400 32 0 && reads $((page + 0x60)) 16 0
ok $? "what was written has not arrived"

load watchdogs=1
ok $? "with watchdogs=1 the module loads"
says "the watchdog 0000:00:01.0 is the host's"
says "the watchdog /watchdog@9030000 is the host's"
reads 0x9030fe0 32 0x61 && there
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
load
ok $? "and not afterwards"
rmmod donjon
echo "1..$n"
