#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --smp 2
#
# S1, S7: the host's kernel against a guest's and EL2's memory, by all addresses that it can make.
# In a boot of its own, as its oopses would worry tests that look for others in the kernel's log.

. hyp/tests/nested/attack.inc
exec donjon-attack kernel
