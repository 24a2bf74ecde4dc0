/* SPDX-License-Identifier: GPL-2.0-only */
/* What the CPUs have, read on the first CPU; the others must have the same where it matters. */
#pragma once

#include <el2/types.h>

struct cpu_features {
	uint8_t pa_bits;	/* at most 48 */
	uint8_t nr_lrs;
	uint8_t nr_aprs;	/* ICH_AP1R<n>_EL2, and as many of group 0 */
	bool fwb;
	bool dic;		/* instruction caches follow what is stored, without IC */
	bool pauth;
	bool fgt;
	bool fgt2;
	bool hcx;
	bool ras;
	bool rng;
	bool mops;
	bool sme;
	bool spe;		/* statistical profiling */
	bool trace_filter;
	bool brbe;		/* branch records */
	uint32_t pmu;		/* ID_AA64DFR0_EL1.PMUVer; 0: none that is Arm's */
	uint32_t zva_size;	/* bytes, 0: DC ZVA not allowed */
	uint32_t dcache_line;	/* bytes, the smallest of all data caches */
};

extern struct cpu_features cpu_features;

/*
 * Reads the features (first CPU) or compares them (the others). 0, or -ENODEV: E2H is set, no GICv3
 * system registers, no 4 KiB granule at stage 2, or not the same as on the first CPU.
 */
int features_init(bool first);
