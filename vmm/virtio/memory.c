// SPDX-License-Identifier: GPL-2.0-only
#include "memory.h"

#include <string.h>

#include "../fault.h"

struct copy {
	void *to;
	const void *from;
	size_t length;
};

struct access16 {
	uint16_t *at;
	uint16_t value;
};

void *memory_translate(const struct guest_ram *ram, uint64_t address, uint64_t length)
{
	uint64_t offset = (address & ~ram->unprotected_bit) - ram->ipa;

	/* An address below the RAM has wrapped to a large offset. */
	if (offset > ram->size || length > ram->size - offset)
		return NULL;
	return ram->host + offset;
}

/*
 * The copy is a call that the compiler cannot see through on the callers' side, so that no caller's
 * check is made on anything but its own copy.
 */
static void copy(void *argument)
{
	const struct copy *copy = argument;

	memcpy(copy->to, copy->from, copy->length);
}

int memory_copy_in(void *to, const void *from, size_t length)
{
	struct copy work = { to, from, length };

	return fault_guard(copy, &work);
}

int memory_copy_out(void *to, const void *from, size_t length)
{
	struct copy work = { to, from, length };

	return fault_guard(copy, &work);
}

static void load16(void *argument)
{
	struct access16 *access = argument;

	access->value = __atomic_load_n(access->at, __ATOMIC_ACQUIRE);
}

static void store16(void *argument)
{
	const struct access16 *access = argument;

	__atomic_store_n(access->at, access->value, __ATOMIC_RELEASE);
}

int memory_load16(const uint16_t *from, uint16_t *value)
{
	struct access16 access = { .at = (uint16_t *)(uintptr_t)from };
	int ret = fault_guard(load16, &access);

	if (!ret)
		*value = access.value;
	return ret;
}

int memory_store16(uint16_t *to, uint16_t value)
{
	struct access16 access = { to, value };

	return fault_guard(store16, &access);
}
