// SPDX-License-Identifier: GPL-2.0-only
#include <el2/pgtable.h>
#include <el2/panic.h>
#include <arch/memory.h>
#include <arch/tlb.h>

_Static_assert(PT_L2 + 1 == PT_LAST_LEVEL, "a level-2 entry names at most one table");

/*
 * The entries that decide about one address, from the root down; entry[l] lies in the table of
 * level l.
 */
struct path {
	pte_t *entry[PT_LAST_LEVEL + 1];
};

unsigned int pgtable_start_level(unsigned int ia_bits)
{
	/*
	 * At most 16 tables may be concatenated: four more bits at the first level. A start below
	 * level 1 would serve no size that is in use.
	 */
	return ia_bits > level_shift(1) + PT_INDEX_BITS + 4 ? 0 : 1;
}

unsigned int pgtable_root_pages(unsigned int ia_bits)
{
	unsigned int bits = level_shift(pgtable_start_level(ia_bits)) + PT_INDEX_BITS;

	return ia_bits > bits ? 1U << (ia_bits - bits) : 1;
}

void pgtable_init(struct pgtable *pgt, enum pgtable_kind kind, unsigned int ia_bits, uint8_t vmid,
		  pte_t *root, uint64_t root_pa, struct page_cache *cache)
{
	*pgt = (struct pgtable){
		.kind = kind,
		.ia_bits = ia_bits,
		.start_level = pgtable_start_level(ia_bits),
		.vmid = vmid,
		.root = root,
		.root_pa = root_pa,
		.cache = cache,
	};
}

static pte_t *table_of(pte_t desc)
{
	return arch_linear(desc & PTE_ADDR);
}

static pte_t *entry_in(const struct pgtable *pgt, pte_t *table, unsigned int level, uint64_t addr)
{
	uint64_t index = addr >> level_shift(level);

	return &table[level == pgt->start_level ? index : index & (PT_ENTRIES - 1)];
}

/* Follows tables from the root to at most the level last; returns the level reached. */
static unsigned int walk(const struct pgtable *pgt, uint64_t addr, unsigned int last,
			 struct path *path)
{
	unsigned int level = pgt->start_level;
	pte_t *table = pgt->root;

	EL2_ASSERT(!(addr >> pgt->ia_bits));
	for (;;) {
		path->entry[level] = entry_in(pgt, table, level, addr);
		if (level == last || !pte_is_table(*path->entry[level], level))
			return level;
		table = table_of(*path->entry[level]);
		level++;
	}
}

pte_t pgtable_get(const struct pgtable *pgt, uint64_t addr, unsigned int *level)
{
	return *pgtable_entry(pgt, addr, level);
}

pte_t *pgtable_entry(const struct pgtable *pgt, uint64_t addr, unsigned int *level)
{
	struct path path;

	*level = walk(pgt, addr, PT_LAST_LEVEL, &path);
	return path.entry[*level];
}

const pte_t *pgtable_find(const struct pgtable *pgt, uint64_t addr, uint64_t size, pte_t mask,
			  pte_t want)
{
	const pte_t as_good = want == PTE_VALID ? 0 : want;
	uint64_t end = addr + size, next;
	const pte_t *e, *last;
	struct path path;

	for (; addr < end; addr = next) {
		unsigned int level = walk(pgt, addr, PT_LAST_LEVEL, &path);

		e = last = path.entry[level];
		next = min_u64(level_end(addr, level < PT_L2 ? level : PT_L2), end);
		/* Entries that carry no information are all alike. */
		if (level == PT_LAST_LEVEL && pte_count(*path.entry[PT_L2]))
			last += ((next - addr) >> PAGE_SHIFT) - 1;
		/* Four at a time as long as they are as wanted: there may be 512. */
		while (e + 3 <= last &&
		       !(((e[0] ^ want) | (e[1] ^ want) | (e[2] ^ want) | (e[3] ^ want)) & mask))
			e += 4;
		for (; e <= last; e++)
			if (((*e & mask) != want) & (*e != as_good))
				return e;
	}
	return NULL;
}

uint64_t pte_output(pte_t pte, unsigned int level, uint64_t addr)
{
	return (pte & PTE_ADDR) + (addr & (level_size(level) - 1) & PAGE_MASK);
}

static pte_t leaf_pte(const struct pt_leaf *leaf, uint64_t off, unsigned int level)
{
	if (leaf->valid)
		return (leaf->pa + off) | leaf->attr | PTE_VALID |
		       (level == PT_LAST_LEVEL ? PTE_TYPE : 0);
	if (leaf->owner == OWNER_HOST)
		return 0;
	return (pte_t)leaf->owner << PTE_OWNER_SHIFT |
	       (leaf->owner >= OWNER_GUEST ? leaf->ipa + off : 0);
}

static bool leaf_present(const struct pt_leaf *leaf)
{
	return leaf->valid || leaf->owner != OWNER_HOST;
}

/*
 * Whether one level-2 entry can express the leaf: annotations always, a mapping if its physical
 * address is aligned. EL2 maps pages only: it could not split a block that it is using, since
 * break-before-make would take its own memory away.
 */
static bool leaf_fits_l2(const struct pgtable *pgt, const struct pt_leaf *leaf, uint64_t off)
{
	return !leaf->valid ||
	       (pgt->kind != PGT_HYP && is_aligned(leaf->pa + off, level_size(PT_L2)));
}

/* From one entry to the next of the same kind; size: that of an entry's range. */
static uint64_t address_step(pte_t pte, uint64_t size)
{
	return pte_valid(pte) || pte_owner(pte) >= OWNER_GUEST ? size : 0;
}

/* A change of ignored bits needs no break-before-make (D8.16.1). */
static bool needs_break(pte_t old, pte_t new)
{
	return pte_valid(old) && (!pte_valid(new) || ((old ^ new) & ~PTE_STATE));
}

/*
 * Whether the table's count includes the entry: one of the host's that its next fault would bring
 * back carries no information.
 */
static int is_counted(const struct pgtable *pgt, pte_t pte, unsigned int level)
{
	pte_t mask = PTE_VALID | PTE_STATE | (level < PT_LAST_LEVEL ? PTE_TYPE : 0);

	return pte && (pgt->kind != PGT_HOST || (pte & mask) != PTE_VALID);
}

/* Adds delta to the count of the table of this level; the root has none. */
static void count_add(const struct pgtable *pgt, struct path *path, unsigned int level,
		      int64_t delta)
{
	pte_t *parent;

	if (level == pgt->start_level || !delta)
		return;
	parent = path->entry[level - 1];
	EL2_ASSERT((int64_t)pte_count(*parent) + delta >= 0);
	EL2_ASSERT((int64_t)pte_count(*parent) + delta <= (int64_t)PT_ENTRIES);
	arch_count_write(parent, *parent + delta * (int64_t)PTE_COUNT_ONE);
}

/*
 * Puts a table in the place of 0 or of a leaf at path->entry[level]; the table says what the leaf
 * said.
 */
static void install_table(struct pgtable *pgt, struct path *path, unsigned int level, uint64_t addr)
{
	uint64_t base = align_down(addr, level_size(level)), page = cache_pop(pgt->cache);
	pte_t old = *path->entry[level], *table, part = old, next;
	uint64_t step = address_step(old, level_size(level + 1));
	int counted = is_counted(pgt, old, level);
	unsigned int i;

	EL2_ASSERT(page);
	table = arch_linear(page);
	if (old) {
		if (pte_valid(old) && level == PT_L2)
			part |= PTE_TYPE;
		next = part + step;
		/* Two at a time, which is one store. */
#pragma GCC unroll 8
		for (i = 0; i < PT_ENTRIES; i += 2, part += 2 * step, next += 2 * step) {
			table[i] = part;
			table[i + 1] = next;
		}
		pgt->splits++;
	}
	if (old && level == PT_L2)
		pgt->blocks--;
	if (pte_valid(old)) {
		arch_entry_write(path->entry[level], 0);
		arch_tlb_invalidate(pgt, base, level_size(level), level);
	}
	arch_table_publish();
	arch_entry_write(path->entry[level], page | PTE_VALID | PTE_TYPE |
					     counted * PT_ENTRIES << PTE_COUNT_SHIFT);
	pgt->tables++;
	count_add(pgt, path, level, 1 - counted);
}

/* Clears the page, which no walker can reach any more, and gives it back. */
static void free_table(struct pgtable *pgt, pte_t desc)
{
	if (pgt->kind == PGT_HOST || pte_count(desc))
		arch_clear_page(table_of(desc));
	cache_push(pgt->cache, pa(desc & PTE_ADDR));
	pgt->tables--;
	pgt->folds++;
}

/* Gives up the tables from this level upwards that say nothing any more. */
static void collapse(struct pgtable *pgt, struct path *path, unsigned int level, uint64_t addr)
{
	for (; level > pgt->start_level; level--) {
		pte_t *parent = path->entry[level - 1], desc = *parent;
		uint64_t range = level_size(level - 1);

		if (pte_count(desc))
			return;
		arch_entry_write(parent, 0);
		arch_tlb_invalidate(pgt, align_down(addr, range), range, level - 1);
		free_table(pgt, desc);
		count_add(pgt, path, level - 1, -1);
	}
}

/* The whole range of a level-2 entry becomes one leaf. */
static void set_l2(struct pgtable *pgt, struct path *path, uint64_t addr, pte_t new)
{
	pte_t *entry = path->entry[PT_L2], old = *entry;

	pgt->blocks += !!new;
	pgt->blocks -= old && !pte_is_table(old, PT_L2);
	if (needs_break(old, new)) {
		arch_entry_write(entry, 0);
		arch_tlb_invalidate(pgt, addr, level_size(PT_L2), PT_L2);
		if (pte_is_table(old, PT_L2))
			free_table(pgt, old);
	}
	if (new)
		arch_entry_write(entry, new);
	else if (old && !pte_valid(old))
		arch_entry_write(entry, 0);
	arch_table_publish();
	pgt->writes++;
	count_add(pgt, path, PT_L2, is_counted(pgt, new, PT_L2) - is_counted(pgt, old, PT_L2));
}

/* Pages of one last-level table. */
static void set_pages(struct pgtable *pgt, struct path *path, uint64_t addr, uint64_t size,
		      const struct pt_leaf *leaf, uint64_t off)
{
	pte_t *entry = entry_in(pgt, table_of(*path->entry[PT_L2]), PT_LAST_LEVEL, addr);
	pte_t first = leaf_pte(leaf, off, PT_LAST_LEVEL), new = first;
	uint64_t n = size >> PAGE_SHIFT, step = address_step(first, PAGE_SIZE), i;
	int64_t counted = is_counted(pgt, first, PT_LAST_LEVEL) * (int64_t)n;
	bool broken = false;

	for (i = 0; i < n; i++, new += step) {
		pte_t old = entry[i];
		bool breaks = needs_break(old, new);

		counted -= is_counted(pgt, old, PT_LAST_LEVEL);
		broken |= breaks;
		if (old != new)
			arch_entry_write(&entry[i], breaks ? 0 : new);
	}
	if (broken)
		arch_tlb_invalidate(pgt, addr, size, PT_LAST_LEVEL);
	for (i = 0, new = first; broken && i < n; i++, new += step)
		if (entry[i] != new)
			arch_entry_write(&entry[i], new);
	arch_table_publish();
	pgt->writes += n;
	count_add(pgt, path, PT_LAST_LEVEL, counted);
}

/*
 * [addr, addr + size) lies in the range of one level-2 entry; off: its distance from where leaf
 * begins.
 */
static void set_in_l2(struct pgtable *pgt, uint64_t addr, uint64_t size, const struct pt_leaf *leaf,
			uint64_t off)
{
	bool whole = size == level_size(PT_L2), present = leaf_present(leaf);
	bool is_default = !present || (leaf->valid && !(leaf->attr & PTE_STATE));
	struct path path;
	unsigned int level;

	while ((level = walk(pgt, addr, PT_L2, &path)) < PT_L2) {
		if (!*path.entry[level] && !present)
			return;
		install_table(pgt, &path, level, addr);
	}
	if (whole && leaf_fits_l2(pgt, leaf, off)) {
		if (*path.entry[PT_L2] || present)
			set_l2(pgt, &path, addr, leaf_pte(leaf, off, PT_L2));
		if (is_default)
			collapse(pgt, &path, PT_L2, addr);
		return;
	}
	if (!pte_is_table(*path.entry[PT_L2], PT_L2)) {
		if (!*path.entry[PT_L2] && !present)
			return;
		if (whole && *path.entry[PT_L2])
			set_l2(pgt, &path, addr, 0);
		install_table(pgt, &path, PT_L2, addr);
	}
	set_pages(pgt, &path, addr, size, leaf, off);
	if (is_default)
		collapse(pgt, &path, PT_LAST_LEVEL, addr);
}

void pgtable_set(struct pgtable *pgt, uint64_t addr, uint64_t size, const struct pt_leaf *leaf)
{
	uint64_t range = level_size(PT_L2), off = 0;

	EL2_ASSERT(size <= PT_MAX_RANGE && range_below(addr, size, 1UL << pgt->ia_bits));
	EL2_ASSERT(is_aligned(addr | size, PAGE_SIZE));
	while (off < size) {
		uint64_t part = min_u64(size - off, range - ((addr + off) & (range - 1)));

		set_in_l2(pgt, addr + off, part, leaf, off);
		off += part;
	}
}

/*
 * Tables that set_in_l2() would take. prev: an address that is set before, or NULL: tables above
 * level 2 that both need are counted once, with the first.
 */
static unsigned int l2_tables_needed(const struct pgtable *pgt, uint64_t addr, uint64_t size,
				     const struct pt_leaf *leaf, uint64_t off, const uint64_t *prev)
{
	bool whole = size == level_size(PT_L2) && leaf_fits_l2(pgt, leaf, off);
	struct path path;
	unsigned int level = walk(pgt, addr, PT_L2, &path), needed = 0, l;
	pte_t pte = *path.entry[level];

	if (!pte && !leaf_present(leaf))
		return 0;
	for (l = level; l < PT_L2; l++)
		if (!prev || *prev >> level_shift(l) != addr >> level_shift(l))
			needed++;
	if (!whole && !(level == PT_L2 && pte_is_table(pte, level)))
		needed++;
	return needed;
}

unsigned int pgtable_tables_needed(const struct pgtable *pgt, uint64_t addr, uint64_t size,
				   const struct pt_leaf *leaf)
{
	uint64_t range = level_size(PT_L2), first = min_u64(size, range - (addr & (range - 1)));
	unsigned int needed = l2_tables_needed(pgt, addr, first, leaf, 0, NULL);

	if (first < size)
		needed += l2_tables_needed(pgt, addr + first, size - first, leaf, first, &addr);
	return needed;
}

int pgtable_map_lazily(struct pgtable *pgt, uint64_t addr, unsigned int level, uint64_t attr)
{
	struct path path;
	unsigned int reached = walk(pgt, addr, level, &path);
	struct pt_leaf leaf = { .valid = true,
				.pa = align_down(addr, level_size(level)),
				.attr = attr };

	EL2_ASSERT(level >= PT_BLOCK_LEVEL && !*path.entry[reached]);
	if (level - reached > pgt->cache->count)
		return -ENOMEM;
	for (; reached < level; reached++) {
		install_table(pgt, &path, reached, addr);
		walk(pgt, addr, reached + 1, &path);
	}
	arch_entry_write(path.entry[level], leaf_pte(&leaf, 0, level));
	arch_table_publish();
	count_add(pgt, &path, level, is_counted(pgt, *path.entry[level], level));
	pgt->maps++;
	return 0;
}
