#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# kernels: 6.1 6.12
#
# A client of Linux's documented KVM calls on /dev/kvm, protected and unprotected.

exec kvm-api-test
