// SPDX-License-Identifier: GPL-2.0-only
#include "lib/rsi.h"

#include "abi/platform.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/mmu.h"

/* The page that REALM_CONFIG fills; only its first word is of use here. */
static uint64_t config_page[PAGE_SIZE / 8] __attribute__((aligned(4096)));
static uint64_t unprotected;

struct smccc_result rsi_call(uint64_t id, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
	register uint64_t r0 __asm__("x0") = id;
	register uint64_t r1 __asm__("x1") = x1;
	register uint64_t r2 __asm__("x2") = x2;
	register uint64_t r3 __asm__("x3") = x3;
	register uint64_t r4 __asm__("x4") = x4;

	__asm__ volatile("smc #0"
			 : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4)
			 :
			 : "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
			   "x16", "x17", "memory");
	return (struct smccc_result){ { r0, r1, r2, r3 } };
}

bool rsi_start(void)
{
	struct smccc_result r = rsi_call(RSI_ABI_VERSION, RSI_VERSION_1_0, 0, 0, 0);

	if (r.x[0] != RSI_SUCCESS)
		return false;
	r = rsi_call(RSI_REALM_CONFIG, (uint64_t)config_page, 0, 0, 0);
	/*
	 * From here on the console works at its unprotected IPA only, if at all: without it a
	 * failure is a silent reset.
	 */
	if (r.x[0] != RSI_SUCCESS || config_page[0] < 32 || config_page[0] > 48)
		fail("REALM_CONFIG gives %ld, ipa_bits %lu", (int64_t)r.x[0], config_page[0]);
	unprotected = 1UL << (config_page[0] - 1);
	rsi_map_device(PLAT_UART_BASE, PLAT_UART_SIZE);
	console_move(unprotected | PLAT_UART_BASE);
	return true;
}

uint64_t rsi_unprotected_bit(void)
{
	return unprotected;
}

void rsi_map_device(uint64_t ipa, uint64_t size)
{
	mmu_map(unprotected | ipa, size, MMU_DEVICE);
}

void rsi_map_shared(uint64_t ipa, uint64_t size)
{
	mmu_map(unprotected | ipa, size, MMU_DATA);
}

void rsi_convert(uint64_t base, uint64_t size, uint64_t ripas)
{
	uint64_t top = base + size;

	while (base < top) {
		struct smccc_result r = rsi_call(RSI_IPA_STATE_SET, base, top, ripas, 0);

		if (r.x[0] != RSI_SUCCESS || r.x[2] != RSI_ACCEPT || r.x[1] <= base || r.x[1] > top)
			fail("IPA_STATE_SET 0x%lx to 0x%lx, state %lu: %ld, reached 0x%lx, "
			     "response %lu",
			     base, top, ripas, (int64_t)r.x[0], r.x[1], r.x[2]);
		base = r.x[1];
	}
}

uint64_t rsi_state(uint64_t page)
{
	struct smccc_result r = rsi_call(RSI_IPA_STATE_GET, page, page + PAGE_SIZE, 0, 0);

	if (r.x[0] != RSI_SUCCESS || r.x[1] != page + PAGE_SIZE)
		fail("IPA_STATE_GET of 0x%lx: %ld, top 0x%lx", page, (int64_t)r.x[0], r.x[1]);
	return r.x[2];
}
