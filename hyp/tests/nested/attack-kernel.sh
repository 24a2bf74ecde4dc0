#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# The host's kernel against a guest's and EL2's memory, by all addresses that it can make.
# timeout: 240
ulimit -l unlimited
lsmod | grep -q donjon_attack || insmod /lib/donjon/donjon_attack.ko
exec donjon-attack kernel
