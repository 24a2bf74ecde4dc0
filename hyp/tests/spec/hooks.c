// SPDX-License-Identifier: GPL-2.0-only
#include <tests/spec/abstract.h>
#include <tests/spec/hooks.h>
#include <tests/spec/wrapped.h>
#include <abi/boot.h>
#include <arch/layout.h>
#include <arch/memory.h>
#include <arch/percpu.h>
#include <el2/console.h>
#include <el2/hyp_memory.h>
#include <el2/panic.h>
#include <el2/regions.h>
#include <el2/vm.h>

/* What a call of the ledger may be, beside the specification's operations. */
enum hook_call {
	HOOK_NOTHING,
	HOOK_OPERATION,
	HOOK_QUERY,
	HOOK_ADD_GUEST,
	HOOK_REMOVE_GUEST,
	HOOK_CLAIM,
};

#ifndef SPEC_EVERY
#define SPEC_EVERY 1
#endif

/* No call takes more tables than this. */
#define MAX_TABLES 16

/* A run that ledger_query() reports is verified up to here. */
#define QUERY_RUN (64UL << 20)

/*
 * The call that a CPU is in. What is expected of it is worked out while the host's lock is held,
 * and compared with the answer after the return.
 */
struct hook {
	enum hook_call call;
	struct spec_op op;
	struct guest_memory *guest;
	bool maps;			/* which of three operations it is, the state decides */
	bool expected;
	bool short_of_pool;		/* -ENOMEM would be justified */
	bool short_of_cache;		/* -ENOBUFS would be */
	bool changed, unchanged;	/* what the tables show where something was to change */
	struct spec_outcome outcome;
	uint64_t done, end;
	/* where a conversion says how much it is about: before it releases the host's lock */
	const uint64_t *told;
	const uint64_t *part;		/* the same for the return of a range */
	spec_page_t page;
	/* on the way: the first of the pages; what the answer becomes if they are lost */
	bool on_the_way;
	uint64_t way;
	int lost;
	bool activated;
};

bool (*hooks_is_zero)(uint64_t pa);
bool hooks_flags_stay = true;
void (*hooks_unlocked)(const struct spinlock *lock);

static void *linear_table(uint64_t pa)
{
	return arch_linear(pa);
}

void *(*hooks_table)(uint64_t pa) = linear_table;

static bool running;
static bool claimed;			/* before that, EL2 maps pages that are not yet its own */
static uint64_t sequence;		/* odd: the host's lock is held */
static struct hook hooks[DONJON_MAX_CPUS];
static struct spec spec;
static spec_page_t pages[HOOKS_PAGES];
static uint16_t special[SPEC_CHUNKS(HOOKS_PAGES)];
static uint64_t poisoned[HOOKS_POISONED];
static struct guest_memory *guests[SPEC_MAX_GUESTS];
static struct pgtable hyp_view;
/* written with the host's lock held, or on the way into a panic */
static struct difference difference;

void hooks_stop(void)
{
	__atomic_store_n(&running, false, __ATOMIC_RELEASE);
}

bool hooks_running(void)
{
	return __atomic_load_n(&running, __ATOMIC_ACQUIRE);
}

struct spec *hooks_spec(void)
{
	return &spec;
}

static struct hook *this_hook(void)
{
	return &hooks[this_cpu()->index];
}

/* -- Differences -- */

static void tell_call(const struct hook *h)
{
	static const char *const names[] = {
		[HOOK_NOTHING] = "none of the ledger's operations",
		[HOOK_QUERY] = "query",
		[HOOK_ADD_GUEST] = "add_guest",
		[HOOK_REMOVE_GUEST] = "remove_guest",
		[HOOK_CLAIM] = "claim_hyp",
	};

	difference_add(&difference, "; operation ");
	if (h->call == HOOK_OPERATION)
		difference_add(&difference,
			       "%s(guest %u, pa 0x%lx, ipa 0x%lx, size 0x%lx)",
			       spec_op_name(h->op.what), h->op.owner, h->op.pa, h->op.ipa,
			       h->op.size);
	else
		difference_add(&difference, "%s(0x%lx)", names[h->call], h->op.pa);
	difference_add(&difference, ", CPU %u", this_cpu()->index);
}

/* The difference is in the buffer. */
static void fail(const struct hook *h)
{
	hooks_stop();
	tell_call(h);
	EL2_PANIC(difference.text);
}

static void fail_with(const struct hook *h, const char *what)
{
	difference_clear(&difference);
	difference_add(&difference, "specification: %s", what);
	fail(h);
}

/* With the host's lock. All answers are compared; all tables, at one of SPEC_EVERY times. */
static void compare(const struct hook *h, const char *when)
{
	const struct abstract tables = { ledger_host_table(), &hyp_view, guests, hooks_table };
	static unsigned int times;

	if (++times % SPEC_EVERY)
		return;
	difference_clear(&difference);
	difference_add(&difference, "specification, %s: ", when);
	if (!abstract_equals(&tables, &spec, &difference))
		fail(h);
}

/* -- The host's lock -- */

/* Each page that has just become zero is; whoever has it now may write it from here on. */
static void check_zero(const struct hook *h)
{
	bool zeroes = h->op.what == SPEC_HOST_DONATE_GUEST || h->op.what == SPEC_RECLAIM ||
		      h->op.what == SPEC_FORCE_RECLAIM || h->told;
	uint64_t i;

	for (i = 0; hooks_is_zero && h->call == HOOK_OPERATION && zeroes && i < spec.nr_pages;
	     i++) {
		if (!(spec.page[i] & SPEC_ZERO))
			continue;
		spec_written(&spec, spec.base + (i << PAGE_SHIFT), PAGE_SIZE);
		if (hooks_is_zero(spec.base + (i << PAGE_SHIFT)))
			continue;
		difference_clear(&difference);
		difference_add(&difference, "specification: page 0x%lx must read as zero",
			       spec.base + (i << PAGE_SHIFT));
		fail(h);
	}
}

static bool is_short_of_pool(const struct hook *h)
{
	/* EL2's own tables leave the reserve alone (L6). */
	bool own = h->op.what == SPEC_HOST_DONATE_HYP || h->op.what == SPEC_HOST_SHARE_HYP;

	return pool.count < MAX_TABLES + (own ? ledger_reserve(0) : 0);
}

/* A guest that is not an argument, but the owner of the page, has what it needs (L5). */
static bool is_short_of_cache(const struct hook *h)
{
	return h->guest && h->guest->cache.count < h->guest->pgt.blocks + MAX_TABLES;
}

/* The guest's own entry for the protected IPA says what the operation is to make of it. */
static bool guest_entry_is_set(const struct hook *h)
{
	unsigned int level;
	pte_t pte = pgtable_get(&h->guest->pgt, h->op.ipa, &level);
	unsigned int tag = pte_valid(pte) ? 0 : pte_owner(pte);

	return h->op.what == SPEC_GUEST_SET_EMPTY ? tag == GUEST_TAG_EMPTY : !tag;
}

/* The operation has begun, and the host's lock is free while its pages are CLEANING. */
static bool is_on_the_way(const struct hook *h)
{
	const struct spec_guest *guest = h->guest ? spec_guest(&spec, h->guest->owner) : NULL;

	return guest && h->guest->cleaning && !guest->cleaning;
}

/* A conversion that would succeed: how much it was about, and whether it has taken place. */
static void expect_conversion(struct hook *h)
{
	enum spec_ipa_is is = spec_at_ipa(&spec, h->op.owner, h->op.ipa);
	bool set = guest_entry_is_set(h);

	h->done = *h->told;
	if (is_on_the_way(h))
		h->changed = set = true;
	else if (!spec_is_set(h->op.what, is)) {
		h->changed = set;
		h->unchanged = !set;
	}
	if (set && !spec_is_part(&spec, &h->op, h->done)) {
		difference_clear(&difference);
		difference_add(&difference, "specification: 0x%lx bytes are not all alike",
			       h->done);
		fail(h);
	}
	h->op.size = h->done;
}

/* What the operation answers and does; the tables show already whether it has succeeded. */
static void expect(struct hook *h)
{
	uint64_t at;

	h->expected = true;
	if (h->part) {
		if (!*h->part || *h->part > h->op.size || !is_aligned(*h->part, PAGE_SIZE))
			fail_with(h, "the part of the range is wrong");
		h->op.size = *h->part;
	}
	if (h->maps)
		h->op.what = spec_map_is(&spec, h->op.owner, h->op.ipa);
	h->page = spec_page(&spec, h->op.pa);
	h->done = spec_done(&spec, &h->op);
	h->short_of_pool = is_short_of_pool(h);
	h->short_of_cache = is_short_of_cache(h);
	spec_expect(&spec, &h->op, &h->outcome);
	if (h->outcome.answer)
		return;
	if (h->told) {
		expect_conversion(h);
	} else if (spec_changes(&spec, &h->op, &at)) {
		h->changed = spec_state(abstract_page(ledger_host_table(), at)) !=
			     spec_state(spec_page(&spec, at));
		h->unchanged = !h->changed;
	}
	if (is_on_the_way(h)) {
		h->on_the_way = true;
		h->activated = spec_guest(&spec, h->guest->owner)->activated;
		h->way = spec_begin(&spec, &h->op);
		if (!h->way)
			fail_with(h, "nothing is to be cleaned");
	} else if (!h->unchanged) {
		/* Else it was refused: the answer must say so, the comparison sees half of it. */
		spec_apply(&spec, &h->op);
	}
}

/* The pages arrive, or are lost, by what the guest was under both locks; its own is free again. */
static void arrive(struct hook *h)
{
	const struct spec_guest *guest = spec_guest(&spec, h->guest->owner);

	h->on_the_way = false;
	if (h->op.what != SPEC_RECLAIM && guest->dying)
		h->lost = -ESHUTDOWN;
	else if (guest->activated != h->activated)
		h->lost = -EAGAIN;
	if (h->lost) {
		spec_lose(&spec, &h->op, h->way);
	} else {
		spec_end(&spec, &h->op, h->way);
		spec_apply(&spec, &h->op);
	}
}

static void expect_query(struct hook *h)
{
	h->expected = true;
	h->page = spec_page(&spec, h->op.pa);
	h->end = spec_run_end(&spec, h->op.pa, h->op.pa + QUERY_RUN);
}

static void host_locked(void)
{
	__atomic_add_fetch(&sequence, 1, __ATOMIC_ACQ_REL);
	if (claimed && this_hook()->call != HOOK_QUERY)
		compare(this_hook(), "changed without the host's lock before");
}

static void host_unlocking(void)
{
	struct hook *h = this_hook();

	if (h->on_the_way)
		arrive(h);
	switch (h->expected ? HOOK_NOTHING : h->call) {
	case HOOK_OPERATION:
		expect(h);
		break;
	case HOOK_QUERY:
		expect_query(h);
		break;
	case HOOK_ADD_GUEST:
		spec_add_guest(&spec, h->guest->owner, h->guest->protected,
			       1UL << h->guest->pgt.ia_bits);
		guests[h->guest->owner - SPEC_GUEST] = h->guest;
		break;
	case HOOK_REMOVE_GUEST:
		spec_remove_guest(&spec, h->guest->owner);
		guests[h->guest->owner - SPEC_GUEST] = NULL;
		break;
	case HOOK_CLAIM:
		spec_claim(&spec, h->op.pa, h->op.size);
		claimed = true;
		break;
	case HOOK_NOTHING:
		break;
	}
	h->expected = true;
	if (pool.count < ledger_reserve(POOL_FEED))
		fail_with(h, "the pool has not all tables that faults of the host may need");
	/* A question changes nothing, and is asked often. */
	if (claimed && h->call != HOOK_QUERY)
		compare(h, "after");
	check_zero(h);
	__atomic_add_fetch(&sequence, 1, __ATOMIC_ACQ_REL);
}

static bool is_in_ram(const struct guest_memory *guest, uint64_t ipa, uint64_t size)
{
	uint32_t i;

	for (i = 0; i < guest->nr_ram; i++)
		if (ipa >= guest->ram[i].base &&
		    ipa + size <= guest->ram[i].base + guest->ram[i].size)
			return true;
	return false;
}

/* The guest's flags and RAM as the operation sees them: it has both locks. */
static void guest_locked(struct hook *h)
{
	struct spec_guest *guest = spec_guest(&spec, h->guest->owner);

	if (!guest)
		fail_with(h, "a guest that nobody has added");
	if (hooks_flags_stay &&
	    ((guest->activated && !h->guest->activated) || (guest->dying && !h->guest->dying)))
		fail_with(h, "the guest was activated or dying, and is not any more");
	guest->activated = h->guest->activated;
	guest->dying = h->guest->dying;
	h->op.no_ram = h->maps && !is_in_ram(h->guest, h->op.ipa, h->op.size);
}

void __wrap_spin_lock(struct spinlock *lock)
{
	struct hook *h = this_hook();

	__real_spin_lock(lock);
	if (!hooks_running())
		return;
	if (lock->rank == LOCK_HOST)
		host_locked();
	else if (h->call == HOOK_OPERATION && h->guest && lock == &h->guest->lock &&
		 spin_held(LOCK_HOST))
		guest_locked(h);
}

void __wrap_spin_unlock(struct spinlock *lock)
{
	if (lock->rank == LOCK_HOST && hooks_running())
		host_unlocking();
	__real_spin_unlock(lock);
	if (hooks_unlocked)
		hooks_unlocked(lock);
}

/* -- The ledger's calls -- */

static struct hook *begin(enum hook_call call, struct guest_memory *guest, struct spec_op op)
{
	struct hook *h = this_hook();

	*h = (struct hook){ .call = call, .op = op, .guest = guest };
	if (guest)
		h->op.owner = guest->owner;
	return h;
}

static bool is_allowed(const struct hook *h, int answer)
{
	if (h->lost)
		return answer == h->lost;
	if ((h->changed && answer) || (h->unchanged && !answer))
		return false;
	return spec_outcome_allows(&h->outcome, answer);
}

/* Only what the arguments alone decide needs no lock. */
static bool needs_no_lock(const struct hook *h, int answer)
{
	return answer == -EINVAL && h->op.what == SPEC_HOST_FAULT && h->op.pa >= spec.limit;
}

static int end(struct hook *h, int answer)
{
	if (hooks_running() && !h->expected && !needs_no_lock(h, answer))
		fail_with(h, "an answer without the host's lock");
	if (hooks_running() && h->expected && !is_allowed(h, answer)) {
		difference_clear(&difference);
		difference_add(&difference, "specification: the answer is %d, expected is %d%s",
			       answer, h->outcome.answer,
			       h->changed     ? ", and it was done"
			       : h->unchanged ? ", and it was not done"
					      : "");
		fail(h);
	}
	if (hooks_running() && ((answer == -ENOMEM && !h->short_of_pool) ||
				(answer == -ENOBUFS && !h->short_of_cache)))
		fail_with(h, "-ENOMEM or -ENOBUFS with more pages than any operation takes");
	/* A fault is no call: nobody is told how many pages are missing. */
	if (hooks_running() && (answer == -ENOMEM || answer == -ENOBUFS) &&
	    h->op.what != SPEC_HOST_FAULT && !*arch_pages_short())
		fail_with(h, "-ENOMEM or -ENOBUFS, but no page is missing");
	h->call = HOOK_NOTHING;
	return answer;
}

#define WRAP_OPERATION(name, arguments, call, what_, guest_, ...)                       \
	int __real_ledger_##name arguments;                                             \
	int __wrap_ledger_##name arguments;                                             \
	int __wrap_ledger_##name arguments                                              \
	{                                                                               \
		struct hook *h = begin(HOOK_OPERATION, guest_,                          \
				       (struct spec_op){ .what = what_, __VA_ARGS__ }); \
                                                                                        \
		return end(h, __real_ledger_##name call);                               \
	}

WRAP_OPERATION(host_donate_hyp, (pa_t pa, uint64_t size, struct page_cache *cache),
	       (pa, size, cache), SPEC_HOST_DONATE_HYP, NULL,
	       .pa = pa.v, .size = size)
WRAP_OPERATION(hyp_donate_host, (pa_t pa, uint64_t size), (pa, size), SPEC_HYP_DONATE_HOST, NULL,
	       .pa = pa.v, .size = size)
WRAP_OPERATION(host_share_hyp, (pa_t pa), (pa), SPEC_HOST_SHARE_HYP, NULL, .pa = pa.v)
WRAP_OPERATION(host_unshare_hyp, (pa_t pa), (pa), SPEC_HOST_UNSHARE_HYP, NULL, .pa = pa.v)
WRAP_OPERATION(guest_share_host, (struct guest_memory * guest, ipa_t ipa), (guest, ipa),
	       SPEC_GUEST_SHARE_HOST, guest, .ipa = ipa.v)
WRAP_OPERATION(guest_unshare_host, (struct guest_memory * guest, ipa_t ipa, bool released),
	       (guest, ipa, released), SPEC_GUEST_UNSHARE_HOST, guest, .ipa = ipa.v,
	       .kept = !released)
WRAP_OPERATION(force_reclaim, (pa_t pa), (pa), SPEC_FORCE_RECLAIM, NULL,
	       .pa = align_down(pa.v, PAGE_SIZE))

int __wrap_ledger_host_map_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size)
{
	struct hook *h = begin(
		HOOK_OPERATION, guest,
		(struct spec_op){
			.what = SPEC_HOST_SHARE_GUEST, .pa = pa.v, .ipa = ipa.v, .size = size });

	h->maps = true;
	return end(h, __real_ledger_host_map_guest(guest, pa, ipa, size));
}

static int reclaim(struct hook *h, int answer, const uint64_t *done)
{
	if (hooks_running() && h->expected && !answer && *done != h->done) {
		difference_clear(&difference);
		difference_add(&difference, "specification: %lu bytes are told to be done, not %lu",
			       *done, h->done);
		fail(h);
	}
	return end(h, answer);
}

int __wrap_ledger_return(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done,
			 bool dying)
{
	enum spec_what what = dying ? SPEC_RECLAIM : SPEC_HOST_UNSHARE_GUEST;
	struct hook *h = begin(HOOK_OPERATION, guest,
			       (struct spec_op){ .what = what, .ipa = ipa.v, .size = *size });
	int answer;

	h->part = size;
	answer = __real_ledger_return(guest, ipa, size, done, dying);
	return reclaim(h, answer, done);
}

int __wrap_ledger_guest_set_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t size,
				  enum ripas want, uint64_t flags, uint64_t *done)
{
	enum spec_what what = want == RIPAS_EMPTY ? SPEC_GUEST_SET_EMPTY : SPEC_GUEST_SET_RAM;
	struct hook *h = begin(HOOK_OPERATION, guest, (struct spec_op){
		.what = what, .ipa = ipa.v, .size = size,
		.destroyed = flags & RSI_CHANGE_DESTROYED, .kept = !(flags & CHANGE_RELEASED) });
	int answer;

	*done = 0;
	h->told = done;
	answer = __real_ledger_guest_set_ripas(guest, ipa, size, want, flags, done);
	return reclaim(h, answer, done);
}

int __wrap_ledger_host_fault(pa_t pa, unsigned int *owner, uint64_t *ipa)
{
	uint64_t from, to;
	bool denied = region_find(pa.v, &from, &to) == DONJON_REGION_DENIED;
	struct hook *h = begin(HOOK_OPERATION, NULL,
			       (struct spec_op){ .what = SPEC_HOST_FAULT, .denied = denied,
						 .pa = align_down(pa.v, PAGE_SIZE) });
	int answer = __real_ledger_host_fault(pa, owner, ipa);

	if (hooks_running() && h->expected &&
	    *owner != (answer == -EPERM ? spec_owner(h->page) : SPEC_HOST))
		fail_with(h, "the owner told is wrong");
	return end(h, answer);
}

int __wrap_ledger_query(pa_t pa, uint64_t *run_end, enum donjon_page_state *state,
			unsigned int *owner, uint64_t *ipa)
{
	struct hook *h = begin(HOOK_QUERY, NULL, (struct spec_op){ .pa = pa.v });
	int answer = __real_ledger_query(pa, run_end, state, owner, ipa);

	if (hooks_running() && h->expected && !answer) {
		bool guest = spec_state(h->page) == DONJON_PAGE_GUEST;

		if (*state != spec_state(h->page) ||
		    *owner != (guest ? spec_owner(h->page) : SPEC_HOST) ||
		    *ipa != (guest ? spec_ipa(h->page) : 0))
			fail_with(h, "state, owner or IPA told are wrong");
		if (*run_end <= pa.v || (h->end < pa.v + QUERY_RUN && *run_end > h->end))
			fail_with(h, "the end of the run told is wrong");
	} else if (hooks_running() && (!answer || pa.v < spec.limit)) {
		fail_with(h, "an answer without the host's lock");
	}
	h->call = HOOK_NOTHING;
	return answer;
}

/* Only the guest's lock is held: the answer counts if no operation was under way meanwhile. */
int __wrap_ledger_guest_lookup(struct guest_memory *guest, ipa_t ipa)
{
	struct hook *h = begin(HOOK_NOTHING, NULL,
			       (struct spec_op){ .what = SPEC_GUEST_LOOKUP, .ipa = ipa.v });
	uint64_t before = __atomic_load_n(&sequence, __ATOMIC_ACQUIRE);
	int answer = __real_ledger_guest_lookup(guest, ipa);
	bool right;

	h->op.owner = guest->owner;
	right = !hooks_running() || spec_allows(&spec, &h->op, answer);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!right && !(before & 1) && __atomic_load_n(&sequence, __ATOMIC_ACQUIRE) == before) {
		h->call = HOOK_OPERATION;
		fail_with(h, "the answer is wrong");
	}
	return answer;
}

static enum ripas ripas_of(enum spec_ipa_is is)
{
	if (is == SPEC_IPA_POISONED)
		return RIPAS_DESTROYED;
	return is == SPEC_IPA_EMPTY || is == SPEC_IPA_EMPTY_SHARED ? RIPAS_EMPTY : RIPAS_RAM;
}

/*
 * As guest_lookup. The last page of the run told must be as the first; what lies between was gone
 * through to get there.
 */
enum ripas __wrap_ledger_guest_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t *run_end)
{
	struct hook *h = begin(HOOK_NOTHING, NULL,
			       (struct spec_op){ .what = SPEC_GUEST_SET_RAM, .ipa = ipa.v });
	uint64_t before = __atomic_load_n(&sequence, __ATOMIC_ACQUIRE), limit = *run_end;
	enum ripas ripas = __real_ledger_guest_ripas(guest, ipa, run_end);
	bool right = true;

	h->op.owner = guest->owner;
	if (hooks_running())
		right = *run_end > ipa.v && *run_end <= limit &&
			ripas == ripas_of(spec_at_ipa(&spec, guest->owner,
						      align_down(ipa.v, PAGE_SIZE))) &&
			ripas == ripas_of(spec_at_ipa(&spec, guest->owner,
						      align_down(*run_end - 1, PAGE_SIZE)));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!right && !(before & 1) && __atomic_load_n(&sequence, __ATOMIC_ACQUIRE) == before) {
		h->call = HOOK_OPERATION;
		fail_with(h, "the state of an IPA, or the end of its run, is told wrong");
	}
	return ripas;
}

int __wrap_ledger_claim_hyp(pa_t base, uint64_t size)
{
	struct hook *h = begin(HOOK_CLAIM, NULL, (struct spec_op){ .pa = base.v, .size = size });
	int answer = __real_ledger_claim_hyp(base, size);

	h->call = HOOK_NOTHING;
	return answer;
}

void __wrap_ledger_add_guest(struct guest_memory *guest)
{
	struct hook *h = begin(HOOK_ADD_GUEST, guest, (struct spec_op){ 0 });

	__real_ledger_add_guest(guest);
	h->call = HOOK_NOTHING;
}

void __wrap_ledger_remove_guest(struct guest_memory *guest)
{
	struct hook *h = begin(HOOK_REMOVE_GUEST, guest, (struct spec_op){ 0 });

	__real_ledger_remove_guest(guest);
	h->call = HOOK_NOTHING;
}

/* The machine is to stop: the guests lose their tables first, whatever the ledger says. */
void __wrap_vms_destroy_secrets(bool locked)
{
	hooks_stop();
	__real_vms_destroy_secrets(locked);
}

/* -- The beginning -- */

void __wrap_hyp_memory_init(pte_t *root, uint64_t root_pa, uint64_t tables)
{
	hooks_stop();
	__real_hyp_memory_init(root, root_pa, tables);
	pgtable_init(&hyp_view, PGT_HYP, HYP_VA_BITS, 0, root, root_pa, &pool);
}

/* Calls each(base, size) for each region of RAM. */
static void for_each_ram(void (*each)(uint64_t base, uint64_t size))
{
	uint64_t addr, start, end;

	for (addr = 0; addr < 1UL << PA_LIMIT_BITS; addr = end)
		if (region_find(addr, &start, &end) == DONJON_REGION_RAM)
			each(start, end - start);
}

static uint64_t lowest, highest;

static void note_bounds(uint64_t base, uint64_t size)
{
	lowest = min_u64(lowest, base);
	highest = base + size;
}

static void add_ram(uint64_t base, uint64_t size)
{
	spec_add_ram(&spec, base, size);
}

void __wrap_ledger_init(unsigned int ia_bits, pte_t *root, uint64_t root_pa)
{
	unsigned int i;

	hooks_stop();
	__real_ledger_init(ia_bits, root, root_pa);
	lowest = ~0UL;
	highest = 0;
	for_each_ram(note_bounds);
	if (lowest >= highest || highest - lowest > HOOKS_PAGES << PAGE_SHIFT) {
		printk("EL2: specification off: RAM from 0x%lx to 0x%lx does not fit into %lu "
		       "pages\n",
		       lowest, highest, HOOKS_PAGES);
		return;
	}
	spec_init(&spec, lowest, (highest - lowest) >> PAGE_SHIFT, 1UL << ia_bits, pages, special,
		  poisoned, HOOKS_POISONED);
	for_each_ram(add_ram);
	for (i = 0; i < SPEC_MAX_GUESTS; i++)
		guests[i] = NULL;
	sequence = 0;
	claimed = false;
	__atomic_store_n(&running, true, __ATOMIC_RELEASE);
	printk("EL2: specification on: %lu pages from 0x%lx\n", spec.nr_pages, lowest);
}
