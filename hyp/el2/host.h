/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host traps to EL2 for: calls (hyp/abi/hypercall.h is their documentation), SMCs, stage-2
 * aborts. The callers hold no lock.
 */
#pragma once

#include <abi/boot.h>
#include <el2/types.h>

struct host_regs;

/* regs: x0 to x30 of the host, whose HVC #0 this is; the answer goes to x0 to x4. */
void host_call(struct host_regs *regs);

/* An errno value of EL2's as the ABI's code. */
int64_t abi_error(int error);

/*
 * EL2 stays while the host runs (S6): SMCs that start, stop or suspend a CPU are denied, those that
 * end the machine are made after the guests' secrets are gone, and of the rest only those on a list
 * reach the firmware. x: x0 to x7 of the host, which has executed an SMC with this immediate;
 * results go to x0 to x3. The caller has skipped the instruction.
 */
void host_smc(uint64_t x[8], uint32_t immediate);

/*
 * EL2's copy of donjon_boot.firmware_calls: these reach the firmware as well, with whatever
 * arguments the host gives them. Set before any CPU commits, and never again.
 */
extern struct donjon_firmware_calls host_firmware_calls;

/*
 * firmware.c: from now on, or no longer, the firmware zeroes memory at each reset before anybody
 * else has it, where it can (PSCI MEM_PROTECT): for resets that EL2 does not see, such as a
 * watchdog's. Firmware may take long, to write it into flash: it is asked once each way, with no
 * lock held but LOCK_FIRMWARE. on only has an effect while VMs can be created.
 */
void firmware_init(void);
void firmware_protect_memory(bool on);

/*
 * An SMC that has two words and gives back one. Arm's architecture calls came with SMCCC 1.1:
 * NOT_SUPPORTED without asking where the firmware does not have it (DONJON_BOOT_FIRMWARE).
 */
extern bool firmware_answers;
int32_t firmware_call(uint64_t function, uint64_t argument);

/*
 * What the host has no page for is mapped, what is not its own is refused. A guest's page that its
 * kernel touches without a fixup is taken from the guest. esr: ESR_EL2; the address is
 * arch_fault_page()'s. x: x0 to x30. On return the host repeats the access or takes an abort, or
 * goes on, when the device is one that is kept from it.
 */
void host_abort(uint64_t esr, uint64_t x[31]);

/* Whether the host's kernel may look for a fixup first (no DONJON_BOOT_FORCE). */
extern bool host_has_fixups;

/* Aborts injected into the host so far. */
uint64_t host_refusals(void);
