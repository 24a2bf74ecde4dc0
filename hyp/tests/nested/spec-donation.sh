#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# All donation scripts against EL2 with the specification beside it: two independent expectations of
# each step.
# kernels: 6.12
# host: --mem 1G --module no --reserve 0x40000000:0x200000 --reserve 0x7fe00000:0x200000

. hyp/tests/nested/spec.inc
exec donjon-donation scripts/donation
