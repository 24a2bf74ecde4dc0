#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --cpu neoverse-n1
#
# S1: registers that EL2 passes on, on a core that may have them.

. hyp/tests/nested/attack.inc
exec donjon-attack impdef
