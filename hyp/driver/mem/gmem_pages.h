/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a guest_memfd. They are the driver's: on no LRU list, with no mapping, so that the
 * kernel migrates, merges, swaps and scans none of them. Nothing is pinned, and RLIMIT_MEMLOCK
 * plays no part; they are charged to the memory cgroup of the VM's creator.
 */
#pragma once

#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "vm_types.h"

/* 2 MiB of a file. */
struct gmem_block {
	struct page *whole;	/* one allocation, no part of which the host's users ever had */
	struct page **pages;	/* or RAM_BLOCK_PAGES of them, NULL or with a reference each */
	DECLARE_BITMAP(given, RAM_BLOCK_PAGES);	/* EL2 has it: private, or shared by the guest */
};

struct gmem {
	struct list_head list;		/* in vm.gmems */
	struct vm *vm;			/* with a reference, as long as the file is open */
	u64 flags;			/* GUEST_MEMFD_FLAG_* */
	unsigned long size;		/* in pages */
	struct mem_cgroup *memcg;	/* who pays */
	bool bound;			/* a slot has a part of it; under vm.mem_lock */

	struct mutex lock;		/* all below */
	struct inode *inode;		/* NULL: the file is closed, and mapped nowhere */
	struct xarray blocks;		/* index / RAM_BLOCK_PAGES -> struct gmem_block */
	bool dead;			/* the VM is over at EL2 */
	bool single;			/* its user wants no blocks */
};

/* All of these under gmem.lock. */

static inline struct gmem_block *gmem_block(struct gmem *g, unsigned long index)
{
	return xa_load(&g->blocks, index / RAM_BLOCK_PAGES);
}

/* The page at a place of a block, 0 to RAM_BLOCK_PAGES - 1, or NULL. */
static inline struct page *gmem_page(const struct gmem_block *b, unsigned int at)
{
	if (b->whole)
		return b->whole + at;
	return b->pages ? b->pages[at] : NULL;
}

/*
 * Makes the page at index exist, zeroed, with the block around it where the host has one and the
 * user wants it. 0, or -ENOMEM; the OOM killer is not called.
 */
int gmem_alloc(struct gmem *g, unsigned long index);

/* Gives the pages of a whole block a reference each, which mapping them needs. 0 or -ENOMEM. */
int gmem_split(struct gmem *g, struct gmem_block *b);

/*
 * Frees the pages from first to last that EL2 does not have; no user has them mapped. 0, or -ENOMEM
 * where a block must be split and cannot be: then that block is as it was.
 */
int gmem_free_pages(struct gmem *g, unsigned long first, unsigned long last);

/* The end: frees all that EL2 does not have. Returns how many pages it has, which are lost. */
unsigned long gmem_free_all(struct gmem *g);
