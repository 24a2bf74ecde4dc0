/* SPDX-License-Identifier: GPL-2.0-only */
/* What the CPUs have, read on the first CPU; the others must have the same where it matters. */
#pragma once

#include <el2/types.h>

/*
 * pa_bits: at most 48. nr_aprs: ICH_AP1R<n>_EL2, and as many of group 0. dic: instruction caches
 * follow what is stored, without IC. spe: statistical profiling. brbe: branch records. pmu:
 * ID_AA64DFR0_EL1.PMUVer, 0 if that is none of Arm's. zva_size: bytes, 0 if DC ZVA is not allowed.
 * dcache_line: bytes, the smallest of all data caches.
 */
struct cpu_features {
	uint8_t pa_bits, nr_lrs, nr_aprs;
	bool fwb, dic, pauth, fgt, fgt2, hcx, ras, rng, mops, sme, spe, trace_filter, brbe;
	uint32_t pmu, zva_size, dcache_line;
};

extern struct cpu_features cpu_features;

/*
 * Reads the features (first CPU) or compares them (the others). 0, or -ENODEV: no GICv3 system
 * registers, no 4 KiB granule at stage 2, or not the same as on the first CPU.
 */
int features_init(bool first);
