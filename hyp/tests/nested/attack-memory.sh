#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S1: user space against a protected guest's memory: by the VMM's own mapping, by system calls, by
# other processes.

. hyp/tests/nested/attack.inc
modprobe brd rd_nr=1 rd_size=1024 2> /dev/null
exec donjon-attack memory
