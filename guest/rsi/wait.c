// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's turn. Three pages: one shared, which holds a text, one that was shared and is private
 * again, and one that was private all the time; the private ones hold the pattern of
 * secret/pattern.h. A test on the host looks at all three through the VMM's memory, takes the third
 * by force, and at last writes RSI_GO to the shared one.
 */
#include "rsi/rsi.h"

#include "lib/args.h"
#include "lib/console.h"
#include "lib/mmu.h"
#include "lib/limit.h"
#include "lib/string.h"
#include "lib/sysreg.h"
#include "lib/trap.h"
#include "secret/pattern.h"

static const char text[16] = { 'S', 'H', 'A', 'R', 'E', 'D', '-', 'B',
			       'Y', '-', 'A', '-', 'R', 'E', 'A', 'L' };

static void fill_secret(uint64_t page)
{
	volatile uint64_t *word = (volatile uint64_t *)page;

	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		word[i] = secret_word(i);
}

static void check_secret(const char *what, uint64_t page)
{
	volatile const uint64_t *word = (volatile const uint64_t *)page;

	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		if (word[i] != secret_word(i))
			fail("%s: 0x%lx holds 0x%lx", what, page + i * 8, word[i]);
}

/*
 * A page that the host took by force. It comes back, empty, only when the guest says that it knows.
 */
static void check_destroyed(uint64_t page)
{
	struct smccc_result r;

	check(rsi_state(page) == RIPAS_DESTROYED, "state of a page taken by force", page,
	      rsi_state(page));
	r = rsi_call(RSI_IPA_STATE_SET, page, page + PAGE_SIZE, RIPAS_RAM, 0);
	check(r.x[0] != RSI_SUCCESS || r.x[2] == RSI_REJECT,
	      "a page taken by force, to RAM without the flag", page, r.x[0]);
	check(rsi_state(page) == RIPAS_DESTROYED, "that changed its state", page, rsi_state(page));
	r = rsi_call(RSI_IPA_STATE_SET, page, page + PAGE_SIZE, RIPAS_EMPTY, 0);
	check(r.x[0] != RSI_SUCCESS || r.x[2] == RSI_REJECT,
	      "a page taken by force, to EMPTY without the flag", page, r.x[0]);
	check(rsi_state(page) == RIPAS_DESTROYED, "that changed its state", page, rsi_state(page));
	r = rsi_call(RSI_IPA_STATE_SET, page, page + PAGE_SIZE, RIPAS_RAM, RSI_CHANGE_DESTROYED);
	check(r.x[0] == RSI_SUCCESS, "a page taken by force, to RAM with the flag", page, r.x[0]);
	check(r.x[1] == page + PAGE_SIZE && r.x[2] == RSI_ACCEPT,
	      "a page taken by force, to RAM with the flag", page, r.x[1]);
	check_zero("the page that came back", page);
	fill_page(page, 12);
	check_page("the page that came back", page, 12);
}

void rsi_wait(uint64_t first_page)
{
	uint64_t shared_page = first_page, back = first_page + PAGE_SIZE,
		 kept = first_page + 2 * PAGE_SIZE;
	volatile const uint32_t *go =
		(volatile const uint32_t *)(shared(shared_page) + RSI_GO_OFFSET);
	volatile const uint64_t *first = (volatile const uint64_t *)shared(shared_page);
	uint64_t end = counter() + args_number("seconds", LIMIT_SECONDS) * counter_frequency(),
		 seen;

	rsi_convert(shared_page, 2 * PAGE_SIZE, RIPAS_EMPTY);
	for (uint64_t offset = 0; offset < 2 * PAGE_SIZE; offset += sizeof(text))
		memcpy((void *)(shared(shared_page) + offset), text, sizeof(text));
	rsi_convert(back, PAGE_SIZE, RIPAS_RAM);
	fill_secret(back);
	fill_secret(kept);
	printf("rsi: waiting, shared IPA 0x%lx, private IPA 0x%lx, taken IPA 0x%lx\n", shared_page,
	       back, kept);
	while (*go != RSI_GO) {
		check_secret("a private page changed while waiting", back);
		/* An exit now and then, so that a single CPU is also the host's. */
		psci_version();
		if (counter() > end)
			fail("the host did not write 0x%x at 0x%lx in time (bootarg seconds=)",
			     RSI_GO, (uint64_t)go);
	}
	seen = *first;
	rsi_convert(shared_page, PAGE_SIZE, RIPAS_RAM);
	check_zero("page private again after the host wrote to it", shared_page);
	check_secret("private page", back);
	printf("rsi: the host wrote 0x%lx, private page intact\n", seen);
	check_destroyed(kept);
	printf("rsi: page taken by force came back empty\n");
}
