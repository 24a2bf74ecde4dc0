# SPDX-License-Identifier: GPL-2.0-only
# Virtio: the transport, its threads, and the devices. Included by vmm/build.mk.
VMM_VIRTIO := $(addprefix virtio/,chain device host memory mmio queue rng slots worker)
