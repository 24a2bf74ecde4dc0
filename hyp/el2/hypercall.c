// SPDX-License-Identifier: GPL-2.0-only
#include <abi/hypercall.h>
#include <abi/smccc.h>
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/machine.h>
#include <arch/memory.h>
#include <el2/console.h>
#include <el2/host.h>
#include <el2/init.h>
#include <el2/panic.h>
#include <el2/regions.h>
#include <el2/vcpu.h>

/* Arguments a[1] to a[6], results r[1] to r[4]. */
struct call {
	const uint64_t *a;
	uint64_t r[5];
	struct host_regs *regs;
	struct vm *vm;		/* calls on a VM: a reference is held */
	struct vcpu *vcpu;
};

int64_t abi_error(int error)
{
	static const struct {
		int error, code;
	} codes[] = {
		{ 0, DONJON_OK },		     { -ENOSYS, DONJON_E_NOT_SUPPORTED },
		{ -EPROTO, DONJON_E_PHASE },	     { -EPERM, DONJON_E_DENIED },
		{ -ENOMEM, DONJON_E_NO_POOL },	     { -EBUSY, DONJON_E_BUSY },
		{ -ENOENT, DONJON_E_NOT_FOUND },     { -EEXIST, DONJON_E_EXISTS },
		{ -EHWPOISON, DONJON_E_POISONED },   { -ESHUTDOWN, DONJON_E_DYING },
		{ -EHOSTDOWN, DONJON_E_OFF },	     { -ENODEV, DONJON_E_CPU },
		{ -ECANCELED, DONJON_E_INTERNAL },   { -ENOBUFS, DONJON_E_NO_CACHE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].error == error)
			return codes[i].code;
	return DONJON_E_INVALID;
}

/*
 * Physical or guest-physical ranges: aligned, not empty, not wrapping, not more work than one call
 * may do.
 */
static bool good_range(uint64_t base, uint64_t size)
{
	return is_aligned(base | size, PAGE_SIZE) && size <= DONJON_MAX_RANGE &&
	       range_below(base, size, 1UL << 48);
}

static bool good_guest_range(const struct call *c, uint64_t base, uint64_t size)
{
	return good_range(base, size) && range_below(base, size, 1UL << c->vm->mem.pgt.ia_bits);
}

static int hc_info(struct call *c)
{
	c->r[1] = DONJON_ABI_VERSION;
	c->r[2] = phase_get();
	init_cpu_counts(&c->r[3], &c->r[4]);
	return 0;
}

static int hc_cpu_release(struct call *c)
{
	cpu_release(c->regs);
}

/*
 * The call has dealt with the first part of its range, which begins at argument n and whose size is
 * argument size: the host makes it again for the rest, when it has taken its interrupts.
 */
static int go_on(struct call *c, unsigned int n, unsigned int size, uint64_t part)
{
	for (; n < size; n++)
		c->regs->x[n] += part;
	c->regs->x[size] -= part;
	return c->regs->x[size] ? -EAGAIN : 0;
}

/* How much of a range one part of a call deals with: within 2 MiB, so that few blocks are split. */
static uint64_t first_part(uint64_t addr, uint64_t size)
{
	return min_u64(min_u64(size, DONJON_MAP_PAGES * PAGE_SIZE),
		       PT_MAX_RANGE - (addr & (PT_MAX_RANGE - 1)));
}

/* The ledger looks at the part. Of a range that is no RAM further on no part is done. */
static bool good_rest(uint64_t base, uint64_t size, uint64_t part)
{
	return part == size || region_is_ram(base, size);
}

/* Pages for the pool or for a VM's tables: a part of the range in arguments n and n + 1. */
static int take_pages(struct call *c, unsigned int n, struct page_cache *cache)
{
	uint64_t base = c->a[n], size = first_part(base, c->a[n + 1]);
	int ret = good_range(base, c->a[n + 1]) && good_rest(base, c->a[n + 1], size)
			  ? ledger_host_donate_hyp(pa(base), size, cache)
			  : -EINVAL;

	return ret ?: go_on(c, n, n + 1, size);
}


static int hc_counter(struct call *c)
{
	uint64_t index = c->a[1];

	if (!init_done())
		return -EPROTO;
	if (index >= DONJON_NR_COUNTERS)
		return -EINVAL;
	c->r[1] = index == DONJON_CNT_ZEROED_PAGES ? arch_zeroed_pages() :
		  index == DONJON_CNT_VMS ? vms_count() :
		  index == DONJON_CNT_HOST_REFUSALS ? host_refusals() : ledger_counter(index);
	return 0;
}

static int hc_ledger(struct call *c)
{
	enum donjon_page_state state;
	unsigned int owner;
	int ret;

	if (!init_done())
		return -EPROTO;
	if (!is_aligned(c->a[1], PAGE_SIZE))
		return -EINVAL;
	ret = ledger_query(pa(c->a[1]), &c->r[1], &state, &owner, &c->r[4]);
	if (ret)
		return ret;
	c->r[2] = state;
	c->r[3] = state == DONJON_PAGE_GUEST ? vm_handle_of(owner) : 0;
	return 0;
}

static int hc_vm_map(struct call *c)
{
	uint64_t from = c->a[2], to = c->a[3], size = c->a[4];
	int ret;

	if (!good_range(from, size) || !good_guest_range(c, to, size))
		return -EINVAL;
	if (!c->vm->mem.protected)
		arch_invalidate_icache();
	if (!is_aligned(from | to | size, PT_MAX_RANGE))
		size = first_part(to, first_part(from, size));
	ret = good_rest(from, c->a[4], size)
		      ? ledger_host_map_guest(&c->vm->mem, pa(from), ipa(to), size)
		      : -EINVAL;
	return ret ?: go_on(c, 2, 4, size);
}

/* UNMAP and RECLAIM: leaf by leaf. Argument 4 counts the bytes. */
static int return_range(struct call *c, bool dying)
{
	uint64_t size, done = 0;
	unsigned int n;
	int ret = good_guest_range(c, c->a[2], c->a[3]) ? -EAGAIN : -EINVAL;

	/* Only the first error is told, and a block that was zeroed is enough for one time. */
	for (n = 0; n < CALL_LEAVES && done <= PAGE_SIZE && ret == -EAGAIN; n++) {
		size = c->a[3];
		ret = ledger_return(&c->vm->mem, ipa(c->a[2]), &size, &done, dying);
		c->regs->x[4] += done;
		ret = ret ?: go_on(c, 2, 3, size);
	}
	c->r[1] = c->a[4];
	return ret;
}

static int hc_debug_panic(struct call *c)
{
#if DEBUG_BUILD
	if (c->a[1])
		ledger_panic();
	EL2_PANIC("asked for by the host");
#endif
	return -ENOSYS;
}

/* Handlers of one expression: a function of another file, with the call's arguments. */
#define HANDLER(name, expression)                       \
	static int name(struct call *c)                 \
	{                                               \
		return expression;                      \
	}
HANDLER(hc_init, init_machine())
HANDLER(hc_cpu_commit, init_commit())
HANDLER(hc_start, init_start())
HANDLER(hc_stop, vms_stop())
HANDLER(hc_vm_create, vm_create(c->a[1], c->a[2], pa(c->a[3]), &c->r[1]))
HANDLER(hc_pool_donate, init_done() ? take_pages(c, 1, &pool) : -EPROTO)
HANDLER(hc_vm_topup, take_pages(c, 2, &c->vm->mem.cache))
HANDLER(hc_vm_add_ram, is_aligned(c->a[2] | c->a[3], PAGE_SIZE) && c->a[4] <= DONJON_RAM_READONLY
			       ? vm_add_ram(c->vm, ipa(c->a[2]), c->a[3], c->a[4])
			       : -EINVAL)
HANDLER(hc_vm_unmap, return_range(c, false))
HANDLER(hc_vm_reclaim, return_range(c, true))
HANDLER(hc_vcpu_create, good_range(c->a[3], PAGE_SIZE) && good_range(c->a[4], PAGE_SIZE)
				? vcpu_create(c->a[1], c->a[2], pa(c->a[3]), pa(c->a[4]))
				: -EINVAL)
HANDLER(hc_vm_del_ram, vm_del_ram(c->vm, ipa(c->a[2]), c->a[3]))
HANDLER(hc_vcpu_set_reg, vcpu_set_reg(c->vm, c->vcpu, c->a[3], c->a[4]))
HANDLER(hc_vcpu_get_reg, vcpu_get_reg(c->vm, c->vcpu, c->a[3], &c->r[1]))
HANDLER(hc_vcpu_power, vcpu_power(c->vm, c->vcpu, c->a[3]))
HANDLER(hc_vcpu_reset, vcpu_reset(c->vm, c->vcpu, &c->r[1]))
HANDLER(hc_vcpu_run, vcpu_run(c->vm, c->vcpu))
HANDLER(hc_vm_kill, vm_kill(c->vm))
HANDLER(hc_vm_destroy, vm_destroy(c->a[1], &c->r[1], &c->r[2]))

#define IN(phase) (1U << DONJON_PHASE_##phase)

enum target { NOTHING, VM, VCPU };	/* what a[1], and a[2], name */

static const struct {
	int (*handler)(struct call *c);
	uint8_t phases;
	uint8_t target;
} calls[] = {
#define CALL(id, function, where, what) \
	[DONJON_HC_##id - DONJON_HC_BASE] = { function, where, what }
	CALL(INFO, hc_info, IN(BOOT) | IN(RUNNING) | IN(RELEASING) | IN(DEAD), NOTHING),
	CALL(INIT, hc_init, IN(BOOT), NOTHING),
	CALL(CPU_COMMIT, hc_cpu_commit, IN(BOOT), NOTHING),
	CALL(START, hc_start, IN(BOOT), NOTHING),
	CALL(STOP, hc_stop, IN(RUNNING), NOTHING),
	CALL(CPU_RELEASE, hc_cpu_release, IN(BOOT) | IN(RELEASING), NOTHING),
	CALL(POOL_DONATE, hc_pool_donate, IN(BOOT) | IN(RUNNING), NOTHING),
	CALL(COUNTER, hc_counter, IN(BOOT) | IN(RUNNING), NOTHING),
	CALL(LEDGER, hc_ledger, IN(BOOT) | IN(RUNNING) | IN(DEAD), NOTHING),
	CALL(VM_CREATE, hc_vm_create, IN(RUNNING), NOTHING),
	CALL(VCPU_CREATE, hc_vcpu_create, IN(RUNNING), NOTHING),
	CALL(VM_TOPUP, hc_vm_topup, IN(RUNNING), VM),
	CALL(VM_ADD_RAM, hc_vm_add_ram, IN(RUNNING), VM),
	CALL(VM_DEL_RAM, hc_vm_del_ram, IN(RUNNING), VM),
	CALL(VM_MAP, hc_vm_map, IN(RUNNING), VM),
	CALL(VM_UNMAP, hc_vm_unmap, IN(RUNNING), VM),
	CALL(VCPU_SET_REG, hc_vcpu_set_reg, IN(RUNNING), VCPU),
	CALL(VCPU_GET_REG, hc_vcpu_get_reg, IN(RUNNING), VCPU),
	CALL(VCPU_POWER, hc_vcpu_power, IN(RUNNING), VCPU),
	CALL(VCPU_RUN, hc_vcpu_run, IN(RUNNING), VCPU),
	CALL(VM_KILL, hc_vm_kill, IN(RUNNING), VM),
	CALL(VM_RECLAIM, hc_vm_reclaim, IN(RUNNING), VM),
	CALL(VM_DESTROY, hc_vm_destroy, IN(RUNNING), NOTHING),
	CALL(VCPU_RESET, hc_vcpu_reset, IN(RUNNING), VCPU),
	CALL(DEBUG_PANIC, hc_debug_panic, IN(BOOT) | IN(RUNNING), NOTHING),
};

static int dispatch(struct call *c, unsigned int index)
{
	int ret;

	if (calls[index].target == NOTHING)
		return calls[index].handler(c);
	c->vm = vm_get(c->a[1]);
	if (!c->vm)
		return -ENOENT;
	if (calls[index].target == VCPU)
		c->vcpu = vm_vcpu(c->vm, c->a[2]);
	ret = calls[index].target == VCPU && !c->vcpu ? -ENOENT : calls[index].handler(c);
	vm_put(c->vm);
	return ret;
}

/* Out of line: the calls that are counted succeed. */
static __attribute__((noinline)) void refuse(struct call *c, int error)
{
	if (error == -ENOMEM || error == -ENOBUFS)
		c->r[1] = *arch_pages_short();
	c->regs->x[0] = abi_error(error);
}

void host_call(struct host_regs *regs)
{
	struct call c = { .a = regs->x, .regs = regs };
	uint64_t index = regs->x[0] - DONJON_HC_BASE, i;
	int ret;

	if (index >= ARRAY_SIZE(calls) || !calls[index].handler) {
		regs->x[0] = SMCCC_NOT_SUPPORTED;
		return;
	}
	index = arch_index_nospec(index, ARRAY_SIZE(calls));
	ret = calls[index].phases & (1U << phase_get()) ? dispatch(&c, index) : -EPROTO;
	if (ret == -EAGAIN) {
		arch_repeat_call();
		return;
	}
	regs->x[0] = DONJON_OK;
	if (ret)
		refuse(&c, ret);
	for (i = 1; i < ARRAY_SIZE(c.r); i++)
		regs->x[i] = c.r[i];
}
