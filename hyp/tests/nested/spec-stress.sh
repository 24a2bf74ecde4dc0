#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# The stress with the specification beside the ledger: a difference between the two is a panic of
# EL2. By hand, the long one:
#   scripts/host --mem 512M --module no --timeout 0 -- sh hyp/tests/nested/spec-stress.sh 200000
# host: --mem 512M --module no

. hyp/tests/nested/spec.inc
exec donjon-attack stress calls="${1:-4000}"
