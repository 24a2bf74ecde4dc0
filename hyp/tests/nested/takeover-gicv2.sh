#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# kernels: 6.12
# host: --module no --qemu "-machine gic-version=2"
#
# On a machine with a GICv2 the module says so before it touches EL2.

. hyp/tests/nested/refusal.inc
is_refused 'GICv2.*Donjon cannot run here'
echo "1..$n"
