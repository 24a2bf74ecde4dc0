#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
#
# The payloads on QEMU's CPU with everything. The attacks run there one by one.

suites=
. hyp/tests/nested/cpu.inc
