// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's turn. The shared page holds "SHARED-BY-GUEST!" 256 times, the private one the pattern
 * of secret/pattern.h. A test on the host looks at both through the VMM's memory, writes what it
 * likes to the shared page, and at last SHARE_GO at SHARE_GO_OFFSET.
 */
#include "share/share.h"

#include "lib/args.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/hyp.h"
#include "lib/limit.h"
#include "lib/mmu.h"
#include "lib/string.h"
#include "lib/sysreg.h"
#include "secret/pattern.h"

static const char shared_text[16] = { 'S', 'H', 'A', 'R', 'E', 'D', '-', 'B',
				      'Y', '-', 'G', 'U', 'E', 'S', 'T', '!' };

static void fill_shared(uint64_t page)
{
	for (uint64_t offset = 0; offset < PAGE_SIZE; offset += sizeof(shared_text))
		memcpy((void *)(page + offset), shared_text, sizeof(shared_text));
	dsb_sy();
}

static void fill_private(uint64_t page)
{
	volatile uint64_t *word = (volatile uint64_t *)page;

	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		word[i] = secret_word(i);
}

static void check_private(uint64_t page)
{
	volatile const uint64_t *word = (volatile const uint64_t *)page;

	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		if (word[i] != secret_word(i))
			fail("private 0x%lx changed to 0x%lx while waiting", page + i * 8, word[i]);
}

void share_wait(uint64_t shared_page, uint64_t private_page)
{
	volatile const uint32_t *go = (volatile const uint32_t *)(shared_page + SHARE_GO_OFFSET);
	volatile const uint64_t *first = (volatile const uint64_t *)shared_page;
	uint64_t end = counter() + args_number("seconds", LIMIT_SECONDS) * counter_frequency();
	uint64_t seen, now;

	fill_private(private_page);
	share_page(shared_page);
	fill_shared(shared_page);
	printf("share: waiting, shared IPA 0x%lx, private IPA 0x%lx\n", shared_page, private_page);

	while (*go != SHARE_GO) {
		check_private(private_page);
		/* An exit now and then, so that a single CPU is also the host's. */
		psci_version();
		if (counter() > end)
			fail("the host did not write 0x%x at 0x%lx in time (bootarg seconds=)",
			     SHARE_GO, (uint64_t)go);
	}
	seen = *first;
	unshare_page(shared_page);
	now = *first;
	check(now == seen && *go == SHARE_GO, "the page unshared must be as the host left it",
	      shared_page, (int64_t)now);
	check_private(private_page);
	check(true, "private page intact", private_page, 0);
	printf("share: the host wrote 0x%lx, private page intact\n", seen);
}
