#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S5, S6: every call to EL2 with every kind of wrong argument, Linux's stub calls, and SMCs.

. hyp/tests/nested/attack.inc
exec donjon-attack calls
