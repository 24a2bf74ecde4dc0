#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --mem 1G
#
# S6: the module is unloaded while EL2 still has a VM (a bad kernel made it, by calls of its own):
# EL2 stays, refuses to stop CPUs, and the host goes on, with hot-plug off, until it is rebooted. In
# a boot of its own.

. hyp/tests/nested/tap.inc

. hyp/tests/nested/attack.inc
donjon-attack leave-vm | sed 's/^/# /'
rmmod donjon
dmesg | grep -q "donjon: EL2 does not stop: in use.*lost until the next reboot"
ok $? "unloading says that EL2 stays, and why"
! echo 0 2> /dev/null > /sys/devices/system/cpu/cpu1/online &&
	[ "$(cat /sys/devices/system/cpu/online)" = 0-1 ]
ok $? "no CPU goes offline"
! insmod /lib/donjon/donjon.ko 2> /dev/null
ok $? "it is not loaded over itself: $(dmesg | grep donjon: | tail -1)"
i=0
for i in 1 2 3 4 5 6 7 8; do taskset $((i % 2 + 1)) cat /proc/cpuinfo > /dev/null || break; done
ok $? "the host goes on"
echo "1..$n"
