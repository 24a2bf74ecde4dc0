#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --icount --smp 1
#
# S2: what the host's performance counters say of a guest.

. hyp/tests/nested/attack.inc
exec donjon-attack pmu
