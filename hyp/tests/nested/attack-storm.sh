#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# Calls to EL2 at random, from all CPUs at once, beside a guest.
# timeout: 180
lsmod | grep -q donjon_attack || insmod /lib/donjon/donjon_attack.ko
exec donjon-attack storm
