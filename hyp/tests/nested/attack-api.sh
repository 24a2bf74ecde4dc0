#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# A malicious VMM on the KVM API: registers, sealed VMs, races, lifetimes.
# timeout: 240
ulimit -l unlimited
lsmod | grep -q donjon_attack || insmod /lib/donjon/donjon_attack.ko
exec donjon-attack api
