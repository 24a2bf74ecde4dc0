#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S2, S3, S4: a VM made by calls to EL2 alone: exits, activation, zeroing, end, limits.

. hyp/tests/nested/attack.inc
exec donjon-attack objects
