// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's accesses to pages that guests may have, from all CPUs at once: by its kernel, with a
 * fixup and without one, by its user space, and by its kernel for its user space. What a guest
 * keeps to itself is never read, and what the host writes never gets there. stress_guest keeps
 * STRESS_SECRET in the second word of pages that are its own; the host writes STRESS_MARK there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stress.h"
#include "tap.h"
#include "try_access.h"

#define WORD 8U	/* where in a page */

enum form { KERNEL_FIXUP, KERNEL_BARE, USER, COPY, FORMS };

void stress_map_chunks(void)
{
	int device = open("/dev/donjon_attack", O_RDWR | O_CLOEXEC);

	try_access_init();
	for (unsigned int i = 0; i < STRESS_PAGES / BLOCK_PAGES; i++) {
		stress.user[i] = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, device,
				      (off_t)stress.chunk[i]);
		if (stress.user[i] == MAP_FAILED)
			tap_give_up("the memory cannot be mapped");
	}
	close(device);
}

/* The kernel copies the word from or to user space's mapping: into a pipe, or out of it. */
static int copy(struct stress_thread *t, char *at, uint64_t *value, bool write_there)
{
	int ret;

	if (!write_there)
		return write(t->pipe[1], at, sizeof(*value)) == sizeof(*value) &&
				       read(t->pipe[0], value, sizeof(*value)) == sizeof(*value)
			       ? 0
			       : -EFAULT;
	if (write(t->pipe[1], value, sizeof(*value)) != sizeof(*value))
		return -EFAULT;
	ret = read(t->pipe[0], at, sizeof(*value)) == sizeof(*value) ? 0 : -EFAULT;
	/* It has stayed there. */
	if (ret && read(t->pipe[0], value, sizeof(*value)) != sizeof(*value))
		tap_give_up("a pipe is empty");
	return ret;
}

/* One access to the page; 0: it was made. */
static int access_page(struct stress_thread *t, unsigned int page, enum form form, uint64_t *value,
		       bool write_there)
{
	uint64_t pa = stress.chunk[page / BLOCK_PAGES] + page % BLOCK_PAGES * PAGE + WORD;
	char *at = stress.user[page / BLOCK_PAGES] + page % BLOCK_PAGES * PAGE + WORD;

	switch (form) {
	case KERNEL_FIXUP:
		return kmod_fixup(pa, value, sizeof(*value), ATTACK_LINEAR, write_there);
	case KERNEL_BARE:
		return kmod_bare(pa, value, sizeof(*value), ATTACK_LINEAR, write_there);
	case USER:
		return write_there ? try_write(at, *value) : try_read(at, value);
	default:
		return copy(t, at, value, write_there);
	}
}

static bool is_guests(unsigned int page)
{
	struct run run;

	return kmod_ledger(stress.chunk[page / BLOCK_PAGES] + page % BLOCK_PAGES * PAGE, &run) &&
	       run.state == DONJON_PAGE_GUEST;
}

/* A page of a guest's that runs beside all this is never the host's. */
static void touch_foreign(bool write_there)
{
	uint64_t value = STRESS_MARK;

	if (!kmod_fixup(stress.foreign, &value, sizeof(value), ATTACK_LINEAR, write_there))
		__atomic_fetch_add(&stress.seen, 1, __ATOMIC_RELAXED);
	else
		stress_count(STRESS_FIXED_UP);
}

/* Where the picture says that there is a guest's page; mostly there is. */
static unsigned int some_page(struct stress_thread *t)
{
	const struct stress_vm *vm = &stress.vm[stress_below(t, STRESS_VMS)];
	unsigned int at = vm->at[stress_below(t, STRESS_IPAS)];

	return at ? at - 1 : stress_below(t, STRESS_PAGES);
}

void stress_touch(struct stress_thread *t)
{
	static const enum stress_kind kinds[FORMS] = {
		STRESS_FIXED_UP, STRESS_TAKEN, STRESS_USER_REFUSED, STRESS_COPY_REFUSED,
	};
	bool write_there = stress_below(t, 2), guests;
	unsigned int page = some_page(t);
	uint64_t value = STRESS_MARK;
	enum form form = stress_below(t, FORMS);
	int ret;

	if (!stress_below(t, 16)) {
		touch_foreign(write_there);
		return;
	}
	/* Nonsense makes the first blocks EL2's, for which there is an oops. */
	if (form == KERNEL_BARE && page < STRESS_NONSENSE)
		form = KERNEL_FIXUP;
	guests = is_guests(page);
	ret = access_page(t, page, form, &value, write_there);
	if (!ret && !write_there && value == STRESS_SECRET)
		__atomic_fetch_add(&stress.seen, 1, __ATOMIC_RELAXED);
	if (form == KERNEL_BARE ? guests && !is_guests(page) : ret)
		stress_count(kinds[form]);
}

bool stress_secret_left(void)
{
	static uint64_t words[PAGE / sizeof(uint64_t)];
	unsigned long found = 0;

	for (unsigned int page = 0; page < STRESS_PAGES; page++) {
		if (try_copy(words, stress.user[page / BLOCK_PAGES] + page % BLOCK_PAGES * PAGE,
			     PAGE))
			found++; /* the rest is zero */
		for (unsigned int i = 0; i < PAGE / sizeof(uint64_t); i++)
			found += words[i] == STRESS_SECRET;
	}
	if (found)
		tap_note("%lu words or pages", found);
	return found;
}
