#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --kvm nvhe --module no
#
# Where KVM has EL2 the module is refused with one line that says what to do, and KVM works on.

insmod /lib/donjon/donjon.ko 2> /dev/null
status=$?
line=$(dmesg | grep 'donjon: .*kvm-arm.mode=none id_aa64mmfr1.vh=0' | tail -1)
if [ $status != 0 ] && [ -n "$line" ]; then echo "ok 1 - refused: ${line#*donjon: }"; else \
	echo "not ok 1 - refused"; fi
if donjon run configs/hello.ini --set protection.mode=off > /tmp/out 2>&1 &&
	grep -q Hello /tmp/out; then
	echo "ok 2 - KVM still runs a guest"
else
	echo "not ok 2 - KVM still runs a guest"
fi
echo "1..2"
