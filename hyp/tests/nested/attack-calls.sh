#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# Every call to EL2 with every kind of wrong argument, Linux's stub calls, and SMCs.
# timeout: 240
lsmod | grep -q donjon_attack || insmod /lib/donjon/donjon_attack.ko
exec donjon-attack calls
