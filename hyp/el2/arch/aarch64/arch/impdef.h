/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IMPLEMENTATION DEFINED system registers that a stock driver of the host needs, and that give
 * nothing away: all others are undefined for the host (HCR_EL2.TIDCP). op(core, op0, op1, CRn, CRm,
 * op2); core as impdef_core() in host_impdef.c. Kept in one list for C and assembly.
 */
#pragma once

/* arm_dsu_pmu: CLUSTERPM*_EL1 (Arm DSU TRM 100453, B2). */
#define IMPDEF_DSU_PMU(op)                                                                         \
	op(DSU, 3, 0, 15, 5, 0) op(DSU, 3, 0, 15, 5, 1) op(DSU, 3, 0, 15, 5, 2)                    \
	op(DSU, 3, 0, 15, 5, 3) op(DSU, 3, 0, 15, 5, 4) op(DSU, 3, 0, 15, 5, 5)                    \
	op(DSU, 3, 0, 15, 5, 6) op(DSU, 3, 0, 15, 5, 7) op(DSU, 3, 0, 15, 6, 0)                    \
	op(DSU, 3, 0, 15, 6, 1) op(DSU, 3, 0, 15, 6, 2) op(DSU, 3, 0, 15, 6, 3)                    \
	op(DSU, 3, 0, 15, 6, 4) op(DSU, 3, 0, 15, 6, 5)

/*
 * a72_edac: CPUMERRSR_EL1 and L2MERRSR_EL1, where an error was, without data (Arm Cortex-A72 TRM
 * 100095).
 */
#define IMPDEF_A72_EDAC(op) op(A72, 3, 1, 15, 2, 2) op(A72, 3, 1, 15, 2, 3)

/* tegra194-cpufreq: NVFREQ_REQ_EL1 and its feedback. */
#define IMPDEF_CARMEL_CPUFREQ(op) op(CARMEL, 3, 0, 15, 0, 4) op(CARMEL, 3, 0, 15, 0, 5)

/* MPAM2_EL2: EL2's own. The firmware may refuse it. */
#define IMPDEF_EL2(op)		op(EL2, 3, 4, 10, 5, 0)
#define IMPDEF_MPAM2_READ	0
#define IMPDEF_MPAM2_WRITE	1

#define IMPDEF_REGISTERS(op)                                                                       \
	IMPDEF_EL2(op) IMPDEF_DSU_PMU(op) IMPDEF_A72_EDAC(op) IMPDEF_CARMEL_CPUFREQ(op)

#define IMPDEF_STUB_SIZE 12 /* bytes: one access, ISB, RET; a read and a write for each register */

#ifndef __ASSEMBLER__
#include <el2/types.h>

struct impdef_result {
	uint64_t value;
	bool exists;
};

/*
 * impdef.S: executes a stub, 2 * n to read the n-th register of the list, 2 * n + 1 to write the
 * value to it. ELR_EL2 and SPSR_EL2 stay as they are.
 */
struct impdef_result impdef_access(uint64_t stub, uint64_t value);
#endif
