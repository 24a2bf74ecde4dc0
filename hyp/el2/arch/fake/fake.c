// SPDX-License-Identifier: GPL-2.0-only
/* Memory, tables and TLBs of the fake machine. fake.h has the rules F1 to F5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <el2/arch/fake/fake.h>
#include <arch/machine.h>
#include <arch/attributes.h>
#include <arch/cache.h>
#include <arch/memory.h>
#include <arch/percpu.h>
#include <arch/tlb.h>
#include <el2/host.h>
#include <el2/panic.h>
#include <el2/vcpu.h>

#define MAX_BROKEN 4096

struct fake fake;
struct cpu cpus[FAKE_CPUS];
unsigned int fake_cpu;

static uint8_t ram[FAKE_RAM_SIZE] __attribute__((aligned(4096)));
static bool touched[FAKE_RAM_SIZE >> PAGE_SHIFT];	/* pages that may be other than zero */
static uint64_t *broken[MAX_BROKEN];
static unsigned int nr_broken;
static bool just_published;
static uint64_t published_sums[FAKE_RAM_SIZE >> PAGE_SHIFT];
static unsigned int relaxed;

void fake_reset(void (*unexpected)(const char *what, const char *file, unsigned int line))
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(touched); i++)
		if (touched[i])
			memset(ram + i * PAGE_SIZE, 0, PAGE_SIZE);
	memset(touched, 0, sizeof(touched));
	memset(published_sums, 0, sizeof(published_sums));
	nr_broken = relaxed = 0;
	just_published = false;
	fake.events = fake.random_left = fake.repeats = fake.skips = fake.injected = fake.smcs = 0;
	fake.firmware = NULL;
	firmware_answers = true;
	memset(&fake.fault, 0, sizeof(fake.fault));
	fake.check_linear = fake.check_published = fake.coherent = false;
	fake.guest = NULL;
	fake.contents = NULL;
	memset(fake.flushed, 0, sizeof(fake.flushed));
	fake.zeroed = 0;
	fake.expected = NULL;
	fake.unexpected = unexpected;
	memset(cpus, 0, sizeof(cpus));
	for (i = 0; i < FAKE_CPUS; i++)
		cpus[i].index = i;
	fake_cpu = 0;
}

_Noreturn void el2_panic(const char *what, const char *file, unsigned int line)
{
	fake.panic = what;
	if (fake.expected)
		longjmp(*fake.expected, 1);
	if (fake.unexpected)
		fake.unexpected(what, file, line);
	fprintf(stderr, "%s:%u: EL2 panicked: %s\n", file, line, what);
	abort();
}

static struct fake_event *record(enum fake_what what)
{
	static struct fake_event spare;
	struct fake_event *event = fake.events < FAKE_LOG_SIZE ? &fake.log[fake.events] : &spare;

	fake.events++;
	*event = (struct fake_event){ .what = what };
	return event;
}

void fake_log_clear(void)
{
	fake.events = 0;
}

unsigned int fake_count(enum fake_what what)
{
	unsigned int i, n = 0;

	EL2_ASSERT(fake.events <= FAKE_LOG_SIZE);
	for (i = 0; i < fake.events; i++)
		n += fake.log[i].what == what;
	return n;
}

unsigned int fake_find(enum fake_what what, unsigned int from)
{
	EL2_ASSERT(fake.events <= FAKE_LOG_SIZE);
	while (from < fake.events && fake.log[from].what != what)
		from++;
	return from;
}

unsigned int fake_pending(void)
{
	return nr_broken;
}

static bool in_ram(uint64_t pa, uint64_t size)
{
	return pa >= FAKE_RAM_BASE && pa - FAKE_RAM_BASE < FAKE_RAM_SIZE &&
	       size <= FAKE_RAM_SIZE - (pa - FAKE_RAM_BASE);
}

void *fake_page(uint64_t addr)
{
	EL2_ASSERT(in_ram(addr, 1));
	touched[(addr - FAKE_RAM_BASE) >> PAGE_SHIFT] = true;
	return ram + (addr - FAKE_RAM_BASE);
}

static uint64_t pa_of(const void *p)
{
	EL2_ASSERT((const uint8_t *)p >= ram && (const uint8_t *)p < ram + sizeof(ram));
	return FAKE_RAM_BASE + ((const uint8_t *)p - ram);
}

/* Where the entry for addr at this level lies, NULL if the tables do not reach so far down. */
static uint64_t *entry_at(pte_t *table, unsigned int start, unsigned int level, uint64_t addr)
{
	uint64_t index = addr >> level_shift(start);
	unsigned int l;

	for (l = start; l < level; l++) {
		if (!pte_is_table(table[index], l))
			return NULL;
		table = fake_page(table[index] & PTE_ADDR);
		index = (addr >> level_shift(l + 1)) & (PT_ENTRIES - 1);
	}
	return &table[index];
}

/* F4 */
static bool hyp_maps(uint64_t pa)
{
	unsigned int level, start = pgtable_start_level(HYP_VA_BITS);
	uint64_t va = arch_linear_va(pa), *entry;

	for (level = PT_BLOCK_LEVEL; level <= PT_LAST_LEVEL; level++) {
		entry = entry_at(fake_page(fake.hyp_root), start, level, va);
		if (!entry)
			return false;
		if (pte_valid(*entry) && !pte_is_table(*entry, level))
			return pte_output(*entry, level, va) == (pa & PAGE_MASK);
	}
	return false;
}

void *arch_linear(uint64_t pa)
{
	if (!in_ram(pa, 1))
		EL2_PANIC("fake: no memory at this linear address");
	if (fake.check_linear && !hyp_maps(pa))
		EL2_PANIC("fake F4: EL2 touches a page that its stage 1 does not map");
	return fake_page(pa);
}

/* -- Stores to tables -- */

static uint64_t page_sum(uint64_t pa)
{
	const uint64_t *words = fake_page(pa);
	uint64_t sum = 0xcbf29ce484222325UL, i;

	for (i = 0; i < PT_ENTRIES; i++)
		sum = (sum ^ words[i]) * 0x100000001b3UL;
	return sum;
}

void arch_table_publish(void)
{
	unsigned int i;

	record(FAKE_PUBLISH);
	just_published = true;
	for (i = 0; fake.check_published && i < ARRAY_SIZE(touched); i++)
		if (touched[i])
			published_sums[i] = page_sum(FAKE_RAM_BASE + i * PAGE_SIZE);
}

/*
 * F3. A table starts with all entries or none; a leaf has the access flag, bit 10, which the count
 * reaches only later.
 */
static void check_link(uint64_t value)
{
	uint64_t low = value & (PAGE_SIZE - 1), page = value & PTE_ADDR;

	if (low != 3 && low != (3 | PT_ENTRIES << PTE_COUNT_SHIFT))
		return;
	if (!just_published)
		EL2_PANIC("fake F3: a table linked before its publication");
	if (fake.check_published &&
	    published_sums[(page - FAKE_RAM_BASE) >> PAGE_SHIFT] != page_sum(page))
		EL2_PANIC("fake F3: a table changed between its publication and its link");
}

static unsigned int find_broken(const uint64_t *entry)
{
	unsigned int i;

	for (i = 0; i < nr_broken && broken[i] != entry; i++)
		;
	return i;
}

void arch_entry_write(uint64_t *entry, uint64_t value)
{
	struct fake_event *event = record(FAKE_ENTRY);
	uint64_t old = *entry;

	event->addr = pa_of(entry);
	event->old = old;
	event->value = value;
	if (pte_valid(old) && pte_valid(value) && ((old ^ value) & ~PTE_STATE))
		EL2_PANIC("fake F1: a valid entry replaced by another valid one");
	if (pte_valid(value) && find_broken(entry) < nr_broken)
		EL2_PANIC("fake F2: an entry made before its TLB invalidation");
	if (!pte_valid(old))
		check_link(value);
	if (pte_valid(old) && !pte_valid(value)) {
		EL2_ASSERT(nr_broken < MAX_BROKEN);
		broken[nr_broken++] = entry;
	}
	just_published = false;
	WRITE_ONCE(*entry, value);
}

void arch_count_write(uint64_t *entry, uint64_t value)
{
	struct fake_event *event = record(FAKE_COUNT);

	event->addr = pa_of(entry);
	event->old = *entry;
	event->value = value;
	if ((*entry ^ value) & ~PTE_COUNT || !pte_valid(value))
		EL2_PANIC("fake F1: a change of a count changes something else");
	WRITE_ONCE(*entry, value);
}

void arch_clear_page(void *page)
{
	record(FAKE_CLEAR)->addr = pa_of(page);
	EL2_ASSERT(is_aligned(pa_of(page), PAGE_SIZE));
	memset(page, 0, PAGE_SIZE);
}

/* -- TLBs -- */

static void forget_broken(const uint64_t *entry)
{
	unsigned int i = find_broken(entry);

	if (entry && i < nr_broken)
		broken[i] = broken[--nr_broken];
}

static bool runs_somewhere(const struct pgtable *pgt)
{
	unsigned int i;

	for (i = 0; i < FAKE_CPUS; i++)
		if (cpus[i].vcpu && &cpus[i].vcpu->vm->mem.pgt == pgt)
			return true;
	return false;
}

/* F6 */
static void check_unused(const struct pgtable *pgt)
{
	if (pgt->unused && !fake.flushed[pgt->vmid])
		EL2_PANIC("fake F6: a VMID that was not flushed is called unused");
}

void arch_tlb_invalidate(const struct pgtable *pgt, uint64_t addr, uint64_t size,
			 unsigned int level)
{
	struct fake_event *event = record(FAKE_TLBI);
	uint64_t off;

	event->addr = addr;
	event->size = size;
	event->level = level;
	event->kind = pgt->kind;
	event->vmid = pgt->vmid;
	EL2_ASSERT(size && is_aligned(addr | size, level_size(level)) && level <= PT_LAST_LEVEL);
	check_unused(pgt);
	for (off = 0; off < size; off += level_size(level))
		forget_broken(entry_at(pgt->root, pgt->start_level, level, addr + off));
	just_published = false;
}

void arch_tlb_invalidate_all(const struct pgtable *pgt)
{
	struct fake_event *event = record(FAKE_TLBI_ALL);

	event->kind = pgt->kind;
	event->vmid = pgt->vmid;
	check_unused(pgt);
	fake.flushed[pgt->vmid] = !runs_somewhere(pgt);
	/* Only the roots of VMs lose their entries this way. */
	nr_broken = 0;
}

/* -- Contents -- */

static void check_contents(uint64_t pa, uint64_t size)
{
	if (!size || size > PT_MAX_RANGE || !is_aligned(pa | size, PAGE_SIZE) || !in_ram(pa, size))
		EL2_PANIC("fake F5: zeroing or cleaning outside RAM or of too large a range");
	/* The scrub, which ends the machine, has only the former. */
	if (size > PAGE_SIZE && spin_held(LOCK_HOST) && spin_held(LOCK_VM))
		EL2_PANIC("fake F5: a long range with the host's lock held");
	if (nr_broken)
		EL2_PANIC("fake F2: contents changed before a TLB invalidation");
}

/* Another CPU, while this one is busy without a lock. */
static void meanwhile(uint64_t pa, uint64_t size)
{
	void (*contents)(uint64_t pa, uint64_t size) = fake.contents;
	unsigned int cpu = fake_cpu;

	if (!contents || spin_held(LOCK_HOST))
		return;
	fake.contents = NULL;
	fake_cpu = (cpu + 1) % FAKE_CPUS;
	contents(pa, size);
	fake_cpu = cpu;
	fake.contents = contents;
}

void arch_zero_range(uint64_t pa, uint64_t size)
{
	struct fake_event *event = record(FAKE_ZERO);
	uint64_t off;

	event->addr = pa;
	event->size = size;
	check_contents(pa, size);
	meanwhile(pa, size);
	for (off = 0; off < size; off += PAGE_SIZE)
		memset(fake_page(pa + off), 0, PAGE_SIZE);
	fake.zeroed += size >> PAGE_SHIFT;
}

void arch_fill_page(uint64_t pa, const uint64_t *words, unsigned int n)
{
	arch_zero_range(pa, PAGE_SIZE);
	memcpy(fake_page(pa), words, n * sizeof(*words));
}

void arch_clean_range(uint64_t pa, uint64_t size)
{
	struct fake_event *event = record(FAKE_CLEAN);

	event->addr = pa;
	event->size = size;
	check_contents(pa, size);
	meanwhile(pa, size);
}

void arch_invalidate_icache(void)
{
	record(FAKE_ICACHE);
	if (fake.icache)
		fake.icache();
}

uint64_t arch_zeroed_pages(void)
{
	return fake.zeroed;
}

bool arch_guest_is_coherent(void)
{
	return fake.coherent;
}

void arch_relax(void)
{
	if (++relaxed > 1000000)
		EL2_PANIC("fake: waits without end");
}
