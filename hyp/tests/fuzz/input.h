/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzzer's input, read byte by byte. An input that has ended goes on with zeros, so that each
 * prefix of an operation means something and a cut input does the same as before the cut.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
	const uint8_t *next, *end;
};

static inline struct input input_of(const uint8_t *bytes, size_t size)
{
	return (struct input){bytes, bytes + size};
}

static inline bool input_left(const struct input *in)
{
	return in->next < in->end;
}

static inline uint8_t input_8(struct input *in)
{
	return input_left(in) ? *in->next++ : 0;
}

static inline uint16_t input_16(struct input *in)
{
	uint16_t low = input_8(in);

	return low | (uint16_t)(input_8(in) << 8);
}

/*
 * Any 64 bits out of two bytes: a power of two or a run of low ones, the same negated, plus a few:
 * that is where checks of ranges break. Values that need all 64 bits free are not worth eight bytes
 * of input.
 */
static inline uint64_t input_wild(struct input *in)
{
	uint8_t shape = input_8(in), more = input_8(in);
	uint64_t value = 1UL << (shape & 63);

	value = shape & 0x40 ? value - 1 : value;
	value = shape & 0x80 ? -value : value;
	return more & 0x80 ? value + (uint64_t)(more & 0x7f) * 0x1000 : value + more;
}
