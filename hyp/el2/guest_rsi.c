// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Realm Services Interface: a stock Linux learns by it that it is protected, and says which of
 * its pages the host may see.
 */
#include <abi/rsi.h>
#include <el2/guest_exit.h>

static int version(struct vcpu *vcpu)
{
	bool ours = vcpu->x[1] == RSI_VERSION_1_0;

	if (ours ? !guest_uses(vcpu->vm, USES_RSI) : READ_ONCE(vcpu->vm->uses) == USES_KVM)
		return guest_call_unknown(vcpu);
	return answer3(vcpu, ours ? RSI_SUCCESS : RSI_ERROR_INPUT, RSI_VERSION_1_0,
		       RSI_VERSION_1_0);
}

/* IPA_STATE_SET, IPA_STATE_GET: [x1, x2) is a range of protected IPAs. */
static bool good_range(const struct vcpu *vcpu)
{
	uint64_t base = vcpu->x[1], top = vcpu->x[2];

	return is_aligned(base | top, PAGE_SIZE) && base < top &&
	       top <= BIT(vcpu->vm->mem.pgt.ia_bits - 1);
}

/* Whether addr lies in RAM, and in *end, end at most, how far that holds. */
static bool ram_run(struct vm *vm, uint64_t addr, uint64_t *end)
{
	uint32_t i, n, at;

	spin_lock(&vm->mem.lock);
	n = vm->mem.nr_ram;
	at = range_at(vm->mem.ram, n, addr);
	for (i = 0; i < n; i++) {
		uint64_t edge = vm->mem.ram[i].base + (i == at ? vm->mem.ram[i].size : 0);

		if (edge > addr)
			*end = min_u64(*end, edge);
	}
	spin_unlock(&vm->mem.lock);
	return at < n;
}

static int state_get(struct vcpu *vcpu)
{
	enum ripas ripas = RIPAS_EMPTY;
	uint64_t end = vcpu->x[2];

	if (!good_range(vcpu))
		return answer(vcpu, RSI_ERROR_INPUT);
	if (ram_run(vcpu->vm, vcpu->x[1], &end))
		ripas = ledger_guest_ripas(&vcpu->vm->mem, ipa(vcpu->x[1]), &end);
	return answer3(vcpu, RSI_SUCCESS, end, ripas);
}

/*
 * Changes [addr, *reached), which is RAM, as far as possible in a bounded time; *reached: how far
 * it got.
 */
static int set_ram(struct vcpu *vcpu, uint64_t addr, uint64_t *reached, enum ripas want,
		   uint64_t flags)
{
	uint64_t end = *reached, done;
	unsigned int n;
	int ret = 0;

	for (n = 0; n < CALL_LEAVES && addr < end && !ret; n++) {
		ret = ledger_guest_set_ripas(&vcpu->vm->mem, ipa(addr), end - addr, want, flags,
					     &done);
		addr += ret ? 0 : done;
	}
	*reached = addr;
	return ret;
}

static int state_set(struct vcpu *vcpu)
{
	uint64_t base = vcpu->x[1], want = vcpu->x[3], flags = vcpu->x[4], end = vcpu->x[2], top;
	bool released = guest_released(vcpu, base);
	int ret;

	if (!good_range(vcpu) || want > RIPAS_RAM || flags & ~RSI_CHANGE_DESTROYED)
		return answer(vcpu, RSI_ERROR_INPUT);
	if (!ram_run(vcpu->vm, base, &end))
		return want == RIPAS_EMPTY ? answer3(vcpu, RSI_SUCCESS, end, RSI_ACCEPT) :
					     answer3(vcpu, RSI_SUCCESS, base, RSI_REJECT);
	/* At most to the end of a block: that bounds the call, and splits no block. */
	top = min_u64(end, align_down(base, DONJON_MAX_RANGE) + DONJON_MAX_RANGE);
	end = released ? min_u64(top, vcpu->recalled.base + vcpu->recalled.size) : top;
	ret = set_ram(vcpu, base, &end, want, flags | (released ? CHANGE_RELEASED : 0));
	if (ret == -EBUSY && end == base)
		return guest_recalls(vcpu, base, top - base);
	if ((ret == -ENOMEM || ret == -ENOBUFS) && end == base)
		return guest_needs_tables(vcpu, ret);
	if (ret == -EAGAIN && end == base) {
		arch_repeat_call();
		return RESUME;
	}
	return answer3(vcpu, RSI_SUCCESS, end, ret && end == base ? RSI_REJECT : RSI_ACCEPT);
}

/*
 * Where the page for the answer does not exist yet, the host is asked for it and the call repeated.
 */
static int realm_config(struct vcpu *vcpu)
{
	uint64_t addr = vcpu->x[1], end = addr + PAGE_SIZE;
	const uint64_t words[] = { vcpu->vm->mem.pgt.ia_bits };

	if (!is_aligned(addr, PAGE_SIZE) ||
	    !range_below(addr, PAGE_SIZE, BIT(vcpu->vm->mem.pgt.ia_bits - 1)) ||
	    !ram_run(vcpu->vm, addr, &end))
		return answer(vcpu, RSI_ERROR_INPUT);
	switch (ledger_guest_fill(&vcpu->vm->mem, ipa(addr), words, ARRAY_SIZE(words))) {
	case 0:
		return answer(vcpu, RSI_SUCCESS);
	case -ENOENT:
		return guest_needs_page(vcpu, addr);
	}
	return answer(vcpu, RSI_ERROR_INPUT);
}

int guest_rsi(struct vcpu *vcpu, uint32_t function)
{
	if (!vcpu->vm->mem.protected)
		return guest_call_unknown(vcpu);
	switch (function) {
	case RSI_ABI_VERSION:
		return version(vcpu);
	case RSI_FEATURES:
		return answer3(vcpu, RSI_SUCCESS, 0, vcpu->x[2]);	/* whatever the index */
	case RSI_REALM_CONFIG:
		return realm_config(vcpu);
	case RSI_IPA_STATE_SET:
		return state_set(vcpu);
	case RSI_IPA_STATE_GET:
		return state_get(vcpu);
	}
	return guest_call_unknown(vcpu);
}
