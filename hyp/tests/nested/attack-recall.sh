#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S1, S2, S5: a guest takes back a page that it shares, and the host gives a wrong answer, none, one
# too many, or ends the VM.

. hyp/tests/nested/attack.inc
exec donjon-attack recall
