#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --module no --qemu "-machine virtualization=off"
#
# On a machine without EL2 the module says so and leaves the host alone.

dmesg -c > /dev/null
insmod /lib/donjon/donjon.ko 2> /dev/null
status=$?
# busybox insmod tries two system calls, so the line may come twice.
line=$(dmesg | grep 'donjon: ' | grep -v 'taints kernel\|tainting kernel' |
	sed 's|^.*donjon: ||' | sort -u)
if [ $status != 0 ] && [ "$(echo "$line" | wc -l)" = 1 ] &&
   echo "$line" | grep -q "Donjon cannot run here"; then
	echo "ok 1 - refused in one line: $line"
else
	echo "not ok 1 - refused in one line: $line"
fi
if [ ! -e /dev/kvm ] && ! dmesg | grep -q 'BUG:\|WARNING:\|Oops'; then
	echo "ok 2 - nothing is left behind"
else
	echo "not ok 2 - nothing is left behind"
fi
echo "1..2"
