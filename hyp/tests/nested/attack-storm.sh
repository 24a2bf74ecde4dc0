#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# Calls to EL2 at random, from all CPUs at once, beside a guest.
# timeout: 180

. hyp/tests/nested/attack.inc
exec donjon-attack storm
