/* SPDX-License-Identifier: GPL-2.0-only */
/* EL2's start: CPUs enter, the machine is set up, CPUs commit (hyp/abi/hypercall.h). */
#pragma once

#include <abi/boot.h>
#include <abi/hypercall.h>
#include <el2/types.h>

/*
 * A CPU enters; params: physical address of the boot parameters. The first one sets EL2 itself up.
 * 0 or DONJON_E*.
 */
int64_t init_enter(uint64_t params, uint64_t index);

/* Hypercalls of the life cycle: 0 or a negative errno value. */
int init_machine(void);			/* HC_INIT */
int init_commit(void);			/* HC_CPU_COMMIT, on each CPU */
int init_start(void);			/* HC_START */
/* HC_INIT has succeeded: the ledger exists. */
bool init_done(void);
void init_cpu_counts(uint64_t *entered, uint64_t *committed);

/* phase.c: the phase of the hypervisor's life. */
enum donjon_phase phase_get(void);
void phase_set(enum donjon_phase next);
