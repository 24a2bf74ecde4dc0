#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# 2 MiB pages in the ledger: entries, splits and tables, by the counters.
# timeout: 120
ulimit -l unlimited
lsmod | grep -q donjon_attack || insmod /lib/donjon/donjon_attack.ko
exec donjon-attack blocks
