#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# All donation scripts (scripts/donation) against EL2 itself. The first and the last 2 MiB of RAM
# are kept from the kernel for them.
# host: --reserve 0x40000000:0x200000 --reserve 0xbfe00000:0x200000

. hyp/tests/nested/attack.inc
exec donjon-donation scripts/donation
