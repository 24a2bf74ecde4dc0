#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# A client that knows only Linux's documented KVM calls: protected and unprotected guests, SMP, two at once.
# timeout: 120
exec donjon-attack client
