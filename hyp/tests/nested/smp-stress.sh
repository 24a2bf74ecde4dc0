#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# Guests with more vCPUs than the host has CPUs: IPIs, timers, CPUs off and on, pages shared from
# all of them at once.

. hyp/tests/nested/smp.inc

stress "four vCPUs, as a Realm" vm.cpus=4 kernel.cmdline="rsi=1 rounds=10"
stress "four vCPUs, 4 KiB pages" vm.cpus=4 kernel.cmdline="rounds=10 seed=2" \
	vm.backing=anonymous vm.hugepages=never
stress "four vCPUs, unprotected" vm.cpus=4 kernel.cmdline="rounds=10 seed=3" protection.mode=off
stress "sixteen vCPUs" vm.cpus=16 kernel.cmdline="rsi=1 rounds=2 seed=4" vm.memory=32M
run smp "sixteen vCPUs boot" "smp: 16 CPUs" vm.cpus=16

# Side by side: each has what the other must not see or wait for.
start secret /tmp/one kernel.cmdline=seconds=4
first=$!
start stress /tmp/two vm.cpus=2 kernel.cmdline="rsi=1 rounds=10 seed=5"
second=$!
wait $first && grep -q "secret: intact" /tmp/one
result $? "two protected guests side by side: the first is intact" /tmp/one
wait $second && grep -q "stress: 2 CPUs, 10 times on" /tmp/two
result $? "and the second passes" /tmp/two
grep -q "guest" /sys/kernel/debug/donjon/ledger
[ $? = 1 ]
result $? "no guest's page is left" /sys/kernel/debug/donjon/ledger
echo "1..$n"
