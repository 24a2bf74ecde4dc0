#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A client of Linux's documented KVM calls on /dev/kvm, protected and unprotected.

exec kvm-api-test
