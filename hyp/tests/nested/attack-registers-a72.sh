#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --cpu cortex-a72
#
# S2: what the host reads of all system registers after the run of a guest that has filled its own.

. hyp/tests/nested/attack.inc
exec donjon-attack registers
