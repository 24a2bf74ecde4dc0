#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# The stress with the specification beside the ledger: a difference between the two is a panic of
# EL2. The long one: make stress.
# host: --mem 512M --module no

. hyp/tests/nested/spec.inc
exec donjon-attack stress calls="${1:-4000}"
