// SPDX-License-Identifier: GPL-2.0-only
/*
 * sweep: every encoding of a system register and of a SYS instruction, so that no register is
 * missed because nobody thought of it. It is run in pairs on one CPU: a guest that fills, then a
 * guest that checks.
 *
 * Bootargs: mode=fill    writes ones to each register that can be read and written, and leaves them
 *                        there
 *           mode=check   (default) each register that can be written holds what a reset leaves; a
 *                        bit that is set is somebody else's, unless lists.c says why it may be
 *
 * Both modes execute each SYS instruction: what is not refused must be a cache, TLB, address
 * translation or prediction operation of EL1 or EL0.
 */
#include "lib/args.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/mmu.h"
#include "lib/sysreg.h"
#include "lib/trap.h"
#include "sweep/lists.h"

/* Instructions with Rt = x0; C6.2 of DDI 0487. */
#define INSN_MRS	0xd5300000U
#define INSN_MSR	0xd5100000U
#define INSN_SYS	0xd5080000U
#define INSN_ISB	0xd5033fdfU
#define INSN_RET	0xd65f03c0U

#define MARK		0x646f6e6a6f6e2121UL

static uint32_t code_page[PAGE_SIZE / 4] __attribute__((aligned(4096)));
static uint8_t scratch[PAGE_SIZE] __attribute__((aligned(4096)));
static volatile uint32_t *code;

static unsigned int readable, writable, filled, executed, wrong;

/*
 * Executes one instruction with x0 = value. Returns x0 after it; *refused says that it took an
 * exception, and then x0 is as it was.
 */
static uint64_t execute(uint32_t insn, uint64_t value, bool *refused)
{
	uint64_t (*function)(uint64_t) = (uint64_t (*)(uint64_t))(uint64_t)code;
	struct trap_report report;

	code[0] = insn;
	code[1] = INSN_ISB;
	code[2] = INSN_RET;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb"
			 :
			 : "r"(code)
			 : "memory");
	trap_expect();
	value = function(value);
	report = trap_done();
	*refused = report.count != 0;
	return value;
}

static void report_register(uint32_t reg, const char *what, uint64_t value)
{
	printf("sweep: S%u_%u_c%u_c%u_%u %s 0x%lx\n", 2 + (reg >> 19 & 1), reg >> 16 & 7,
	       reg >> 12 & 15, reg >> 8 & 15, reg >> 5 & 7, what, value);
	wrong++;
}

static void fill_register(uint32_t reg, uint64_t before)
{
	bool refused;

	if (sweep_list_keeps(reg))
		return;
	execute(INSN_MSR | reg, ~0UL, &refused);
	if (refused)
		return;
	writable++;
	if (execute(INSN_MRS | reg, MARK, &refused) != before)
		filled++;
}

/* Writing what was read changes nothing, and tells whether the register can be written. */
static void check_register(uint32_t reg, uint64_t value)
{
	bool refused;

	if (sweep_list_keeps(reg))
		return;
	execute(INSN_MSR | reg, value, &refused);
	if (refused)
		return;
	writable++;
	if (value & ~sweep_list_may_be_set(reg))
		report_register(reg, "is not as after a reset:", value);
}

static void sweep_registers(bool fill)
{
	for (uint32_t i = 0; i < 1U << 15; i++) {
		uint32_t reg = i << 5;
		bool refused;
		uint64_t value = execute(INSN_MRS | reg, MARK, &refused);

		if (refused) {
			if (value != MARK)
				report_register(reg, "was refused, and read", value);
			continue;
		}
		readable++;
		if (fill)
			fill_register(reg, value);
		else
			check_register(reg, value);
	}
}

static void sweep_instructions(void)
{
	for (uint32_t i = 0; i < 1U << 14; i++) {
		bool refused;

		execute(INSN_SYS | i << 5, (uint64_t)scratch, &refused);
		if (refused)
			continue;
		executed++;
		if (!sweep_list_instruction(i << 5))
			report_register(i << 5,
					"is no instruction of a guest's, and was executed: S1_", i);
	}
}

void guest_main(void)
{
	/* Before any exception of the sweep's own. */
	uint64_t syndrome = read_sysreg(esr_el1) | read_sysreg(far_el1) | read_sysreg(elr_el1) |
			    read_sysreg(spsr_el1);
	char mode[8];
	bool fill;

	args_string("mode", "check", mode, sizeof(mode));
	fill = mode[0] == 'f';
	if (!fill && syndrome)
		fail("ESR, FAR, ELR or SPSR is not 0 at the start: 0x%lx", syndrome);
	code = (volatile uint32_t *)mmu_probe((uint64_t)code_page, MMU_PROBE_NORMAL);
	sweep_instructions();
	sweep_registers(fill);
	printf("sweep: %u registers read, %u written, %u instructions executed\n", readable,
	       writable, executed);
	if (wrong)
		fail("sweep: %u encodings are wrong", wrong);
	if (fill)
		printf("sweep: %u registers filled\n", filled);
	else
		printf("sweep: as after a reset\n");
}
