#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --icount --smp 2 --config configs/linux.ini
#
# The same where time is counted in instructions: two CPUs by turns, another order of events, and
# one that repeats.

. hyp/tests/nested/smp.inc

stress "four vCPUs, as a Realm, under icount" vm.cpus=4 kernel.cmdline="rsi=1 rounds=5"
echo "1..$n"
