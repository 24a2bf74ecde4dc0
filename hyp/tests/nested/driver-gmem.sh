#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --qemu "-drive if=none,id=fast,driver=null-co,size=16M,read-zeroes=on
# host: -device virtio-blk-pci,drive=fast
# host: -drive if=none,id=slow,driver=null-co,size=16M,read-zeroes=on,throttling.bps-read=262144
# host: -device virtio-blk-pci,drive=slow"
#
# S1: guest_memfd, by a client of Linux's documented KVM calls: answers, who reaches a guest's page,
# who has to wait for whom, where the memory goes. The disks are for O_DIRECT, one is slow.

modprobe virtio_pci
modprobe virtio_blk
exec kvm-gmem-test
