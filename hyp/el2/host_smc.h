/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's SMCs. EL2 stays while the host runs (S6): calls that start, stop or suspend a CPU are
 * denied, calls that end the machine are made after the guests' secrets are gone, and of the rest
 * only those on a list reach the firmware.
 */
#ifndef DONJON_EL2_HOST_SMC_H
#define DONJON_EL2_HOST_SMC_H

#include <el2/types.h>

/*
 * x: x0 to x7 of the host, which has executed an SMC with this immediate; results go to x0 to x3.
 * The caller has skipped the instruction and holds no lock.
 */
void host_smc(uint64_t x[8], uint32_t immediate);

/*
 * From now on, or no longer, the firmware zeroes memory at each reset before anybody else has it,
 * where it can (PSCI MEM_PROTECT): for resets that EL2 does not see, such as a watchdog's.
 */
void firmware_protect_memory(bool on);

#endif
