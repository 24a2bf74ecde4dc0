#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --kvm default --module no
#
# Without the command line that Donjon needs the kernel itself is at EL2: one line says what to do,
# and KVM works on.

. scripts/lib/limit.sh

dmesg -c > /dev/null
insmod /lib/donjon/donjon.ko 2> /dev/null
status=$?
# busybox insmod tries two system calls, so the line may come twice.
line=$(dmesg | grep 'donjon: ' | grep -v 'taints kernel\|tainting kernel' |
	sed 's|^.*donjon: ||' | sort -u)
if [ $status != 0 ] &&
   [ "$(echo "$line" | wc -l)" = 1 ] && echo "$line" |
   	grep -q 'kvm-arm.mode=none id_aa64mmfr1.vh=0'; then
	echo "ok 1 - refused in one line: $line"
else
	echo "not ok 1 - refused in one line: $line"
fi
if donjon run configs/hello.ini --timeout "$LIMIT_STEP" --set protection.mode=off > /tmp/out \
	2>&1 && grep -q Hello /tmp/out; then
	echo "ok 2 - KVM still runs a guest"
else
	echo "not ok 2 - KVM still runs a guest"
	sed 's/^/# /' /tmp/out
fi
echo "1..2"
