#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 6.12
# host: --icount --smp 2 --config configs/linux.ini
#
# What the boot of a protected Linux guest costs, from `donjon run` to its init and off: one vCPU,
# 256 MiB, quiet. Time is counted in instructions, of both CPUs together, so this is an upper limit
# of what guest and all under it needed. Without a hypervisor, directly on QEMU's machine with one
# CPU, the same kernel and initramfs take 1.18e9.

. vmm/tests/nested/tap.inc
. vmm/tests/nested/linux-steps.inc

LIMIT=145	# hundredths of a second: of 1e7 instructions each

plan 2

hundredths()
{
	cut -d ' ' -f 1 /proc/uptime | tr -d .
}

best=100000
for _ in 1 2; do
	start=$(hundredths)
	steps configs/linux.ini off --set vm.cpus=1
	end=$(hundredths)
	[ $((end - start)) -ge $best ] || best=$((end - start))
	[ "$status" = 0 ] || break
done
check "the guest gets to its init and powers off" ended 0 "guest: ready"
check "it takes at most 1.45e9 instructions: $((best / 100)).$((best / 10 % 10))$((best % 10))e9" \
	[ $best -le $LIMIT ]
