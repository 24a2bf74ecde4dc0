#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --cpu cortex-a72
#
# S1: what Cortex-A72 lets EL1 do to its caches, and what a stock driver needs.

. hyp/tests/nested/attack.inc
exec donjon-attack impdef
