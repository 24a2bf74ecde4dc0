// SPDX-License-Identifier: GPL-2.0-only
#include "lib/gic.h"

#include "abi/platform.h"
#include "lib/guest.h"
#include "lib/mmu.h"
#include "lib/rsi.h"
#include "lib/sysreg.h"

#define GICD_CTLR		0x0000UL
#define GICD_CTLR_ON		0x12U		/* ARE, group 1 */
#define GICR_TYPER_AFFINITY	0x000cUL	/* the upper half of GICR_TYPER */
#define GICR_WAKER		0x0014UL
#define WAKER_SLEEP		(1U << 1)
#define WAKER_CHILDREN_ASLEEP	(1U << 2)
#define GICR_IGROUPR0		0x10080UL	/* in the SGI frame */
#define GICR_ISENABLER0		0x10100UL

#define POLLS			1000000

void gic_init(unsigned int cpus)
{
	uint64_t size = cpus * PLAT_GICR_STRIDE;

	if (rsi_unprotected_bit()) {
		rsi_map_device(PLAT_GICD_BASE, PLAT_GICD_SIZE);
		rsi_map_device(PLAT_GICR_BASE, size);
	} else {
		mmu_map(PLAT_GICD_BASE, PLAT_GICD_SIZE, MMU_DEVICE);
		mmu_map(PLAT_GICR_BASE, size, MMU_DEVICE);
	}
	mmio_write32((rsi_unprotected_bit() | PLAT_GICD_BASE) + GICD_CTLR, GICD_CTLR_ON);
}

/* MPIDR_EL1's fields as GICR_TYPER and ICC_SGI1R_EL1 have them. */
static uint32_t packed_affinity(uint64_t mpidr)
{
	return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 32 & 0xff) << 24;
}

void gic_init_cpu(unsigned int nth)
{
	uint64_t frame = (rsi_unprotected_bit() | PLAT_GICR_BASE) + nth * PLAT_GICR_STRIDE;
	uint32_t affinity = packed_affinity(read_sysreg(mpidr_el1)), waker;
	unsigned int polls = 0;

	if (mmio_read32(frame + GICR_TYPER_AFFINITY) != affinity)
		fail("redistributor %u is for affinity 0x%x, want 0x%x", nth,
		     mmio_read32(frame + GICR_TYPER_AFFINITY), affinity);
	waker = mmio_read32(frame + GICR_WAKER);
	mmio_write32(frame + GICR_WAKER, waker & ~WAKER_SLEEP);
	while (mmio_read32(frame + GICR_WAKER) & WAKER_CHILDREN_ASLEEP)
		if (polls++ == POLLS)
			fail("redistributor %u does not wake up", nth);
	mmio_write32(frame + GICR_IGROUPR0, ~0U);
	mmio_write32(frame + GICR_ISENABLER0, 0xffffU | 1U << GIC_VTIMER);

	write_sysreg(S3_0_C12_C12_5, read_sysreg(S3_0_C12_C12_5) | 1);	/* ICC_SRE_EL1 */
	isb();
	write_sysreg(S3_0_C4_C6_0, 0xff);	/* ICC_PMR_EL1 */
	write_sysreg(S3_0_C12_C12_4, 0);	/* ICC_CTLR_EL1: an end is a deactivation, too */
	write_sysreg(S3_0_C12_C12_7, 1);	/* ICC_IGRPEN1_EL1 */
	isb();
}

void gic_send(uint64_t mpidr, unsigned int id)
{
	uint64_t value = (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 |
			 (mpidr >> 8 & 0xff) << 16 | (uint64_t)id << 24 | 1UL << (mpidr & 0xf) |
			 (mpidr >> 4 & 0xf) << 44;

	/* What was written for the receiver must be seen before the interrupt. */
	dsb_sy();
	write_sysreg(S3_0_C12_C11_5, value);	/* ICC_SGI1R_EL1 */
	isb();
}

uint32_t gic_acknowledge(void)
{
	uint32_t id = (uint32_t)read_sysreg(S3_0_C12_C12_0);	/* ICC_IAR1_EL1 */

	dsb_sy();
	return id;
}

void gic_end(uint32_t id)
{
	write_sysreg(S3_0_C12_C12_1, id);	/* ICC_EOIR1_EL1 */
	isb();
}
