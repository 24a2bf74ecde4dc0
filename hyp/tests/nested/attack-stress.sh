#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S1, S5: calls to EL2 from all CPUs at once, sensible and senseless, on VMs that run and share
# memory, beside a guest.

. hyp/tests/nested/attack.inc
exec donjon-attack stress calls=20000
