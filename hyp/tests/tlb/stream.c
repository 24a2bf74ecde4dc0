// SPDX-License-Identifier: GPL-2.0-only
#include "stream.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_CPUS 64

static FILE *out;
static struct gathered {
	char kind; /* 0: nothing */
	uint64_t va, pa, size, operations;
} gathered[MAX_CPUS];

bool stream_open(const char *path)
{
	if (!path)
		return true;
	out = fopen(path, "w");
	if (out)
		setvbuf(out, NULL, _IOFBF, 1 << 20);
	return out;
}

void stream_close(void)
{
	if (out)
		fclose(out);
	out = NULL;
}

void stream_flush(unsigned int cpu)
{
	struct gathered *g = &gathered[cpu];

	if (g->kind && out) {
		fprintf(out, "%c %u %lx %lx %lu", g->kind, cpu, g->pa, g->size, g->operations);
		if (g->kind == 'C')
			fprintf(out, " %d", memory_is_zero(g->va, g->size));
		fputc('\n', out);
	}
	g->kind = 0;
}

void stream_line(unsigned int cpu, const char *format, ...)
{
	va_list list;

	stream_flush(cpu);
	if (!out)
		return;
	va_start(list, format);
	vfprintf(out, format, list);
	va_end(list);
	fputc('\n', out);
}

/* Entries that grow by the same step come from a block that was split, so a table is often one run.
 */
void stream_table(unsigned int cpu, const struct page *page, bool fresh)
{
	unsigned int i, n;

	stream_flush(cpu);
	if (!out)
		return;
	fprintf(out, "T %u %lx %d %d", cpu, page->pfn * PAGE, page->level, fresh);
	for (i = 0; i < ENTRIES; i += n) {
		uint64_t step = i + 1 < ENTRIES ? page->entry[i + 1] - page->entry[i] : 0;

		for (n = 1; i + n < ENTRIES && page->entry[i + n] - page->entry[i + n - 1] == step;
		     n++)
			;
		/* A run of zeros may end in the first entry of the next run. */
		if (step && n == 2 && i + 2 < ENTRIES)
			n = 1;
		if (page->entry[i] || (n > 1 && step))
			fprintf(out, " %u:%u:%lx:%lx", i, n, page->entry[i], n > 1 ? step : 0);
	}
	fputc('\n', out);
}

void stream_gather(unsigned int cpu, char kind, uint64_t va, uint64_t pa, uint64_t size)
{
	struct gathered *g = &gathered[cpu];

	if (!out)
		return;
	if (g->kind != kind || g->pa + g->size != pa || g->va + g->size != va) {
		stream_flush(cpu);
		*g = (struct gathered){.kind = kind, .va = va, .pa = pa};
	}
	g->size += size;
	g->operations++;
}
