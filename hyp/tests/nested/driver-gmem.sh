#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# S1: guest_memfd, by a client of Linux's documented KVM calls: answers, who reaches a guest's page,
# where the memory goes.

exec kvm-gmem-test
