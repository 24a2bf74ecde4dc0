#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --module no
#
# S6: EL2 reaches the firmware by SMC, and filters what the host says by SMC: on a machine whose
# PSCI is by HVC the module refuses to load. A test module makes the device tree say so.

. hyp/tests/nested/tap.inc

insmod /lib/donjon/donjon_conduit.ko
dmesg -c > /dev/null
! insmod /lib/donjon/donjon.ko 2> /dev/null
refused=$?
# busybox insmod tries two system calls, so the line may come twice.
line=$(dmesg | grep 'donjon: ' | grep -v 'taints kernel\|tainting kernel' |
	sed 's|^.*donjon: ||' | sort -u)
[ $refused = 0 ] && [ "$line" = "the firmware has no PSCI by SMC" ]
ok $? "refused in one line: $line"
[ ! -e /dev/kvm ] && ! dmesg | grep -q 'BUG:\|WARNING:\|Oops'
ok $? "nothing is left behind"
rmmod donjon_conduit
insmod /lib/donjon/donjon.ko && [ -e /dev/kvm ]
ok $? "with PSCI by SMC it loads"
rmmod donjon
echo "1..$n"
