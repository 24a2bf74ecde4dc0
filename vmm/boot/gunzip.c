// SPDX-License-Identifier: GPL-2.0-only
#include "gunzip.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "../util/log.h"

#define CHUNK	   (64U << 10)
#define ROOM_FIRST (1UL << 20)
#define GZIP_ONLY  (MAX_WBITS + 16) /* inflateInit2(): a gzip header, no raw or zlib stream */

struct gunzip {
	z_stream stream;
	int fd;
	off_t position; /* in the file, of what is read next */
	uint64_t limit, size, room;
	uint8_t *bytes; /* room of them, size are valid */
	uint8_t chunk[CHUNK];
	char *why;
	size_t why_size;
};

bool gunzip_recognise(const uint8_t *head, size_t length)
{
	return length >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8;
}

static int refuse(struct gunzip *state, int error, const char *sentence)
{
	snprintf(state->why, state->why_size, "%s", sentence);
	return error;
}

/* Reads on when all was used. Returns 1 when there is input, 0 at the end of the file. */
static int refill(struct gunzip *state)
{
	ssize_t count;

	if (state->stream.avail_in)
		return 1;
	do
		count = pread(state->fd, state->chunk, CHUNK, state->position);
	while (count < 0 && errno == EINTR);
	if (count < 0) {
		int ret = -errno;

		snprintf(state->why, state->why_size, "cannot be read at byte %jd: %s",
			 (intmax_t)state->position, error_text(-ret));
		return -EIO;
	}
	state->position += count;
	state->stream.next_in = state->chunk;
	state->stream.avail_in = (unsigned int)count;
	return count > 0;
}

/*
 * Room for one byte at least: beyond the limit by one, so that reaching it and passing it differ.
 */
static int make_room(struct gunzip *state)
{
	uint64_t room = state->room ? state->room * 2 : ROOM_FIRST;
	uint8_t *bytes;

	if (state->size < state->room)
		return 0;
	if (room > state->limit + 1)
		room = state->limit + 1;
	if (room <= state->size) {
		snprintf(state->why, state->why_size,
			 "unpacks to more than the %" PRIu64 " KiB of guest RAM; raise [vm] memory",
			 state->limit / 1024);
		return -EFBIG;
	}
	bytes = realloc(state->bytes, room);
	if (!bytes)
		return refuse(state, -ENOMEM, "not enough memory to unpack it");
	state->bytes = bytes;
	state->room = room;
	return 0;
}

static int inflate_status(struct gunzip *state, int result)
{
	switch (result) {
	case Z_OK:
	case Z_BUF_ERROR: /* it only wants more input or more room */
		return 0;
	case Z_STREAM_END:
		return 1;
	case Z_MEM_ERROR:
		return refuse(state, -ENOMEM, "not enough memory to unpack it");
	}
	snprintf(state->why, state->why_size,
		 "damaged gzip data after %" PRIu64 " unpacked bytes (%s)", state->size,
		 state->stream.msg ? state->stream.msg : "zlib gives no reason");
	return -EINVAL;
}

/* Unpacks one member. */
static int unpack_member(struct gunzip *state)
{
	int ret = 0;

	while (!ret) {
		uint64_t room;

		ret = refill(state);
		if (ret < 0)
			return ret;
		if (!ret)
			return refuse(state, -EINVAL,
				      "truncated gzip data: the file is incomplete");
		ret = make_room(state);
		if (ret)
			return ret;
		room = state->room - state->size;
		state->stream.next_out = state->bytes + state->size;
		state->stream.avail_out = room > CHUNK ? CHUNK : (unsigned int)room;
		ret = inflate(&state->stream, Z_NO_FLUSH);
		state->size = (uint64_t)(state->stream.next_out - state->bytes);
		ret = inflate_status(state, ret);
	}
	return ret < 0 ? ret : 0;
}

/* Looks at what follows a member: 1: another one, 0: nothing but zero bytes. */
static int look_behind(struct gunzip *state)
{
	for (;;) {
		int more = refill(state);

		if (more <= 0)
			return more;
		if (*state->stream.next_in == 0x1f)
			return 1;
		if (*state->stream.next_in)
			return refuse(state, -EINVAL, "unexpected data after the gzip data");
		state->stream.next_in++;
		state->stream.avail_in--;
	}
}

static int unpack_all(struct gunzip *state)
{
	int more;

	do {
		int ret = unpack_member(state);

		if (ret)
			return ret;
		more = look_behind(state);
		if (more > 0 && inflateReset(&state->stream) != Z_OK)
			return refuse(state, -EINVAL,
				      "cannot continue after the first gzip member");
	} while (more > 0);
	if (!more && state->size > state->limit)
		return make_room(state);
	return more;
}

int gunzip(int fd, uint64_t limit, uint8_t **bytes, uint64_t *size, char *why, size_t why_size)
{
	struct gunzip *state = calloc(1, sizeof(*state));
	int ret;

	if (!state) {
		snprintf(why, why_size, "not enough memory to unpack it");
		return -ENOMEM;
	}
	state->fd = fd;
	state->limit = limit;
	state->why = why;
	state->why_size = why_size;
	ret = inflateInit2(&state->stream, GZIP_ONLY) == Z_OK
		      ? 0
		      : refuse(state, -ENOMEM, "cannot initialise zlib");
	if (!ret) {
		ret = unpack_all(state);
		inflateEnd(&state->stream);
	}
	if (ret) {
		free(state->bytes);
	} else {
		*bytes = state->bytes;
		*size = state->size;
	}
	free(state);
	return ret;
}
