/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest-physical memory map that the VMM builds and describes in the device tree. A general
 * guest reads the device tree; the payloads in guest/ use these constants, so that they stay small.
 *
 *   0x0800_0000  GICv3 distributor
 *   0x080a_0000  GICv3 redistributors, one after another
 *   0x0900_0000  PL011 console
 *   0x0901_0000  PL031 real-time clock (later)
 *   0x0a00_0000  virtio-mmio devices, one page each
 *   0x4000_0000  RAM
 */
#pragma once

#define PLAT_GICD_BASE		0x08000000UL
#define PLAT_GICD_SIZE		0x00010000UL
#define PLAT_GICR_BASE		0x080a0000UL
#define PLAT_GICR_STRIDE	0x00020000UL	/* RD_base and SGI_base frames of one vCPU */
#define PLAT_UART_BASE		0x09000000UL
#define PLAT_UART_SIZE		0x00001000UL
#define PLAT_UART_SPI		1		/* INTID 32 + 1 */
#define PLAT_RTC_BASE		0x09010000UL
#define PLAT_RTC_SIZE		0x00001000UL
#define PLAT_RTC_SPI		2
#define PLAT_VIRTIO_BASE	0x0a000000UL
#define PLAT_VIRTIO_STRIDE	0x00001000UL
#define PLAT_VIRTIO_SPI		16		/* device n uses SPI 16 + n */
#define PLAT_VIRTIO_MAX		32
#define PLAT_RAM_BASE		0x40000000UL

#define PLAT_NR_IRQS		128		/* SGIs, PPIs and SPIs together */
#define PLAT_VTIMER_PPI		11		/* INTID 16 + 11 = 27 */
#define PLAT_PTIMER_PPI		14		/* INTID 30 */
#define PLAT_MAX_VCPUS		16
