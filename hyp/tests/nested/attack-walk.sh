#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --smp 2
#
# S5: the host's kernel touches a guest's page by tables that lead nowhere when EL2 walks them.

. hyp/tests/nested/attack.inc
exec donjon-attack walk
