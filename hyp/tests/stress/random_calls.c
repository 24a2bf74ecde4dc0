// SPDX-License-Identifier: GPL-2.0-only
/* The part of the stress that knows nothing of the picture: any call, any arguments. */
#include "stress.h"
#include "suites.h"
#include "tap.h"

static const uint64_t ids[] = {
	DONJON_HC_INFO,	      DONJON_HC_COUNTER,      DONJON_HC_LEDGER,	      DONJON_HC_VM_CREATE,
	DONJON_HC_VM_CREATE,  DONJON_HC_VCPU_CREATE,  DONJON_HC_VM_TOPUP,     DONJON_HC_VM_ADD_RAM,
	DONJON_HC_VM_DEL_RAM, DONJON_HC_VM_MAP,	      DONJON_HC_VM_MAP,	      DONJON_HC_VM_MAP,
	DONJON_HC_VM_UNMAP,   DONJON_HC_VCPU_SET_REG, DONJON_HC_VCPU_GET_REG, DONJON_HC_VCPU_POWER,
	DONJON_HC_VCPU_RUN,   DONJON_HC_VCPU_RUN,     DONJON_HC_VM_KILL,      DONJON_HC_VM_RECLAIM,
	DONJON_HC_VM_DESTROY, DONJON_HC_VM_DESTROY,
};

/*
 * The start of a range of this size. One in the host's memory lies wholly in ours: what is beside
 * it is the kernel's, which would find its pages gone.
 */
static uint64_t some_pa(struct stress_thread *t, uint64_t size)
{
	uint64_t r = stress_next(t), chunk = stress.chunk[r >> 8 & 1], off;

	switch (r % 32) {
	case 0:
		return stress.hyp_page;
	case 1:
		return stress.foreign;
	case 2:
		return PLAT_UART_BASE;
	case 3:
		return r | 1ULL << 63; /* no RAM is there */
	case 4 ... 11:
		off = 0;
		break;
	case 12 ... 19:
		off = ((r >> 16) % 16) * PAGE * DONJON_VM_PAGES;
		break;
	default:
		off = ((r >> 16) % 512) * PAGE;
	}
	if (size > BLOCK)
		return chunk; /* more than a call takes */
	return chunk + (off + size <= BLOCK ? off : BLOCK - size);
}

static uint64_t some_size(struct stress_thread *t)
{
	static const uint64_t sizes[] = {PAGE,	    PAGE,  2 * PAGE, 16 * PAGE,
					 BLOCK / 2, BLOCK, 0,	     BLOCK + PAGE};

	return sizes[stress_next(t) % 8];
}

static uint64_t some_ipa(struct stress_thread *t)
{
	uint64_t r = stress_next(t);

	return r % 16 ? RAW_VM_RAM + (r % 4 ? (r >> 8) % 1024 * PAGE : (r >> 8) % 2 * BLOCK) : r;
}

static uint64_t some_handle(struct stress_thread *t)
{
	unsigned int n = __atomic_load_n(&stress.nr_handles, __ATOMIC_ACQUIRE);
	uint64_t r = stress_next(t);

	if (r % 32 == 0)
		return r;
	/* The VMs that the others care for get little of it: they would not live long. */
	if (!n || r % 8 == 1)
		return stress.vm[(r >> 8) % STRESS_VMS].handle;
	if (n > STRESS_HANDLES)
		n = STRESS_HANDLES;
	/* The latest ones are the ones that live. */
	return stress.handles[n - 1 - (r >> 8) % (n < 4 ? n : 4)];
}

static void arguments(uint64_t id, struct stress_thread *t, uint64_t *a)
{
	a[0] = some_handle(t);
	a[1] = stress_next(t) % 3;
	a[2] = some_pa(t, PAGE);
	a[3] = some_pa(t, PAGE);
	switch (id) {
	case DONJON_HC_LEDGER:
		a[0] = some_pa(t, PAGE);
		break;
	case DONJON_HC_COUNTER:
		a[0] = stress_next(t) % 16;
		break;
	case DONJON_HC_VM_CREATE:
		a[0] = stress_next(t) % 2;
		a[1] = 36;
		a[2] = some_pa(t, PAGE * DONJON_VM_PAGES);
		break;
	case DONJON_HC_VM_TOPUP:
		a[2] = some_size(t);
		a[1] = some_pa(t, a[2]);
		break;
	case DONJON_HC_VM_ADD_RAM:
	case DONJON_HC_VM_DEL_RAM:
		a[1] = RAW_VM_RAM;
		a[2] = RAW_VM_RAM_SIZE;
		break;
	case DONJON_HC_VM_MAP:
		a[2] = some_ipa(t);
		a[3] = some_size(t);
		a[1] = some_pa(t, a[3]);
		break;
	case DONJON_HC_VM_UNMAP:
	case DONJON_HC_VM_RECLAIM:
		a[1] = some_ipa(t);
		a[2] = some_size(t);
		break;
	case DONJON_HC_VCPU_SET_REG:
	case DONJON_HC_VCPU_GET_REG:
		a[2] = stress_next(t) % 40;
		a[3] = stress_next(t) % 2 ? RAW_VM_RAM : stress_next(t);
		break;
	case DONJON_HC_VCPU_POWER:
		a[2] = stress_next(t) % 3;
		break;
	}
}

uint64_t stress_nonsense(struct stress_thread *t, uint64_t *a)
{
	uint64_t id = ids[stress_next(t) % (sizeof(ids) / sizeof(ids[0]))];

	arguments(id, t, a);
	return id;
}

void stress_remember(uint64_t handle)
{
	stress.handles[__atomic_fetch_add(&stress.nr_handles, 1, __ATOMIC_ACQ_REL) %
		       STRESS_HANDLES] = handle;
}

bool stress_end_nonsense(void)
{
	unsigned int n = stress.nr_handles < STRESS_HANDLES ? stress.nr_handles : STRESS_HANDLES;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t results[4] = {0};
		long code = kmod_call(DONJON_HC_VM_KILL, stress.handles[i], 0, 0, 0, 0, NULL);

		if (code == DONJON_E_NOT_FOUND)
			continue;
		for (uint64_t off = 0; !code && off < RAW_VM_RAM_SIZE; off += DONJON_MAX_RANGE)
			code = kmod_call(DONJON_HC_VM_RECLAIM, stress.handles[i], RAW_VM_RAM + off,
					 DONJON_MAX_RANGE, 0, 0, NULL);
		while (!code && results[1] != DONJON_VM_PAGE_LAST)
			code = kmod_call(DONJON_HC_VM_DESTROY, stress.handles[i], 0, 0, 0, 0,
					 results);
		if (code) {
			tap_note("VM 0x%llx does not end: %ld",
				 (unsigned long long)stress.handles[i], code);
			return false;
		}
	}
	return true;
}
