#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# kernels: 7.3
# host: --kvm protected
#
# guest_memfd's calls on stock Linux: the answers that driver-gmem.sh wants of the module.

exec kvm-gmem-test api
