// SPDX-License-Identifier: GPL-2.0-only
/*
 * S5: arguments: what is refused is refused with its code and changes nothing, and what is asked is
 * answered truly.
 */
#include "rsi/rsi.h"

#include "abi/platform.h"
#include "lib/mmu.h"
#include "lib/trap.h"

/* Steps that a walk over any range may take: an answer covers a page at least, and RAM is small. */
#define MAX_STEPS 100000

static void refused_input(const char *what, uint64_t id, uint64_t x1, uint64_t x2, uint64_t x3,
			  uint64_t x4)
{
	struct smccc_result r = rsi_call(id, x1, x2, x3, x4);

	check(r.x[0] == RSI_ERROR_INPUT, what, x1, r.x[0]);
}

/* A call that is not offered: an error of any kind, and the page named in it stays as it is. */
static void not_offered(const char *what, uint64_t id, uint64_t x1, uint64_t page)
{
	struct smccc_result r;

	fill_page(page, 7);
	r = rsi_call(id, x1, 0, 64, 0);
	check(r.x[0] != RSI_SUCCESS && r.x[0] != RSI_INCOMPLETE, what, x1, r.x[0]);
	check_page(what, page, 7);
	check(rsi_state(page) == RIPAS_RAM, what, page, rsi_state(page));
}

/* Each run in [base, top) has the state wanted, and the walk comes to the end. */
static void check_range(const char *what, uint64_t base, uint64_t top, uint64_t want)
{
	for (unsigned int i = 0; base < top; i++) {
		struct smccc_result r = rsi_call(RSI_IPA_STATE_GET, base, top, 0, 0);

		check(r.x[0] == RSI_SUCCESS, what, base, r.x[0]);
		check(r.x[1] > base && r.x[1] <= top && !(r.x[1] & (PAGE_SIZE - 1)), what, base,
		      r.x[1]);
		check(r.x[2] == want, what, base, r.x[2]);
		check(i < MAX_STEPS, "too many steps", base, i);
		base = r.x[1];
	}
}

static void check_map(void)
{
	struct range ram = guest_ram();
	uint64_t end = ram.base + ram.size;

	check_range("below RAM", 0, ram.base, RIPAS_EMPTY);
	check_range("all of RAM", ram.base, end, RIPAS_RAM);
	check_range("above RAM", end, rsi_unprotected_bit(), RIPAS_EMPTY);
	check(rsi_call(RSI_IPA_STATE_GET, ram.base - PAGE_SIZE, ram.base + PAGE_SIZE, 0, 0).x[1] ==
		      ram.base,
	      "a run ends where RAM begins", ram.base, 0);
	check(rsi_call(RSI_IPA_STATE_GET, end - PAGE_SIZE, end + PAGE_SIZE, 0, 0).x[1] == end,
	      "a run ends where RAM ends", end, 0);
}

/* Ranges that are none, for both calls. */
static void check_bad_ranges(uint64_t page)
{
	const uint64_t unprotected = rsi_unprotected_bit();
	const struct {
		const char *what;
		uint64_t base, top;
	} bad[] = {
		{ "unaligned base", page + 1, page + PAGE_SIZE },
		{ "base in the middle of a page", page + 0x800, page + 2 * PAGE_SIZE },
		{ "unaligned top", page, page + PAGE_SIZE - 1 },
		{ "top in the middle of a page", page, page + 0x800 },
		{ "empty range", page, page },
		{ "top below base", page + PAGE_SIZE, page },
		{ "top zero", page, 0 },
		{ "range that wraps", page, ~0UL & ~(PAGE_SIZE - 1) },
		{ "whole address space", 0, ~0UL & ~(PAGE_SIZE - 1) },
		{ "up to the unprotected half and on", page, unprotected + PAGE_SIZE },
		{ "an unprotected IPA itself",
		  unprotected | page, (unprotected | page) + PAGE_SIZE },
		{ "above the IPA space", unprotected << 1, (unprotected << 1) + PAGE_SIZE },
		{ "upper bits of base", page | 1UL << 63, (page | 1UL << 63) + PAGE_SIZE },
		{ "last page of all", ~0UL & ~(PAGE_SIZE - 1), 0 },
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refused_input(bad[i].what, RSI_IPA_STATE_GET, bad[i].base, bad[i].top, 0, 0);
		refused_input(bad[i].what, RSI_IPA_STATE_SET, bad[i].base, bad[i].top, RIPAS_EMPTY,
			      0);
		refused_input(bad[i].what, RSI_IPA_STATE_SET, bad[i].base, bad[i].top, RIPAS_RAM,
			      0);
		refused_input(bad[i].what, RSI_IPA_STATE_SET, bad[i].base, bad[i].top, RIPAS_RAM,
			      RSI_CHANGE_DESTROYED);
	}
}

static void check_bad_states(uint64_t page)
{
	static const uint64_t states[] = { RIPAS_DESTROYED, 3,	       4,	  0xff,
					   0x100,	    1UL << 32, 1UL << 63, ~0UL };

	for (unsigned int i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		refused_input("a state that cannot be asked for", RSI_IPA_STATE_SET, page,
			      page + PAGE_SIZE, states[i], 0);
}

/* What is not RAM never becomes RAM, by no call: the host could put there what it likes. */
static void check_holes(void)
{
	struct range ram = guest_ram();
	const uint64_t holes[] = { 0,
				   PLAT_UART_BASE,
				   PLAT_GICD_BASE,
				   ram.base - PAGE_SIZE,
				   ram.base + ram.size,
				   rsi_unprotected_bit() - PAGE_SIZE };

	for (unsigned int i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		uint64_t page = holes[i];
		struct smccc_result r = rsi_call(RSI_IPA_STATE_SET, page, page + PAGE_SIZE,
						 RIPAS_RAM, RSI_CHANGE_DESTROYED);

		check(r.x[0] != RSI_SUCCESS || r.x[2] == RSI_REJECT || r.x[1] == page,
		      "a hole cannot become RAM", page, r.x[0]);
		check(rsi_state(page) == RIPAS_EMPTY, "state of a hole", page, rsi_state(page));
	}
	/* A range with RAM at its start: what was reached was RAM. */
	rsi_call(RSI_IPA_STATE_SET, ram.base + ram.size - PAGE_SIZE,
		 ram.base + ram.size + PAGE_SIZE, RIPAS_RAM, 0);
	check_map();
}

static void check_config(uint64_t page)
{
	struct range ram = guest_ram();
	uint64_t bits = 1 + 63 - (uint64_t)__builtin_clzl(rsi_unprotected_bit());
	const uint64_t bad[] = { page + 1,
				 page + 8,
				 page + 0x800,
				 0,
				 PLAT_UART_BASE,
				 ram.base - PAGE_SIZE,
				 ram.base + ram.size,
				 rsi_unprotected_bit() | page,
				 page | 1UL << 63,
				 ~0UL & ~(PAGE_SIZE - 1) };
	struct smccc_result r;

	fill_page(page, 1);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused_input("REALM_CONFIG", RSI_REALM_CONFIG, bad[i], 0, 0, 0);
	check_page("page after refused REALM_CONFIGs", page, 1);
	r = rsi_call(RSI_REALM_CONFIG, page, 0, 0, 0);
	check(r.x[0] == RSI_SUCCESS, "REALM_CONFIG", page, r.x[0]);
	check_reads("ipa_bits", page, bits);

	/*
	 * A page that nobody has touched, and one that the guest shares: that one is the host's to
	 * read.
	 */
	r = rsi_call(RSI_REALM_CONFIG, page - PAGE_SIZE, 0, 0, 0);
	check(r.x[0] == RSI_SUCCESS, "REALM_CONFIG of a page never touched", page - PAGE_SIZE,
	      r.x[0]);
	check_reads("ipa_bits in a page never touched", page - PAGE_SIZE, bits);
	rsi_convert(page, PAGE_SIZE, RIPAS_EMPTY);
	refused_input("REALM_CONFIG of a shared page", RSI_REALM_CONFIG, page, 0, 0, 0);
	check_zero("shared page after a refused REALM_CONFIG", shared(page));
	rsi_convert(page, PAGE_SIZE, RIPAS_RAM);
}

static void check_features(void)
{
	static const uint64_t indices[] = { 0, 1, 2, 63, 64, 0xffffffff, 1UL << 32, ~0UL };

	for (unsigned int i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
		struct smccc_result r = rsi_call(RSI_FEATURES, indices[i], 0, 0, 0);

		check(r.x[0] == RSI_SUCCESS, "FEATURES", indices[i], r.x[0]);
		check(r.x[1] == 0, "FEATURES' value", indices[i], r.x[1]);
	}
}

/*
 * One call with the immediate 1, which no convention gives a meaning. Defined for each instruction,
 * as the immediate is part of it.
 */
#define CALL_1(instruction)						\
static uint64_t instruction##_1(uint64_t id)				\
{									\
	register uint64_t x0 __asm__("x0") = id;			\
									\
	__asm__ volatile(#instruction " #1" : "+r"(x0) : : "x1", "x2", "x3", "memory");	\
	return x0;							\
}
CALL_1(hvc)
CALL_1(smc)

static void check_immediates(void)
{
	uint64_t by_hvc = hvc_1(PSCI_VERSION), by_smc = smc_1(PSCI_VERSION);

	check(by_hvc == (uint64_t)SMCCC_NOT_SUPPORTED, "HVC #1 is no call", 0, by_hvc);
	check(by_smc == (uint64_t)SMCCC_NOT_SUPPORTED, "SMC #1 is no call", 0, by_smc);
}

void rsi_arguments(struct range area)
{
	uint64_t page = area.base + area.size - 4 * PAGE_SIZE;
	struct smccc_result r;

	check_immediates();
	check_features();
	check_map();
	check_config(page);
	check_bad_ranges(page);
	check_bad_states(page);
	check_holes();
	not_offered("HOST_CALL", RSI_HOST_CALL, page, page);
	not_offered("HOST_CALL of no address", RSI_HOST_CALL, ~0UL, page);
	not_offered("MEASUREMENT_READ", RSI_MEASUREMENT_READ, 0, page);
	not_offered("MEASUREMENT_EXTEND", RSI_MEASUREMENT_EXTEND, 1, page);
	not_offered("ATTESTATION_TOKEN_INIT", RSI_TOKEN_INIT, 0, page);
	not_offered("ATTESTATION_TOKEN_CONTINUE", RSI_TOKEN_CONTINUE, page, page);
	/* The last of the range, which RSI 1.0 does not use. */
	r = rsi_call(0xc40001afUL, 0, 0, 0, 0);
	check(r.x[0] == (uint64_t)SMCCC_NOT_SUPPORTED, "an unknown call of the range", 0, r.x[0]);
	check(rsi_state(page) == RIPAS_RAM, "the page after all that", page, rsi_state(page));
}
