#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# kernels: 6.12
# host: --icount --smp 1
#
# What Donjon may cost at most, in instructions as a protected guest counts them. The counter ticks
# once per instruction of any CPU and goes on while the guest's thread waits for its turn, so each
# figure is the best of three runs.

. scripts/lib/limit.sh

n=0
best()	# NAME FILE: the smallest of the figures with this name
{
	awk -v name="$1" '$1 == "bench:" && $2 == name { print $3 }' "$2" | tr -d '\r' | sort -n |
		head -1
}

at_most()	# LIMIT NAME FILE TEXT
{
	n=$((n + 1))
	value=$(best "$2" "$3")
	if [ -n "$value" ] && [ "$value" -le "$1" ]; then
		echo "ok $n - $4: $value, at most $1"
	else
		echo "not ok $n - $4: ${value:-no figure}, at most $1"
	fi
}

run()	# FILE ARGUMENTS...
{
	file=$1
	shift
	for _ in 1 2 3; do
		donjon run configs/bench.ini --timeout "$LIMIT_STEP" \
			--set protection.mode=required "$@" \
			>> "$file" 2>&1 || sed 's/^/# /' "$file"
	done
}

sleep 20
run /tmp/small --set vm.hugepages=never --set kernel.cmdline=backing=4k
run /tmp/own --set vm.backing=anonymous --set vm.hugepages=never --set kernel.cmdline=backing=4k
run /tmp/large --set kernel.cmdline=backing=2m
at_most 250 hvc_psci_version_median /tmp/small "HVC PSCI_VERSION and back"
at_most 4000 mmio_read_median /tmp/small "MMIO exit to the VMM and back"
at_most 4000 first_touch_4k_average /tmp/small "first touch of a page, memory in 4 KiB pages"
at_most 5000 first_touch_4k_average /tmp/own "first touch of a page, the VMM's own, in 4 KiB pages"
# 264 of them are the host's kernel that zeroes the page.
at_most 400 first_touch_2m_average /tmp/large "first touch of a page, memory in 2 MiB pages"
echo "1..$n"
