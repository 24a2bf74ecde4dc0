#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 6.12
# host: --cpu cortex-a72 --config configs/linux.ini
#
# S1: random numbers of a protected Linux guest on a CPU without RNDR are EL2's, and not its host's.

. vmm/tests/nested/tap.inc
. vmm/tests/nested/linux-steps.inc
plan 7

for n in 1 2; do
	steps configs/linux.ini random,off
	check "S1: random: boot $n: the guest has them at the start, without the host's seed" \
		ended 0
	sed -n 's/^guest: random: ready at the start, //p' $out > /tmp/random.$n
	check "S1: random: boot $n: tells one" test -s /tmp/random.$n
done
differ()
{
	! cmp -s "$1" "$2"
}
check "S1: random: the two boots have different ones" differ /tmp/random.1 /tmp/random.2
for config in configs/linux.ini configs/linux-unprotected.ini; do
	donjon dtb $config -o /tmp/dtb.1 > $out 2>&1 && donjon dtb $config -o /tmp/dtb.2 > $out 2>&1
	check "dtb: $config gives the same device tree each time" cmp /tmp/dtb.1 /tmp/dtb.2
done
