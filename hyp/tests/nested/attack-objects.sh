#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# A VM made by calls to EL2 alone: exits, seal, zeroing, end, limits.
# timeout: 120
lsmod | grep -q donjon_attack || insmod /lib/donjon/donjon_attack.ko
exec donjon-attack objects
