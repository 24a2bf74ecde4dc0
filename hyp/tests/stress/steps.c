// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a thread of the stress may do. A rough picture of who has what, kept by the threads
 * together, makes most calls sensible: random ones alone would hardly get past the first check. One
 * step of sixteen is nonsense.
 */
#include <sched.h>
#include <string.h>

#include "abi/rsi.h"

#include "stress.h"
#include "tap.h"
#include "tests/lib/limit.h"

#define POOL_GIFTS  8 /* pages that the pool gets for good */
#define PSTATE_EL1H 0x3c5UL

/*
 * Where a guest tells what it has converted, by an enum ripas or TAKEN_BACK, that it has a secret,
 * that another has changed it.
 */
#define REPORT	       0x9000000UL
#define TAKEN_BACK     2
#define REPORT_SECRET  0x9000008UL
#define REPORT_CHANGED 0x9000010UL

/*
 * The guest: goes through its RAM from x19 on, below x21, back to x22 at the end. It shares a page,
 * writes to it if it could, takes each second one back, reads it, and reports that by a device's
 * register. Then it makes every second pair of pages EMPTY, at the start of a block all of it,
 * reports that as well, writes to the unprotected IPA, and makes each second of these RAM again.
 *
 * One page of four, which only the vCPU that x24 says (in bit 14) goes to, is never made EMPTY by
 * itself. In it the guest has its secret whenever it does not share it: in the second word, and in
 * the third, which the host does not try to change.
 */
__asm__(".pushsection .rodata\n"
	"	.globl sharer, sharer_end\n"
	"	.balign 8\n"
	"sharer:\n"
	"	ldr x7, =0x9000000\n"
	"	ldr x10, =0x5ec2e70f5ec2e70f\n"
	"	tst x19, #0x1fffff\n"
	"	mov x8, #4096\n"
	"	mov x9, #0x200000\n"
	"	csel x8, x9, x8, eq\n"
	"	and x11, x19, #0x3000\n"
	"	cmp x11, #0x2000\n"
	"	b.ne 6f\n"
	"	eor x11, x19, x24\n"
	"	tbnz x11, #14, 2f\n"
	"	ldr x0, =0xc4000198\n"	/* IPA_STATE_GET: still RAM? */
	"	mov x1, x19\n"
	"	add x2, x19, #4096\n"
	"	hvc #0\n"
	"	cbnz x0, 2f\n"
	"	cmp x2, #1\n"
	"	b.ne 2f\n"
	"	bl 5f\n"
	"	stp xzr, xzr, [x19, #8]\n"
	"6:	ldr x0, =0xc6000003\n"
	"	mov x1, x19\n"
	"	mov x2, #0\n"
	"	mov x3, #0\n"
	"	hvc #0\n"
	"	cbnz x0, 1f\n"
	"	str x19, [x19]\n"
	"	tbnz x19, #12, 1f\n"
	"	ldr x0, =0xc6000004\n"
	"	mov x1, x19\n"
	"	mov x2, #0\n"
	"	mov x3, #0\n"
	"	hvc #0\n"
	"	cbnz x0, 1f\n"
	"	ldr x4, [x19]\n"
	"	mov w5, #2\n"		/* TAKEN_BACK */
	"	str w5, [x7]\n"
	"	tbz x19, #13, 1f\n"
	"	str x10, [x19, #8]\n"
	"	dmb sy\n"
	"	str x10, [x19, #16]\n"
	"	str w10, [x7, #8]\n"	/* REPORT_SECRET */
	"	bl 5f\n"
	"1:	tbnz x19, #13, 2f\n"
	"	mov x3, #0\n"		/* EMPTY */
	"	bl 3f\n"
	"	cbnz x0, 2f\n"
	"	cbnz x2, 2f\n"
	"	orr x6, x19, #1 << 35\n"
	"	str x19, [x6]\n"
	"	tbnz x19, #12, 2f\n"
	"	mov x3, #1\n"		/* RAM */
	"	bl 3f\n"
	"2:	add x19, x19, #4096\n"
	"	cmp x19, x21\n"
	"	csel x19, x19, x22, lo\n"
	"	b sharer\n"
	/* IPA_STATE_SET to x3; what is accepted is reported. */
	"3:	ldr x0, =0xc4000197\n"
	"	mov x1, x19\n"
	"	add x2, x19, x8\n"
	"	mov x4, #1\n"
	"	mov x5, x3\n"
	"	hvc #0\n"
	"	cbnz x0, 4f\n"
	"	cbnz x2, 4f\n"
	"	str w5, [x7]\n"
	"4:	ret\n"
	/* The host's mark beside what the host does not change: REPORT_CHANGED. */
	"5:	ldr x11, [x19, #8]\n"
	"	ldr x12, [x19, #16]\n"
	"	ldr x13, =0x3a2c3a2c3a2c3a2c\n"
	"	cmp x11, x13\n"
	"	ccmp x12, x10, #0, eq\n"
	"	b.ne 4b\n"
	"	str w10, [x7, #16]\n"
	"	ret\n"
	"	.ltorg\n"
	"sharer_end:\n"
	".popsection\n");
extern const char sharer[], sharer_end[];

/* A call that counts; results may be NULL. */
static long call(struct stress_thread *t, uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3,
		 uint64_t a4, uint64_t results[4])
{
	long code = kmod_call(id, a1, a2, a3, a4, 0, results);

	t->calls++;
	__atomic_fetch_add(&stress.answers[code <= 0 && code > -15 ? -code : 15], 1,
			   __ATOMIC_RELAXED);
	return code;
}

static bool call_of(struct stress_thread *t, enum stress_kind kind, uint64_t id, uint64_t a1,
		    uint64_t a2, uint64_t a3, uint64_t a4)
{
	bool good = !call(t, id, a1, a2, a3, a4, NULL);

	if (good)
		stress_count(kind);
	return good;
}

/* -- The picture -- */

static uint64_t page_pa(unsigned int page)
{
	return stress.chunk[page / BLOCK_PAGES] + page % BLOCK_PAGES * PAGE;
}

static uint64_t ipa_of(unsigned int index)
{
	return RAW_VM_RAM + index * PAGE;
}

/* A VM in this state, marked as taken if it must be this thread's alone; NULL: none. */
static struct stress_vm *some_vm(struct stress_thread *t, enum stress_state state, bool alone)
{
	struct stress_vm *vm;
	unsigned int first = stress_below(t, STRESS_VMS), i;

	pthread_mutex_lock(&stress.lock);
	for (i = 0; i < STRESS_VMS; i++) {
		vm = &stress.vm[(first + i) % STRESS_VMS];
		if (vm->state == state && !(alone && vm->taken))
			break;
	}
	if (i < STRESS_VMS && alone)
		vm->taken = true;
	pthread_mutex_unlock(&stress.lock);
	return i < STRESS_VMS ? vm : NULL;
}

static void set_state(struct stress_vm *vm, enum stress_state state)
{
	pthread_mutex_lock(&stress.lock);
	vm->state = state;
	vm->taken = false;
	pthread_mutex_unlock(&stress.lock);
}

/* Who has the pages now: nobody (NULL), or the VM from index on. */
static void picture(struct stress_vm *vm, unsigned int page, unsigned int index, unsigned int n)
{
	pthread_mutex_lock(&stress.lock);
	for (unsigned int i = 0; i < n; i++) {
		stress.used[page + i] = vm != NULL;
		if (vm)
			vm->at[index + i] = (uint16_t)(page + i + 1);
	}
	pthread_mutex_unlock(&stress.lock);
}

static void forget(struct stress_vm *vm, unsigned int index, unsigned int n)
{
	pthread_mutex_lock(&stress.lock);
	for (unsigned int i = index; i < index + n; i++) {
		if (vm->at[i])
			stress.used[vm->at[i] - 1] = false;
		vm->at[i] = 0;
	}
	pthread_mutex_unlock(&stress.lock);
}

static bool is_free(const bool *used, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (used[i])
			return false;
	return true;
}

/*
 * n free pages in a row, in one chunk: behind that the memory is the kernel's. The lower half is
 * for blocks. Returns STRESS_PAGES when there are none.
 */
static unsigned int free_pages(struct stress_thread *t, unsigned int n)
{
	unsigned int blocks = STRESS_PAGES / BLOCK_PAGES / 2, page;

	for (unsigned int tries = 0; tries < 16; tries++) {
		page = n == BLOCK_PAGES
			       ? stress_below(t, blocks) * BLOCK_PAGES
			       : blocks * BLOCK_PAGES + stress_below(t, STRESS_PAGES / 2);
		if (page % BLOCK_PAGES + n > BLOCK_PAGES)
			page += BLOCK_PAGES - n - page % BLOCK_PAGES;
		if (is_free(&stress.used[page], n))
			return page;
	}
	return STRESS_PAGES;
}

/* -- What a thread may do -- */

static void map(struct stress_thread *t, struct stress_vm *vm, unsigned int index, unsigned int n)
{
	unsigned int page = free_pages(t, n);
	enum stress_kind kind =
		vm->protected	   ? n == BLOCK_PAGES ? STRESS_DONATE_BLOCK : STRESS_DONATE_PAGES
		: n == BLOCK_PAGES ? STRESS_SHARED_BLOCK
				   : STRESS_SHARED_PAGES;

	if (page < STRESS_PAGES && page / BLOCK_PAGES != (page + n - 1) / BLOCK_PAGES)
		tap_give_up("%u pages from %u on would be the kernel's in part", n, page);
	if (page < STRESS_PAGES &&
	    call_of(t, kind, DONJON_HC_VM_MAP, vm->handle, page_pa(page), ipa_of(index), n * PAGE))
		picture(vm, page, index, n);
}

static void do_map(struct stress_thread *t)
{
	static const unsigned int sizes[] = {1, 1, 1, 2, 5, 24, BLOCK_PAGES, BLOCK_PAGES};
	struct stress_vm *vm = some_vm(t, STRESS_LIVE, false);
	unsigned int n = sizes[stress_below(t, 8)], index;

	if (!vm)
		return;
	/* The upper half of the RAM is for blocks, the first page is the code. */
	index = n == BLOCK_PAGES ? BLOCK_PAGES : 1 + stress_below(t, BLOCK_PAGES - 1 - n);
	/* Now and then over what is there, or was: EXISTS, POISONED. */
	for (unsigned int i = 0; i < n; i++)
		if (vm->at[index + i] && stress_below(t, 8))
			return;
	map(t, vm, index, n);
}

static void do_unmap(struct stress_thread *t)
{
	struct stress_vm *vm = some_vm(t, STRESS_LIVE, false);
	unsigned int n = stress_below(t, 3) ? 1 + stress_below(t, 8) : BLOCK_PAGES,
		     index = 1 + stress_below(t, STRESS_IPAS - 1 - n);

	if (!vm || vm->protected)
		return;
	if (call_of(t, STRESS_UNMAP, DONJON_HC_VM_UNMAP, vm->handle, ipa_of(index), n * PAGE, 0))
		forget(vm, index, n);
}

static void asked_for(struct stress_thread *t, struct stress_vm *vm, uint64_t ipa)
{
	unsigned int index = (unsigned int)((ipa - RAW_VM_RAM) / PAGE);

	if (index >= STRESS_IPAS)
		return;
	stress_count(STRESS_ASKED);
	for (unsigned int i = BLOCK_PAGES; i < STRESS_IPAS && !vm->at[i]; i++)
		if (index >= BLOCK_PAGES && i == STRESS_IPAS - 1) {
			map(t, vm, BLOCK_PAGES, BLOCK_PAGES);
			return;
		}
	map(t, vm, index, 1);
}

static void top_up(struct stress_thread *t, struct stress_vm *vm)
{
	unsigned int page = __atomic_fetch_add(&vm->spare, 1, __ATOMIC_RELAXED);

	if (page < 1U << RAW_VM_CACHE_ORDER)
		call_of(t, STRESS_TOPUP, DONJON_HC_VM_TOPUP, vm->handle, vm->spare_pa + page * PAGE,
			PAGE, 0);
}

static void reported(const struct donjon_run *run)
{
	if (!run->write)
		return;
	switch (run->ipa) {
	case REPORT:
		stress_count(run->mmio_data == TAKEN_BACK    ? STRESS_UNSHARED
			     : run->mmio_data == RIPAS_EMPTY ? STRESS_EMPTIED
							     : STRESS_RAM_AGAIN);
		break;
	case REPORT_SECRET:
		stress_count(STRESS_SECRETS);
		break;
	case REPORT_CHANGED:
		__atomic_fetch_add(&stress.changed, 1, __ATOMIC_RELAXED);
		break;
	}
}

static void do_run(struct stress_thread *t)
{
	struct stress_vm *vm = some_vm(t, STRESS_LIVE, false);
	unsigned int index = stress_below(t, STRESS_VCPUS);
	uint64_t page[PAGE / 8] = {0};
	struct donjon_run *run = (void *)page;

	if (!vm)
		return;
	/* A device takes what is written and reads as zero; now and then a guest asks in vain. */
	run->entry_flags = DONJON_ENTRY_MMIO;
	if (stress_below(t, 4))
		run->entry_flags |= DONJON_ENTRY_RELEASED;
	kmod_memory(vm->run_pa[index], run, sizeof(*run), ATTACK_LINEAR, true);
	if (!call_of(t, STRESS_RUN, DONJON_HC_VCPU_RUN, vm->handle, index, 0, 0) ||
	    kmod_memory(vm->run_pa[index], page, PAGE, ATTACK_LINEAR, false))
		return;
	switch (run->exit) {
	case DONJON_EXIT_SHARE:
		stress_count(STRESS_SHARED);
		break;
	case DONJON_EXIT_RECALL:
		stress_count(STRESS_RECALLED);
		break;
	case DONJON_EXIT_MMIO:
		reported(run);
		break;
	case DONJON_EXIT_MEMORY:
		asked_for(t, vm, run->ipa);
		break;
	case DONJON_EXIT_TOPUP:
		top_up(t, vm);
		break;
	}
}

/* The kernel touches what is a protected guest's: it becomes the host's, zeroed, and the guest's
 * entry is poisoned. */
static void do_force(struct stress_thread *t)
{
	struct stress_vm *vm = some_vm(t, STRESS_LIVE, false);
	unsigned int index = 1 + stress_below(t, STRESS_IPAS - 1), page;
	uint64_t value = 1, before = kmod_counter(DONJON_CNT_FORCED_RECLAIMS);

	if (!vm || !vm->protected || !vm->at[index])
		return;
	page = vm->at[index] - 1U;
	/* Where the kernel has a fixup, nothing is taken. */
	if (stress_below(t, 2) &&
	    kmod_fixup(page_pa(page), &value, 8, ATTACK_LINEAR, false))
		stress_count(STRESS_FIXED_UP);
	if (!kmod_memory(page_pa(page), &value, 8, ATTACK_LINEAR, false) &&
	    kmod_counter(DONJON_CNT_FORCED_RECLAIMS) > before) {
		stress_count(STRESS_FORCED);
		/* Nothing can be put there any more. */
		map(t, vm, index, 1);
	}
}

static void set_up_vcpu(struct stress_thread *t, struct stress_vm *vm, unsigned int index)
{
	const uint64_t regs[][2] = {
		{DONJON_REG_PC, RAW_VM_RAM},
		{DONJON_REG_PSTATE, PSTATE_EL1H},
		{DONJON_REG_X(19), ipa_of(1 + index * STRESS_IPAS / STRESS_VCPUS)},
		{DONJON_REG_X(21), ipa_of(STRESS_IPAS)},
		{DONJON_REG_X(22), ipa_of(1)},
		{DONJON_REG_X(24), index << 14},
	};

	call_of(t, STRESS_VCPU, DONJON_HC_VCPU_CREATE, vm->handle, index, vm->vcpu_pa[index],
		vm->run_pa[index]);
	for (unsigned int i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		call_of(t, STRESS_REG, DONJON_HC_VCPU_SET_REG, vm->handle, index, regs[i][0],
			regs[i][1]);
	call(t, DONJON_HC_VCPU_POWER, vm->handle, index, 1, 0, NULL);
}

static void do_create(struct stress_thread *t)
{
	struct stress_vm *vm = some_vm(t, STRESS_EMPTY, true);
	uint64_t code[PAGE / 8] = {0}, results[4];

	if (!vm)
		return;
	vm->protected = stress_below(t, 2);
	vm->spare = 0;
	memset(vm->at, 0, sizeof(vm->at));
	if (call(t, DONJON_HC_VM_CREATE, vm->protected ? DONJON_VM_PROTECTED : 0, 36, vm->vm_pa, 0,
		 results)) {
		set_state(vm, STRESS_EMPTY);
		return;
	}
	stress_count(STRESS_CREATE);
	vm->handle = results[0];
	call_of(t, STRESS_ADD_RAM, DONJON_HC_VM_ADD_RAM, vm->handle, RAW_VM_RAM, RAW_VM_RAM_SIZE,
		0);
	if (!vm->protected) {
		call(t, DONJON_HC_VM_ADD_RAM, vm->handle, RAW_VM_RAM + 2 * RAW_VM_RAM_SIZE, BLOCK,
		     0, NULL);
		call_of(t, STRESS_DEL_RAM, DONJON_HC_VM_DEL_RAM, vm->handle,
			RAW_VM_RAM + 2 * RAW_VM_RAM_SIZE, BLOCK, 0);
	}
	call_of(t, STRESS_TOPUP, DONJON_HC_VM_TOPUP, vm->handle, vm->cache_pa,
		PAGE << RAW_VM_CACHE_ORDER, 0);
	for (unsigned int i = 0; i < STRESS_VCPUS; i++)
		set_up_vcpu(t, vm, i);
	memcpy(code, sharer, (size_t)(sharer_end - sharer));
	kmod_memory(vm->code_pa, code, PAGE, ATTACK_LINEAR, true);
	call(t, DONJON_HC_VM_MAP, vm->handle, vm->code_pa, RAW_VM_RAM, PAGE, NULL);
	set_state(vm, STRESS_LIVE);
}

/* Repeats a call while it answers BUSY: a vCPU runs, or another thread's call holds a reference. */
static long patiently(struct stress_thread *t, uint64_t id, uint64_t handle, uint64_t results[4])
{
	time_t end = limit_begin();
	long code = DONJON_E_BUSY;

	while (code == DONJON_E_BUSY && !limit_over(end)) {
		code = call(t, id, handle, 0, 0, 0, results);
		if (code == DONJON_E_BUSY)
			sched_yield();
	}
	return code;
}

/* Kills, takes parts and then all back, and destroys. What does not end now is tried again. */
void stress_end_vm(struct stress_thread *t, struct stress_vm *vm)
{
	uint64_t results[4] = {0};
	long code;

	code = patiently(t, DONJON_HC_VM_KILL, vm->handle, NULL);
	if (!code)
		stress_count(STRESS_KILL);
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int n = 1 + stress_below(t, 40), index = stress_below(t, STRESS_IPAS - n);

		if (call_of(t, STRESS_RECLAIM, DONJON_HC_VM_RECLAIM, vm->handle, ipa_of(index),
			    n * PAGE, 0))
			forget(vm, index, n);
	}
	for (uint64_t off = 0; off < RAW_VM_RAM_SIZE; off += DONJON_MAX_RANGE)
		call_of(t, STRESS_RECLAIM, DONJON_HC_VM_RECLAIM, vm->handle, RAW_VM_RAM + off,
			DONJON_MAX_RANGE, 0);
	forget(vm, 0, STRESS_IPAS);
	do {
		code = patiently(t, DONJON_HC_VM_DESTROY, vm->handle, results);
		if (!code)
			stress_count(STRESS_DESTROY);
	} while (!code && results[1] != DONJON_VM_PAGE_LAST);
	set_state(vm, !code || code == DONJON_E_NOT_FOUND ? STRESS_EMPTY : STRESS_DYING);
}

static void do_end(struct stress_thread *t)
{
	struct stress_vm *vm = some_vm(t, STRESS_DYING, true);

	if (!vm && !stress_below(t, 4))
		vm = some_vm(t, STRESS_LIVE, true);
	if (!vm)
		return;
	pthread_mutex_lock(&stress.lock);
	vm->state = STRESS_DYING;
	pthread_mutex_unlock(&stress.lock);
	stress_end_vm(t, vm);
}

/* Asks who has a page, and puts the picture right. */
static void do_look(struct stress_thread *t)
{
	unsigned int page = stress_below(t, STRESS_PAGES);
	uint64_t results[4];

	if (!call(t, DONJON_HC_LEDGER, page_pa(page), 0, 0, 0, results)) {
		stress_count(STRESS_LEDGER);
		stress.used[page] = results[1] != DONJON_PAGE_HOST;
	}
	call_of(t, STRESS_COUNTER, DONJON_HC_COUNTER, stress_below(t, DONJON_NR_COUNTERS), 0, 0, 0);
}

static void do_pool(struct stress_thread *t)
{
	uint64_t pa;

	if (stress_below(t, 64) ||
	    __atomic_fetch_add(&stress.gifts, 1, __ATOMIC_RELAXED) >= POOL_GIFTS)
		return;
	pa = kmod_alloc(0);
	if (pa && !call_of(t, STRESS_POOL, DONJON_HC_POOL_DONATE, pa, PAGE, 0, 0))
		kmod_free(pa, 0);
}

static void do_nonsense(struct stress_thread *t)
{
	uint64_t a[4], results[4], id = stress_nonsense(t, a);

	if (!call(t, id, a[0], a[1], a[2], a[3], results) && id == DONJON_HC_VM_CREATE)
		stress_remember(results[0]);
}

void stress_step(struct stress_thread *t)
{
	static void (*const steps[])(struct stress_thread * t) = {
		do_nonsense, do_create, do_end,	  do_look,  do_pool,  do_map, do_map, do_map,
		do_map,	     do_map,	do_unmap, do_unmap, do_force, do_run, do_run, do_run,
		stress_touch, stress_touch,
	};

	steps[stress_below(t, sizeof(steps) / sizeof(steps[0]))](t);
}
