#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 6.12
# host: --add build/tests/linux-image:/donjon/linux-image
#
# An unmodified Debian kernel as a protected guest of the donjon module.

. vmm/tests/nested/tap.inc
# shellcheck disable=SC2034  # for the file sourced next
mode=required
. vmm/tests/nested/linux-guest.inc
