#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# kernels: 6.12
# host: --dts hyp/tests/nested/many-regions.dts
#
# A machine whose memory map has hundreds of regions, as firmware that keeps many pages makes it:
# guests run, also in memory between these pages. (More than EL2 takes: takeover-many-regions.sh.)

. hyp/tests/nested/tap.inc

kept=$(grep -c ' : reserved$' /proc/iomem)
[ "$kept" -ge 140 ]
ok $? "firmware keeps $kept parts of the memory"
donjon run configs/hello.ini | grep -q 'Hello.*, protected'
ok $? "a guest runs"
# Most of the memory: whatever is free, also between those pages.
donjon run configs/secret.ini --set vm.memory=512M --set kernel.cmdline=seconds=1 > /tmp/out
ok $? "so does one that fills 512 MiB"
! dmesg | grep 'BUG:\|WARNING:\|Oops' | sed 's,^,# ,' | grep .
ok $? "the host's log is clean"
echo "1..$n"
