#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --mem 1G,maxmem=4G
# host: --qemu "-object memory-backend-ram,id=more,size=1G
# host: -device virtio-mem-pci,memdev=more,requested-size=1G"
#
# S1, S6: memory that comes when the module is loaded stays offline, with a line in the log: EL2
# does not know it. The host and its guests go on. Once the module is unloaded the memory can be
# used, and then also under the module, guests included.

. scripts/lib/limit.sh
. hyp/tests/nested/tap.inc

blocks()	# of memory, online or not: 128 MiB each
{
	find /sys/devices/system/memory -maxdepth 1 -name 'memory*' | wc -l
}

online_all()	# fails where one stays offline
{
	for state in /sys/devices/system/memory/memory*/state; do
		[ "$(cat "$state")" = online ] || echo online 2> /dev/null > "$state" || return 1
	done
}

total()		# of the host's memory, MiB
{
	awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo
}

refusals()
{
	awk '$1 == "host_refusals" { print $2 }' /sys/kernel/debug/donjon/counters
}

guest_runs()	# [MEMORY]
{
	donjon run configs/secret.ini --timeout "$LIMIT_STEP" --set "vm.memory=${1:-16M}" \
		--set kernel.cmdline=seconds=1 | grep -q intact
}

ulimit -l unlimited
there=$(blocks) before=$(total) refused=$(refusals)
# As Debian's udev rules, or its newer kernels.
echo online > /sys/devices/system/memory/auto_online_blocks
modprobe virtio_pci && modprobe virtio_mem
ok $? "there is a virtio-mem device"
arrived()
{
	[ "$(blocks)" -ge $((there + 8)) ]
}
await '' arrived
ok $? "its memory has come"
dmesg | grep -q 'donjon: memory at 0x[0-9a-f]* stays offline'
ok $? "the log says that it stays offline"
[ "$(total)" = "$before" ]
ok $? "the host has no memory more: $before MiB, $(total) MiB"
! online_all
ok $? "nor does root bring it online"
i=0
while [ $i -lt 25 ] && cat /proc/cpuinfo > /dev/null; do i=$((i + 1)); done
[ $i = 25 ] && [ "$(refusals)" = "$refused" ]
ok $? "programs run, and EL2 refuses them nothing"
guest_runs
ok $? "a guest runs"

rmmod donjon
online_all && [ "$(total)" -ge $((before + 900)) ]
ok $? "without the module the memory can be used: $(total) MiB"
insmod /lib/donjon/donjon.ko
ok $? "the module takes EL2 with the memory"
# More than there was before.
guest_runs 1200M
ok $? "a guest runs that needs it"
! dmesg | grep -E 'BUG:|WARNING:|Oops'
ok $? "nothing is wrong in the log"
echo "1..$n"
