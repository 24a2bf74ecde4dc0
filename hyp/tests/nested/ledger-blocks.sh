#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# 2 MiB pages in the ledger: entries, splits and tables, by the counters.

. hyp/tests/nested/attack.inc
exec donjon-attack blocks
