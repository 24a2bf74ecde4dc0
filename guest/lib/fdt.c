// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fdt.h"

#include "lib/string.h"

#define FDT_MAGIC	0xd00dfeedU
#define FDT_VERSION	17U
#define FDT_BEGIN_NODE	1U
#define FDT_END_NODE	2U
#define FDT_PROP	3U
#define FDT_NOP		4U

enum { HEADER_SIZE = 40 };

static uint32_t be32(const void *p)
{
	const uint8_t *b = p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool inside(uint32_t offset, uint32_t size, uint32_t total)
{
	return offset <= total && size <= total - offset;
}

bool fdt_open(struct fdt *fdt, const void *blob, size_t max)
{
	const uint8_t *b = blob;
	uint32_t structs, strings;

	if (!b || max < HEADER_SIZE || be32(b) != FDT_MAGIC)
		return false;
	fdt->total_size = be32(b + 4);
	structs = be32(b + 8);
	strings = be32(b + 12);
	fdt->strings_size = be32(b + 32);
	fdt->structs_size = be32(b + 36);
	/* Version, and the last version that it is compatible with. */
	if (be32(b + 20) < FDT_VERSION || be32(b + 24) > FDT_VERSION)
		return false;
	if (fdt->total_size > max || !inside(structs, fdt->structs_size, fdt->total_size) ||
	    !inside(strings, fdt->strings_size, fdt->total_size))
		return false;
	fdt->structs = b + structs;
	fdt->strings = (const char *)b + strings;
	return true;
}

/* The n-th component of a path, from 0; its length is 0 when there are fewer. */
static const char *component(const char *path, unsigned int n, size_t *len)
{
	const char *end;

	for (;;) {
		while (*path == '/')
			path++;
		for (end = path; *end && *end != '/'; end++)
			;
		if (n == 0 || end == path)
			break;
		n--;
		path = end;
	}
	*len = (size_t)(end - path);
	return path;
}

static bool name_matches(const char *node, size_t node_len, const char *comp, size_t comp_len)
{
	if (comp_len == 0 || node_len < comp_len || memcmp(node, comp, comp_len) != 0)
		return false;
	return node_len == comp_len || node[comp_len] == '@';
}

/*
 * Where the walk is: depth counts open nodes, matched how many of them, from the root, are on
 * the path.
 */
struct walk {
	uint32_t pos;
	uint32_t depth;
	uint32_t matched;
	uint32_t wanted;	/* matched at the node looked for */
	unsigned int seen;	/* such nodes met so far */
};

static bool begin_node(const struct fdt *fdt, struct walk *w, const char *path)
{
	const char *name = (const char *)fdt->structs + w->pos;
	uint32_t room = fdt->structs_size - w->pos;
	size_t len = strnlen(name, room), comp_len;
	const char *comp;

	if (len == room)
		return false;
	w->pos += ((uint32_t)len + 4) & ~3U;
	w->depth++;
	if (w->matched != w->depth - 1)
		return true;
	if (w->depth > 1) {
		comp = component(path, w->depth - 2, &comp_len);
		if (!name_matches(name, len, comp, comp_len))
			return true;
	}
	w->matched = w->depth;
	if (w->matched == w->wanted)
		w->seen++;
	return true;
}

static bool end_node(struct walk *w)
{
	if (w->depth == 0)
		return false;
	if (w->matched == w->depth)
		w->matched--;
	w->depth--;
	return true;
}

const void *fdt_find(const struct fdt *fdt, const char *path, unsigned int nth, const char *name,
			 uint32_t *len)
{
	struct walk w = { .wanted = 1 };
	size_t name_len = strlen(name), comp_len;

	while (component(path, w.wanted - 1, &comp_len), comp_len)
		w.wanted++;

	/* Each turn moves at least one cell on, so the size of the blob bounds the walk. */
	while (inside(w.pos, 4, fdt->structs_size)) {
		uint32_t token = be32(fdt->structs + w.pos), size, name_off;

		w.pos += 4;
		switch (token) {
		case FDT_BEGIN_NODE:
			if (!begin_node(fdt, &w, path))
				return NULL;
			break;
		case FDT_END_NODE:
			if (!end_node(&w))
				return NULL;
			break;
		case FDT_PROP:
			if (!inside(w.pos, 8, fdt->structs_size))
				return NULL;
			size = be32(fdt->structs + w.pos);
			name_off = be32(fdt->structs + w.pos + 4);
			w.pos += 8;
			if (!inside(w.pos, size, fdt->structs_size))
				return NULL;
			if (w.matched == w.wanted && w.depth == w.wanted && w.seen == nth + 1 &&
			    name_off < fdt->strings_size &&
			    name_len < fdt->strings_size - name_off &&
			    memcmp(fdt->strings + name_off, name, name_len + 1) == 0) {
				*len = size;
				return fdt->structs + w.pos;
			}
			if (size > fdt->structs_size - 3)
				return NULL;
			w.pos += (size + 3) & ~3U;
			break;
		case FDT_NOP:
			break;
		default:
			return NULL;
		}
	}
	return NULL;
}

bool fdt_cells(const void *prop, uint32_t len, uint32_t cell, uint32_t cells, uint64_t *val)
{
	const uint8_t *p = prop;

	if (!p || cells < 1 || cells > 2 || cell > len / 4 || cells > len / 4 - cell)
		return false;
	*val = be32(p + cell * 4);
	if (cells == 2)
		*val = *val << 32 | be32(p + cell * 4 + 4);
	return true;
}
