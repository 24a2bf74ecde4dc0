// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two things that hosts do in their ordinary life, for which the kernel reads memory by its own
 * addresses, with a fixup.
 *
 * donjon-attack links make FOLDER: makes symbolic links each of which fills a page, with a name of
 * six characters at its end, and removes every second one, so that other pages come to lie behind
 * the rest. donjon-attack links walk FOLDER: looks them up. The kernel reads names eight bytes at a
 * time, and so a byte of the next page.
 *
 * donjon-attack kcore: reads all of RAM by /proc/kcore. 0: it could be, and the pattern of `secret`
 * was in no more pages than this program itself may have it in.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"
#include "suites.h"

#define LINKS	40000U
#define TEXT	4095U
#define CHUNK	65536UL
#define PAGE	4096UL
#define OWN	8U	/* pages: stacks */

static int make(const char *folder)
{
	static char text[TEXT + 1];
	char name[256];
	unsigned int i;

	memset(text, '/', TEXT);
	memcpy(text + TEXT - 6, "abcdef", 6);
	for (i = 0; i < LINKS; i++) {
		snprintf(name, sizeof(name), "%s/%u", folder, i);
		if (symlink(text, name)) {
			perror(name);
			return 1;
		}
	}
	for (i = 0; i < LINKS; i += 2) {
		snprintf(name, sizeof(name), "%s/%u", folder, i);
		if (unlink(name)) {
			perror(name);
			return 1;
		}
	}
	return 0;
}

static int walk(const char *folder)
{
	unsigned int i, bad = 0;
	struct stat st;
	char name[256];

	for (i = 1; i < LINKS; i += 2) {
		snprintf(name, sizeof(name), "%s/%u", folder, i);
		bad += !stat(name, &st) || errno != ENOENT;
	}
	printf("# %u links looked up, %u of them in vain\n", LINKS / 2, bad);
	return bad != 0;
}

int links(const char *what, const char *folder)
{
	return !strcmp(what, "make") ? make(folder) : walk(folder);
}

static unsigned long secret_pages;

/* A segment of RAM has a physical address. */
static bool read_segment(int file, const Elf64_Phdr *p, uint64_t *total)
{
	static uint8_t bytes[CHUNK];
	uint64_t at, size, page;

	for (at = 0; at < p->p_memsz; at += CHUNK) {
		size = p->p_memsz - at < CHUNK ? p->p_memsz - at : CHUNK;
		if (pread(file, bytes, size, (off_t)(p->p_offset + at)) != (ssize_t)size) {
			printf("# kcore: physical 0x%llx: %s\n",
			       (unsigned long long)(p->p_paddr + at), strerror(errno));
			return false;
		}
		for (page = 0; page < size; page += PAGE)
			secret_pages += has_pattern(bytes + page, PAGE);
		*total += size;
	}
	return true;
}

int kcore(void)
{
	int file = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	uint64_t total = 0;
	bool good = true;
	Elf64_Ehdr e;
	Elf64_Phdr p;

	if (file < 0 || pread(file, &e, sizeof(e), 0) != (ssize_t)sizeof(e)) {
		perror("/proc/kcore");
		return 1;
	}
	for (unsigned int i = 0; i < e.e_phnum; i++) {
		off_t at = (off_t)(e.e_phoff + i * sizeof(p));

		if (pread(file, &p, sizeof(p), at) != (ssize_t)sizeof(p))
			return 1;
		if (p.p_type == PT_LOAD && p.p_paddr != (Elf64_Addr)-1)
			good = read_segment(file, &p, &total) && good;
	}
	close(file);
	printf("# kcore: %llu MiB read, the secret is in %lu pages\n",
	       (unsigned long long)(total >> 20), secret_pages);
	return !good || !total ? 1 : secret_pages > OWN ? 2 : 0;
}
