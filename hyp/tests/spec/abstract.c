// SPDX-License-Identifier: GPL-2.0-only
#include <tests/spec/abstract.h>
#include <arch/attributes.h>
#include <arch/memory.h>
#include <el2/regions.h>

/* What matters of a word of the specification: the flags are its own. */
#define SPEC_FLAGS	(SPEC_ZERO | SPEC_BOOT)
#define LEAF_ATTR(pte)	((pte) & ~(PTE_ADDR | PTE_STATE | PTE_VALID | PTE_TYPE))

struct walk {
	const struct abstract *from;
	const struct spec *spec;
	struct difference *difference;
	const struct pgtable *pgt;
	const char *whose;
	const struct guest_memory *guest;
	uint64_t guest_attr;
	uint64_t tables;
	uint64_t blocks;		/* leaves at level PT_L2 */
	/* a guest's; unprotected: of pages, those at unprotected IPAs */
	uint64_t pages, unprotected, poisoned, empty;
	uint64_t hyp, shared_with_hyp;	/* EL2's linear map: without the pages of the boot */
};

/*
 * A leaf or an annotation that decides about [addr, addr + size); false: a difference has been
 * told.
 */
typedef bool (*visit_leaf)(struct walk *w, pte_t pte, unsigned int level, uint64_t addr,
			   uint64_t size);
/* All entries of a table have been visited. */
typedef bool (*visit_table)(struct walk *w, const pte_t *table, unsigned int level,
			    uint64_t entries, uint64_t base);

static void tell_page(struct difference *d, spec_page_t page)
{
	enum donjon_page_state state = spec_state(page);

	difference_add(d, "%s", spec_state_name(state));
	if (state == DONJON_PAGE_GUEST || state == DONJON_PAGE_GUEST_SHARED)
		difference_add(d, " %u IPA 0x%lx", spec_owner(page), spec_ipa(page));
	else if (state == DONJON_PAGE_HOST_SHARED && spec_borrower(page) == SPEC_HYP)
		difference_add(d, " with EL2");
	else if (state == DONJON_PAGE_HOST_SHARED)
		difference_add(d, " with guest %u IPA 0x%lx", spec_borrower(page), spec_ipa(page));
}

static bool differs(struct walk *w, uint64_t pa, spec_page_t tables)
{
	difference_add(w->difference, "page 0x%lx: %s says ", pa, w->whose);
	tell_page(w->difference, tables);
	difference_add(w->difference, ", specification says ");
	tell_page(w->difference, spec_page(w->spec, pa));
	return false;
}

static bool breaks(struct walk *w, const char *rule, uint64_t addr, uint64_t value)
{
	difference_add(w->difference, "%s: %s at 0x%lx (0x%lx)", w->whose, rule, addr, value);
	return false;
}

static bool counts_differ(struct walk *w, const char *what, uint64_t seen, uint64_t expected)
{
	difference_add(w->difference, "%s: %s are %lu, %lu expected", w->whose, what, seen,
		       expected);
	return false;
}

static spec_page_t word(enum donjon_page_state state, unsigned int owner, unsigned int borrower,
			uint64_t ipa)
{
	return (spec_page_t)state | (spec_page_t)owner << SPEC_OWNER_SHIFT |
	       (spec_page_t)((borrower + 1) & 0xff) << SPEC_BORROWER_SHIFT |
	       ipa >> PAGE_SHIFT << SPEC_IPA_SHIFT;
}

/*
 * The first page of the range that is neither HOST nor NOT_RAM, or its end. Other memory than the
 * array's is NOT_RAM.
 */
static uint64_t first_special(const struct spec *spec, uint64_t addr, uint64_t end)
{
	uint64_t index, last;

	if (end <= spec->base || addr >= spec->base + (spec->nr_pages << PAGE_SHIFT))
		return end;
	index = addr > spec->base ? (addr - spec->base) >> PAGE_SHIFT : 0;
	last = min_u64((end - spec->base) >> PAGE_SHIFT, spec->nr_pages);
	while (index < last) {
		if (!spec->special[index / SPEC_CHUNK]) {
			index = (index / SPEC_CHUNK + 1) * SPEC_CHUNK;
		} else {
			enum donjon_page_state state = spec_state(spec->page[index]);

			if (state != DONJON_PAGE_HOST && state != DONJON_PAGE_NOT_RAM)
				return spec->base + (index << PAGE_SHIFT);
			index++;
		}
	}
	return end;
}

/* The host's entry is 0: its pages are its own, or no RAM. */
static bool host_nothing(struct walk *w, unsigned int level, uint64_t addr, uint64_t size)
{
	const struct spec *spec = w->spec;
	uint64_t index = (addr - spec->base) >> PAGE_SHIFT, special;

	if (level == PT_LAST_LEVEL && index < spec->nr_pages && !(spec->page[index] & SPEC_STATE))
		return true;
	special = first_special(spec, addr, addr + size);
	return special == addr + size || differs(w, special, DONJON_PAGE_HOST);
}

/* -- The walk: P1, P2, P3 and the number of tables hold for all kinds -- */

static bool annotation_is_sound(pte_t pte)
{
	return !(pte & ~(PTE_OWNER | PTE_ADDR)) && pte_owner(pte) &&
	       (pte_owner(pte) >= OWNER_GUEST || !(pte & PTE_ADDR));
}

static bool walk_entry(struct walk *w, pte_t pte, unsigned int level, uint64_t addr,
		       visit_leaf leaf)
{
	if (level < PT_BLOCK_LEVEL)
		return breaks(w, "P3: a leaf above the block level", addr, pte);
	if (pte_valid(pte) && level == PT_LAST_LEVEL && !(pte & PTE_TYPE))
		return breaks(w, "a reserved descriptor", addr, pte);
	if (!pte_valid(pte) && !annotation_is_sound(pte))
		return breaks(w, "P2: an annotation with other bits", addr, pte);
	return leaf(w, pte, level, addr, level_size(level));
}

/* EL2's other addresses belong to the boot code and to each CPU's own mappings. */
static bool is_of_interest(const struct walk *w, uint64_t addr)
{
	return w->pgt->kind != PGT_HYP ||
	       (addr >= arch_linear_va(0) && !((addr - arch_linear_va(0)) >> PA_LIMIT_BITS));
}

/*
 * The commonest pages, without a detour: the host's own that it has mapped, what is private to a
 * guest, and EL2's in its linear map. False: look closer. Saves more than half of the time.
 */
static bool is_ordinary_page(struct walk *w, pte_t pte, uint64_t addr)
{
	const struct spec *spec = w->spec;
	uint64_t pa = w->pgt->kind == PGT_HYP	  ? addr - arch_linear_va(0)
		      : w->pgt->kind == PGT_GUEST ? pte & PTE_ADDR
						  : addr;
	uint64_t index = (pa - spec->base) >> PAGE_SHIFT;

	if (index >= spec->nr_pages)
		return false;
	if (w->pgt->kind == PGT_GUEST) {
		if (pte != (pa | w->guest_attr | PTE_VALID | PTE_TYPE) ||
		    (spec->page[index] ^
		     word(DONJON_PAGE_GUEST, w->guest->owner, SPEC_NOBODY, addr)) &
			    ~SPEC_FLAGS)
			return false;
		w->pages++;
		return true;
	}
	if (w->pgt->kind == PGT_HOST)
		return pte == (pa | S2_HOST_RAM | PTE_VALID | PTE_TYPE) &&
		       !(spec->page[index] & SPEC_STATE);
	if (w->pgt->kind != PGT_HYP || pte != (pa | S1_HYP_DATA | PTE_VALID | PTE_TYPE) ||
	    spec_state(spec->page[index]) != DONJON_PAGE_HYP)
		return false;
	w->hyp += !(spec->page[index] & SPEC_BOOT);
	return true;
}

/* A default entry of the host's (P4) that is not 0. */
static bool is_lazy(const struct walk *w, pte_t pte, unsigned int level)
{
	return w->pgt->kind == PGT_HOST && pte_valid(pte) && !pte_is_table(pte, level) &&
	       pte_state(pte) == PAGE_OWNED;
}

/*
 * *counted: its entries that carry information. Nearly all of the time is spent here, on entries
 * that are 0.
 */
static bool walk_table(struct walk *w, const pte_t *table, unsigned int level, uint64_t entries,
		       uint64_t base, uint64_t *counted, visit_leaf leaf, visit_table end)
{
	const uint64_t step = level_size(level);
	const bool host = w->pgt->kind == PGT_HOST;
	bool empty = true;
	uint64_t i, addr, below;

	for (*counted = 0, i = 0, addr = base; i < entries; i++, addr += step) {
		pte_t pte = table[i];

		if (!pte) {
			if (host && !host_nothing(w, level, addr, step))
				return false;
			continue;
		}
		empty = false;
		*counted += !is_lazy(w, pte, level);
		if (level == PT_LAST_LEVEL && is_ordinary_page(w, pte, addr))
			continue;
		if (!is_of_interest(w, addr))
			continue;
		if (!pte_is_table(pte, level)) {
			if (!walk_entry(w, pte, level, addr, leaf))
				return false;
			continue;
		}
		w->tables++;
		if (!walk_table(w, w->from->table(pte & PTE_ADDR), level + 1, PT_ENTRIES, addr,
				&below, leaf, end))
			return false;
		if (below != pte_count(pte))
			return breaks(w, "P1: a table's count is wrong", addr, pte);
	}
	if (empty && level > w->pgt->start_level)
		return breaks(w, "P1: a table is empty", base, 0);
	return !end || end(w, table, level, entries, base);
}

static bool walk_all(struct walk *w, visit_leaf leaf, visit_table end)
{
	const struct pgtable *pgt = w->pgt;
	uint64_t counted;

	if (!walk_table(w, pgt->root, pgt->start_level,
			1UL << (pgt->ia_bits - level_shift(pgt->start_level)), 0, &counted, leaf,
			end))
		return false;
	/*
	 * EL2's own struct pgtable is not in reach: its number of tables is checked by nobody but
	 * itself.
	 */
	return pgt->kind == PGT_HYP || w->tables == pgt->tables ||
	       counts_differ(w, "tables", w->tables, pgt->tables);
}

/* -- The host's stage 2 -- */

/*
 * A mapping that a fault of the host made: so are they here. A lazy mapping never spans RAM and
 * other memory.
 */
static bool host_default(struct walk *w, pte_t pte, unsigned int level, uint64_t addr,
			 uint64_t size)
{
	bool ram = spec_state(spec_page(w->spec, addr)) != DONJON_PAGE_NOT_RAM;

	if (!host_nothing(w, level, addr, size))
		return false;
	if (pte_output(pte, level, addr) != addr)
		return breaks(w, "the host's mapping is not the identity", addr, pte);
	if (ram ? LEAF_ATTR(pte) != S2_HOST_RAM
		: LEAF_ATTR(pte) != S2_HOST_FIRMWARE && LEAF_ATTR(pte) != S2_HOST_DEVICE)
		return breaks(w, "wrong attributes", addr, pte);
	return true;
}

/* What the entry says, and which bits of the word it says something about. */
static spec_page_t host_word(pte_t pte, uint64_t off, spec_page_t *mask)
{
	*mask = ~SPEC_FLAGS;
	if (!pte_valid(pte)) {
		if (pte_owner(pte) == OWNER_HYP)
			return word(DONJON_PAGE_HYP, SPEC_HYP, SPEC_NOBODY, 0);
		if (pte_owner(pte) == OWNER_CLEANING) {
			*mask = SPEC_STATE;
			return DONJON_PAGE_CLEANING;
		}
		return word(DONJON_PAGE_GUEST, pte_owner(pte), SPEC_NOBODY, (pte & PTE_ADDR) + off);
	}
	*mask = SPEC_STATE;
	return pte_state(pte) == PAGE_SHARED_OWNED ? DONJON_PAGE_HOST_SHARED
						   : DONJON_PAGE_GUEST_SHARED;
}

static bool host_leaf(struct walk *w, pte_t pte, unsigned int level, uint64_t addr, uint64_t size)
{
	spec_page_t tables, mask, step = 0;
	uint64_t off;

	if (pte_valid(pte) && pte_state(pte) == PAGE_OWNED)
		return host_default(w, pte, level, addr, size);
	if (pte_valid(pte) &&
	    (pte_state(pte) > PAGE_SHARED_BORROWED || pte_output(pte, level, addr) != addr ||
	     LEAF_ATTR(pte) != S2_HOST_RAM))
		return breaks(w, "a shared page's mapping is wrong", addr, pte);
	tables = host_word(pte, 0, &mask);
	if (!pte_valid(pte) && pte_owner(pte) != OWNER_HYP)
		step = (spec_page_t)1 << SPEC_IPA_SHIFT;
	for (off = 0; off < size; off += PAGE_SIZE, tables += step)
		if ((spec_page(w->spec, addr + off) ^ tables) & mask)
			return differs(w, addr + off, tables);
	return true;
}

/* P4 */
static bool host_table_says_something(struct walk *w, const pte_t *table, unsigned int level,
				      uint64_t entries, uint64_t base)
{
	uint64_t i, start, end;

	if (level <= PT_BLOCK_LEVEL)
		return true;
	for (i = 0; i < entries; i++)
		if (pte_is_table(table[i], level) ||
		    (table[i] && (!pte_valid(table[i]) || pte_state(table[i]) != PAGE_OWNED)))
			return true;
	region_find(base, &start, &end);
	return base < start || end - base < entries * level_size(level) ||
	       breaks(w, "P4: a table that says nothing", base, level);
}

spec_page_t abstract_page(const struct pgtable *host, uint64_t pa)
{
	unsigned int level;
	pte_t pte = pgtable_get(host, pa, &level);
	spec_page_t mask;

	if (!pte || (pte_valid(pte) && pte_state(pte) == PAGE_OWNED))
		return DONJON_PAGE_HOST;
	return host_word(pte, pa & (level_size(level) - 1) & PAGE_MASK, &mask);
}

/* -- A guest's stage 2 -- */

/* An EMPTY entry names its own address, so that the pages of a block that is split do as well. */
static bool guest_annotation(struct walk *w, pte_t pte, uint64_t addr, uint64_t size)
{
	unsigned int owner = w->guest->owner;
	uint64_t off;

	if (pte_owner(pte) == GUEST_TAG_EMPTY) {
		w->empty += size >> PAGE_SHIFT;
		if ((pte & PTE_ADDR) != addr)
			return breaks(w, "an EMPTY entry names another address", addr, pte);
		return spec_is_empty(w->spec, owner, addr, size) ||
		       breaks(w, "a page is EMPTY that the specification does not know", addr, pte);
	}
	w->poisoned += size >> PAGE_SHIFT;
	if (pte != (pte_t)GUEST_TAG_POISONED << PTE_OWNER_SHIFT)
		return breaks(w, "an unknown tag", addr, pte);
	for (off = 0; off < size; off += PAGE_SIZE)
		if (!spec_is_poisoned(w->spec, owner, addr + off))
			return breaks(w, "a page is poisoned that the specification does not know",
				      addr + off, pte);
	return true;
}

/* What the guest may do at this address, where it borrows its RAM: the range says it. */
static uint64_t borrowed_attr(const struct guest_memory *guest, uint64_t addr)
{
	unsigned int i;

	for (i = 0; i < guest->nr_ram; i++)
		if (guest->ram[i].readonly && addr - guest->ram[i].base < guest->ram[i].size)
			return S2_GUEST_ROM;
	return S2_GUEST_RAM;
}

static bool guest_leaf(struct walk *w, pte_t pte, unsigned int level, uint64_t addr, uint64_t size)
{
	unsigned int owner = w->guest->owner;
	uint64_t off, attr = w->guest->protected ? w->guest_attr : borrowed_attr(w->guest, addr);

	w->blocks += level == PT_L2;
	if (!pte_valid(pte))
		return guest_annotation(w, pte, addr, size);
	if (addr & w->spec->guest[owner - SPEC_GUEST].unprotected_bit)
		w->unprotected += size >> PAGE_SHIFT;
	w->pages += size >> PAGE_SHIFT;
	if (level < PT_L2 || LEAF_ATTR(pte) != attr ||
	    pte_state(pte) > PAGE_SHARED_BORROWED)
		return breaks(w, "a block too large, wrong attributes or an impossible state", addr,
			      pte);
	for (off = 0; off < size; off += PAGE_SIZE) {
		uint64_t pa = (pte & PTE_ADDR) + off;
		spec_page_t tables =
			pte_state(pte) == PAGE_OWNED
				? word(DONJON_PAGE_GUEST, owner, SPEC_NOBODY, addr + off)
			: pte_state(pte) == PAGE_SHARED_OWNED
				? word(DONJON_PAGE_GUEST_SHARED, owner, SPEC_HOST, addr + off)
				: word(DONJON_PAGE_HOST_SHARED, SPEC_HOST, owner, addr + off);

		if ((spec_page(w->spec, pa) ^ tables) & ~SPEC_FLAGS)
			return differs(w, pa, tables);
	}
	return true;
}

static bool guest_equals(struct walk *w, const struct spec_guest *guest)
{
	const struct guest_memory *real = w->guest;

	w->pgt = &real->pgt;
	if (real->pgt.kind != PGT_GUEST || real->pgt.vmid != real->owner ||
	    1UL << real->pgt.ia_bits != guest->ipa_limit || real->protected != guest->protected)
		return breaks(w, "kind, VMID, size or protection have changed", real->pgt.root_pa,
			      real->pgt.vmid);
	if (!walk_all(w, guest_leaf, NULL))
		return false;
	if (w->pages != guest->pages)
		return counts_differ(w, "mapped pages", w->pages, guest->pages);
	if (w->poisoned != guest->poisoned)
		return counts_differ(w, "poisoned pages", w->poisoned, guest->poisoned);
	if (w->empty != guest->empty)
		return counts_differ(w, "EMPTY pages", w->empty, guest->empty);
	if (real->pages != w->pages - w->unprotected + w->poisoned + w->empty)
		return counts_differ(w, "pages counted", real->pages,
				     w->pages - w->unprotected + w->poisoned + w->empty);
	if (real->pgt.blocks != w->blocks)
		return counts_differ(w, "blocks counted", real->pgt.blocks, w->blocks);
	return real->cache.count >= w->blocks ||
	       counts_differ(w, "L5: pages in the cache", real->cache.count, w->blocks);
}

/* -- EL2's stage 1: the linear map -- */

static bool hyp_leaf(struct walk *w, pte_t pte, unsigned int level, uint64_t addr, uint64_t size)
{
	uint64_t pa = addr - arch_linear_va(0);
	spec_page_t page = spec_page(w->spec, pa);

	if (!pte_valid(pte) || level != PT_LAST_LEVEL || pte_output(pte, level, addr) != pa ||
	    LEAF_ATTR(pte) != S1_HYP_DATA)
		return breaks(w, "not a mapping of the linear address", addr, pte);
	if (pte_state(pte) == PAGE_OWNED && spec_state(page) == DONJON_PAGE_HYP) {
		w->hyp += !(page & SPEC_BOOT);
		return true;
	}
	if (pte_state(pte) == PAGE_SHARED_BORROWED && spec_state(page) == DONJON_PAGE_HOST_SHARED &&
	    spec_borrower(page) == SPEC_HYP) {
		w->shared_with_hyp++;
		return true;
	}
	return differs(w, pa,
		       pte_state(pte) == PAGE_OWNED
			       ? word(DONJON_PAGE_HYP, SPEC_HYP, SPEC_NOBODY, 0)
			       : word(DONJON_PAGE_HOST_SHARED, SPEC_HOST, SPEC_HYP, 0));
}

static bool hyp_equals(struct walk *w)
{
	if (!walk_all(w, hyp_leaf, NULL))
		return false;
	if (w->hyp != w->spec->hyp)
		return counts_differ(w, "pages mapped as owned", w->hyp, w->spec->hyp);
	return w->shared_with_hyp == w->spec->shared_with_hyp ||
	       counts_differ(w, "pages mapped as borrowed", w->shared_with_hyp,
			     w->spec->shared_with_hyp);
}

/* -- All of them -- */

bool abstract_equals(const struct abstract *tables, const struct spec *spec,
		     struct difference *difference)
{
	struct walk host = { tables, spec, difference, tables->host, .whose = "the host's table" };
	struct walk hyp = { tables, spec, difference, tables->hyp, .whose = "EL2's table" };
	unsigned int i;

	if (spec->broken) {
		difference_add(difference, "the specification itself: %s", spec->broken);
		return false;
	}
	if (!walk_all(&host, host_leaf, host_table_says_something) ||
	    (tables->hyp && !hyp_equals(&hyp)))
		return false;
	for (i = 0; i < SPEC_MAX_GUESTS; i++) {
		struct walk guest = { tables,
				      spec,
				      difference,
				      .whose = "the guest's table",
				      .guest = tables->guest[i],
				      .guest_attr = S2_GUEST_RAM };

		if (!tables->guest[i] != !spec->guest[i].exists)
			return breaks(&guest, "a guest is known to one side only", SPEC_GUEST + i,
				      0);
		if (tables->guest[i] && !guest_equals(&guest, &spec->guest[i])) {
			difference_add(difference, "; guest %u", SPEC_GUEST + i);
			return false;
		}
	}
	return true;
}
