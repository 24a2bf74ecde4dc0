#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 6.12
# host: --cpu cortex-a57
#
# S5: a core on which a guest can stop a CPU is named when the module is loaded, once for all CPUs.

. hyp/tests/nested/attack.inc
. hyp/tests/nested/tap.inc

rmmod donjon_attack donjon
dmesg -c > /dev/null
insmod /lib/donjon/donjon.ko
ok $? "the module is loaded"
[ "$(dmesg | grep -c 'donjon: erratum Cortex-A57 832075: a guest can stop a CPU')" = 1 ]
ok $? "the log names Cortex-A57's erratum 832075"
echo "1..$n"
