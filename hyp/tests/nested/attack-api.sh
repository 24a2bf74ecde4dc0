#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S2, S4: a malicious VMM on the KVM API: registers, activated VMs, races, lifetimes.

. hyp/tests/nested/attack.inc
exec donjon-attack api
