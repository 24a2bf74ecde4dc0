#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# A client that knows only Linux's documented KVM calls: protected and unprotected guests, SMP, two
# at once.

. hyp/tests/nested/attack.inc
exec donjon-attack client
