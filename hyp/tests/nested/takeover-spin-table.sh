#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --module no
# host: --dts hyp/tests/nested/spin-table.dts
#
# A CPU that is off and does not come by PSCI could be started at EL2 later, past the hypervisor:
# the module refuses to load.

if [ "$(cat /sys/devices/system/cpu/present) $(cat /sys/devices/system/cpu/online)" = "0-1 0" \
	]; then
	echo "ok 1 - the machine has such a CPU"
else
	echo "not ok 1 - the machine has such a CPU"
fi
dmesg -c > /dev/null
insmod /lib/donjon/donjon.ko 2> /dev/null
status=$?
line=$(dmesg | grep 'donjon: ' | grep -v 'taints kernel\|tainting kernel' |
	sed 's|^.*donjon: ||' | sort -u)
expected="/cpus/cpu@1 is off, and its enable-method is spin-table, not psci: boot with all CPUs"
if [ $status != 0 ] && [ "$line" = "$expected" ]; then
	echo "ok 2 - refused in one line: $line"
else
	echo "not ok 2 - refused in one line: $line"
fi
echo "1..2"
