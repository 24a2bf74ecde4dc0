#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S2, S5, S6: late answers to a guest's accesses, calls that seem to end the machine, runs in
# streaming mode.

. hyp/tests/nested/attack.inc
exec donjon-attack entries
