#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# The host's kernel against a guest's and EL2's memory, by all addresses that it can make.
# timeout: 240

. hyp/tests/nested/attack.inc
donjon-attack kernel
status=$?
# The oopses that were meant to be must not worry tests that look for others.
dmesg -c > /dev/null
exit $status
