#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --smp 2
#
# S1: the host's kernel touches a guest's page from each place where its code may be: with a fixup
# it gets an error, without one the page is taken, and there is no oops.

. hyp/tests/nested/attack.inc
# Oopses that other attacks have left in the log are theirs.
dmesg -c > /dev/null
exec donjon-attack touch
