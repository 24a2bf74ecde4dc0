#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --cpu neoverse-n1
#
# The payloads and the attacks that depend on the CPU, on neoverse-n1.

suites="client kernel objects blocks"
. hyp/tests/nested/cpu.inc
