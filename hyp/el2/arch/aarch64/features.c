// SPDX-License-Identifier: GPL-2.0-only
#include <arch/attributes.h>
#include <arch/features.h>
#include <arch/sysreg.h>

struct cpu_features cpu_features;

static unsigned int field(uint64_t reg, unsigned int low)
{
	return (reg >> low) & 0xf;
}

static void read_features(struct cpu_features *f)
{
	static const uint8_t pa_bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };
	uint64_t mmfr0 = read_sysreg(id_aa64mmfr0_el1), isar1 = read_sysreg(id_aa64isar1_el1);
	uint64_t dfr0 = read_sysreg(id_aa64dfr0_el1), isar2 = read_sysreg(id_aa64isar2_el1),
		 dczid = read_sysreg(dczid_el0), vtr = read_sysreg(ICH_VTR_EL2);

	f->pa_bits = pa_bits[field(mmfr0, 0) & 7];
	f->nr_lrs = (vtr & 0x1f) + 1;
	/*
	 * PREbits holds the number of preemption bits less one: 5, 6 or 7 bits need 1, 2 or 4
	 * registers.
	 */
	f->nr_aprs = 1 << (((vtr >> 26) & 7) > 4 ? ((vtr >> 26) & 7) - 4 : 0);
	f->fwb = field(read_sysreg(id_aa64mmfr2_el1), 40);
	f->dic = read_sysreg(ctr_el0) & BIT(29);
	f->pauth = (isar1 & (MASK(11, 4) | MASK(31, 24))) || (isar2 & MASK(15, 8));
	f->fgt = field(mmfr0, 56);
	f->fgt2 = field(mmfr0, 56) > 1;
	f->hcx = field(read_sysreg(id_aa64mmfr1_el1), 40);
	f->ras = field(read_sysreg(id_aa64pfr0_el1), 28);
	f->rng = field(read_sysreg(id_aa64isar0_el1), 60);
	f->mops = field(isar2, 16);
	f->sme = field(read_sysreg(id_aa64pfr1_el1), 24);
	/* P: another exception level owns the buffer. */
	f->spe = field(dfr0, 32) && !(read_sysreg(PMBIDR_EL1) & BIT(4));
	f->trace_filter = field(dfr0, 40);
	/* HDFGWTR_EL2.nBRBCTL 0: Linux has not been given it, and EL3 may trap it. */
	f->brbe = field(dfr0, 52) && f->fgt && (read_sysreg(HDFGWTR_EL2) & BIT(60));
	f->pmu = field(dfr0, 8) < 0xf ? field(dfr0, 8) : 0;
	f->zva_size = dczid & BIT(4) ? 0 : 4U << (dczid & 0xf);
	f->dcache_line = 4U << field(read_sysreg(ctr_el0), 16);
}

static bool usable(void)
{
	uint64_t mmfr0 = read_sysreg(id_aa64mmfr0_el1), pfr0 = read_sysreg(id_aa64pfr0_el1);

	/* TGran4_2: 1 is "no"; TGran4: 0xf is "no", 0 for TGran4_2 means "as TGran4". */
	if (field(mmfr0, 40) == 1 || (field(mmfr0, 40) == 0 && field(mmfr0, 28) == 0xf))
		return false;
	return field(pfr0, 24);
}

_Static_assert(sizeof(struct cpu_features) == 28, "no padding: it is compared byte by byte");

int features_init(bool first)
{
	struct cpu_features here = { 0 };
	uint64_t i;

	if (!usable())
		return -ENODEV;
	read_features(&here);
	if (first)
		cpu_features = here;
	/* The shortest line of all counts, and an instruction cache that needs IC. */
	if (here.dcache_line < cpu_features.dcache_line)
		cpu_features.dcache_line = here.dcache_line;
	cpu_features.dic &= here.dic;
	here.dcache_line = cpu_features.dcache_line;
	here.dic = cpu_features.dic;
	for (i = 0; i < sizeof(here); i++)
		if (((const uint8_t *)&here)[i] != ((const uint8_t *)&cpu_features)[i])
			return -ENODEV;
	return 0;
}

bool arch_guest_is_coherent(void)
{
	return cpu_features.fwb && cpu_features.dic;
}
