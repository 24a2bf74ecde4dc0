#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S1, S3, S5: every call of the Realm Services Interface from inside a guest, and what the host sees
# of its pages meanwhile.

. hyp/tests/nested/attack.inc
exec donjon-attack rsi
