// SPDX-License-Identifier: GPL-2.0-only
#include <abi/rsi.h>
#include <el2/errata.h>
#include <el2/guest_exit.h>
#include <el2/random.h>

/*
 * KVM vendor features, a bit for each function: 0 features; for protected guests 2 MEMINFO,
 * 3 MEM_SHARE, 4 MEM_UNSHARE, and 5 to 8, MMIO guard.
 */
#define VENDOR_FEATURES		1UL
#define VENDOR_PROTECTED	MASK(8, 2)

/*
 * MEM_SHARE and MEM_UNSHARE of one page. The host is asked first for a page that does not exist
 * yet, and for one that it has to let go of.
 */
static int share(struct vcpu *vcpu, bool on)
{
	struct vm *vm = vcpu->vm;
	uint64_t addr = vcpu->x[1];
	bool ram;
	int ret;

	if (!vm->mem.protected)
		return answer(vcpu, SMCCC_NOT_SUPPORTED);
	spin_lock(&vm->mem.lock);
	ram = is_aligned(addr, PAGE_SIZE) && vm_is_ram(vm, addr, PAGE_SIZE);
	spin_unlock(&vm->mem.lock);
	if (!ram || vcpu->x[2] || vcpu->x[3])
		return answer(vcpu, SMCCC_INVALID_PARAMETER);
	ret = on ? ledger_guest_share_host(&vm->mem, ipa(addr))
		 : ledger_guest_unshare_host(&vm->mem, ipa(addr), guest_released(vcpu, addr));
	switch (ret) {
	case 0:
		answer(vcpu, SMCCC_SUCCESS);
		return on ? guest_exit_for_page(vcpu, DONJON_EXIT_SHARE, addr) : RESUME;
	case -EBUSY:
		return guest_recalls(vcpu, addr, PAGE_SIZE);
	case -ENOENT:
		if (!on)
			break;
		return guest_needs_page(vcpu, addr);
	case -ENOMEM:
	case -ENOBUFS:
		return guest_needs_tables(vcpu, ret);
	}
	return answer(vcpu, SMCCC_INVALID_PARAMETER);
}

/*
 * A guest is offered MEM_SHARE or RSI, whichever it asks for first. Linux looks for both, for
 * MEM_SHARE first, and would use half of each.
 */
static int meminfo(struct vcpu *vcpu)
{
	if (vcpu->x[1] || vcpu->x[2] || vcpu->x[3])
		return answer(vcpu, SMCCC_INVALID_PARAMETER);
	if (!vcpu->vm->mem.protected || !guest_uses(vcpu->vm, USES_KVM))
		return answer(vcpu, SMCCC_NOT_SUPPORTED);
	return answer(vcpu, PAGE_SIZE);
}

static int random(struct vcpu *vcpu, unsigned int word_bits)
{
	uint64_t bits = word_bits == 32 ? (uint32_t)vcpu->x[1] : vcpu->x[1], n;
	unsigned int i;

	if (!bits || bits > 3UL * word_bits)
		return answer(vcpu, TRNG_INVALID_PARAMETER);
	answer(vcpu, SMCCC_SUCCESS);
	/* Not by way of EL2's stack. x3, or w3, holds the low bits (DEN0098, 2.5). */
	random_words(&vcpu->x[1]);
	for (i = 3; i; i--, bits -= n) {
		n = min_u64(bits, word_bits);
		vcpu->x[i] &= n ? ~0UL >> (64 - n) : 0;
	}
	return RESUME;
}

static bool is_trng(uint32_t function)
{
	return function - TRNG_VERSION <= TRNG_RND32 - TRNG_VERSION || function == TRNG_RND64;
}

static int trng(struct vcpu *vcpu, uint32_t function)
{
	switch (function) {
	case TRNG_VERSION:
		return answer(vcpu, TRNG_VERSION_1_0);
	case TRNG_FEATURES:
		return answer(vcpu, is_trng(vcpu->x[1]) ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED);
	case TRNG_GET_UUID:
		return answer4(vcpu, 0x2d6e6f64, 0x4e6a6e6f, 0x8f52b1a7, 0x6c3e9021);
	case TRNG_RND32:
		return random(vcpu, 32);
	}
	return random(vcpu, 64);
}

static int64_t arch_feature(uint32_t function)
{
	return function == SMCCC_VERSION || function == SMCCC_ARCH_FEATURES ||
			       function == TRNG_VERSION ?
		       SMCCC_SUCCESS : errata_workaround(function);
}

int guest_call(struct vcpu *vcpu)
{
	/* The identifier is in W0: the upper half of X0 is not part of it (DEN0028, 3.1). */
	uint32_t function = vcpu->x[0];

	switch (function) {
	case SMCCC_VERSION:
		return answer(vcpu, 0x10001);
	case SMCCC_ARCH_FEATURES:
		return answer(vcpu, arch_feature(vcpu->x[1]));
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
		/* What they are for, the entry to EL2 has done. */
		return answer(vcpu, SMCCC_SUCCESS);
	case KVM_VENDOR_UID:
		return answer4(vcpu, KVM_VENDOR_UID_0, KVM_VENDOR_UID_1, KVM_VENDOR_UID_2,
			       KVM_VENDOR_UID_3);
	case KVM_VENDOR_FEATURES:
		return answer4(vcpu, VENDOR_FEATURES |
				     (vcpu->vm->mem.protected ? VENDOR_PROTECTED : 0), 0, 0, 0);
	case KVM_VENDOR_MEMINFO:
	case KVM_VENDOR_MMIO_GUARD_INFO:
		return meminfo(vcpu);
	case KVM_VENDOR_MEM_SHARE:
		return share(vcpu, true);
	case KVM_VENDOR_MEM_UNSHARE:
		return share(vcpu, false);
	}
	if (function - KVM_VENDOR_MMIO_GUARD_ENROLL <=
	    KVM_VENDOR_MMIO_GUARD_UNMAP - KVM_VENDOR_MMIO_GUARD_ENROLL)
		return guest_mmio_guard(vcpu, function);
	if (function - RSI_ABI_VERSION <= RSI_HOST_CALL - RSI_ABI_VERSION)
		return guest_rsi(vcpu, function);
	if (is_trng(function))
		return trng(vcpu, function);
	if ((function & ~(SMCCC_64 | 0x1fUL)) == PSCI_VERSION)
		return guest_psci(vcpu, function);
	return answer(vcpu, SMCCC_NOT_SUPPORTED);
}
