#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --module no --cpu neoverse-n1
#
# CPUs that have only the VHE form of EL2, which a test module plays: EL2 writes no register, and
# the host goes on. In a boot of its own.

. hyp/tests/nested/refusal.inc
insmod /lib/donjon/donjon_e2h.ko
ok $? "HCR_EL2.E2H is set"
is_refused 'entering EL2 failed on CPU 0: .*VHE'
is_refused 'entering EL2 failed on CPU 0: .*VHE'
echo "1..$n"
