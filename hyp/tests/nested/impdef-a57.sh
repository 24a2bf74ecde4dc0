#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 6.12
# host: --cpu cortex-a57
#
# S1: a register that EL2 passes on for Cortex-A72 only, on a core that has it, too.

. hyp/tests/nested/attack.inc
exec donjon-attack impdef
