#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Interrupts, timer and eventfds of a guest, driven step by step through Linux's documented KVM
# calls.

exec kvm-irq-test
