// SPDX-License-Identifier: GPL-2.0-only
#include <abi/rsi.h>
#include <abi/run.h>
#include <abi/smccc.h>
#include <el2/guest_exit.h>
#include <tests/spec/hooks.h>
#include "check.h"
#include "guest.h"
#include "harness.h"
#include "host.h"

#define MAX_CALLS 4

static struct input *input;

static const uint32_t functions[] = {
	KVM_VENDOR_MEM_SHARE,
	KVM_VENDOR_MEM_UNSHARE,
	PSCI_CPU_ON | SMCCC_64,
	PSCI_CPU_OFF,
	PSCI_CPU_ON,
	PSCI_AFFINITY_INFO | SMCCC_64,
	PSCI_AFFINITY_INFO,
	PSCI_CPU_SUSPEND | SMCCC_64,
	PSCI_CPU_SUSPEND,
	PSCI_SYSTEM_OFF,
	PSCI_SYSTEM_RESET,
	PSCI_VERSION,
	PSCI_FEATURES,
	PSCI_MIGRATE_INFO_TYPE,
	PSCI_MIGRATE,
	PSCI_SYSTEM_SUSPEND,
	SMCCC_VERSION,
	SMCCC_ARCH_FEATURES,
	KVM_VENDOR_UID,
	KVM_VENDOR_FEATURES,
	KVM_VENDOR_MEMINFO,
	TRNG_VERSION,
	TRNG_FEATURES,
	TRNG_GET_UUID,
	TRNG_RND32,
	TRNG_RND64,
	KVM_VENDOR_MEM_SHARE,
	KVM_VENDOR_MEM_SHARE,
	KVM_VENDOR_MEM_UNSHARE,
	RSI_IPA_STATE_SET,
	RSI_IPA_STATE_SET,
	RSI_IPA_STATE_SET,
	RSI_IPA_STATE_SET,
	RSI_IPA_STATE_GET,
	RSI_REALM_CONFIG,
	RSI_ABI_VERSION,
	RSI_FEATURES,
	RSI_MEASUREMENT_READ,
	RSI_MEASUREMENT_EXTEND,
	RSI_TOKEN_INIT,
	RSI_TOKEN_CONTINUE,
	RSI_HOST_CALL,
	KVM_VENDOR_MMIO_GUARD_INFO,
	KVM_VENDOR_MMIO_GUARD_ENROLL,
	KVM_VENDOR_MMIO_GUARD_MAP,
	KVM_VENDOR_MMIO_GUARD_UNMAP,
};

static uint64_t argument(uint32_t function, uint8_t shape)
{
	if (shape & 0x80)
		return input_wild(input);
	switch (function) {
	case KVM_VENDOR_MEM_SHARE:
	case KVM_VENDOR_MEM_UNSHARE:
	case RSI_IPA_STATE_SET:
	case RSI_IPA_STATE_GET:
	case RSI_REALM_CONFIG:
		return host_ipa(input);
	case KVM_VENDOR_MMIO_GUARD_MAP:
	case KVM_VENDOR_MMIO_GUARD_UNMAP:
		return host_ipa(input) & MASK(29, 0);
	case RSI_ABI_VERSION:
		return RSI_VERSION_1_0;
	case PSCI_FEATURES:
	case SMCCC_ARCH_FEATURES:
	case TRNG_FEATURES:
		return functions[input_8(input) % ARRAY_SIZE(functions)];
	case TRNG_RND32:
	case TRNG_RND64:
		return input_8(input);
	}
	return input_8(input) & 0x1f;
}

/* Top, state and flags of a range; x4 is an argument of IPA_STATE_SET. */
static void more_arguments(struct vcpu *vcpu, bool wild)
{
	static const uint64_t sizes[] = {PAGE_SIZE, 2 * PAGE_SIZE, 7 * PAGE_SIZE,    BLOCK,
					 BLOCK / 2, 3 * BLOCK,	   BLOCK - PAGE_SIZE, 0};
	uint8_t a = input_8(input);

	vcpu->x[2] = wild ? input_wild(input) : vcpu->x[1] + sizes[a & 7];
	vcpu->x[3] = a >> 3 & 1;
	vcpu->x[4] = a >> 4 & 1;
	if (a >= 0xf0) {
		vcpu->x[3] = input_wild(input);
		vcpu->x[4] = input_wild(input);
	}
}

/*
 * What REALM_CONFIG has written, and where: a page that is the guest's own, and that nobody else
 * can reach.
 */
static void check_configuration(const struct vcpu *vcpu, uint64_t at)
{
	const struct guest_memory *mem = &vcpu->vm->mem;
	uint64_t page;

	FUZZ_CHECK(spec_at(hooks_spec(), mem->owner, at, &page) &&
			   spec_state(spec_page(hooks_spec(), page)) == DONJON_PAGE_GUEST,
		   "the configuration is written to IPA 0x%lx, where no private page is", at);
	FUZZ_CHECK(*(uint64_t *)fake_page(page) == mem->pgt.ia_bits,
		   "the configuration says %lu bits, expected %u", *(uint64_t *)fake_page(page),
		   mem->pgt.ia_bits);
	/* From here on it is a page like others. */
	contents_write(page, false);
	spec_written(hooks_spec(), page, PAGE_SIZE);
}

/*
 * The call asks the host to let go of pages, and has changed no register. The host answers, and the
 * guest makes it again.
 */
static int recalled(struct vcpu *vcpu, const uint64_t before[31])
{
	uint64_t flags = input_8(input) & DONJON_ENTRY_FLAGS, size = vcpu->run->size;
	bool unshares = (uint32_t)before[0] == KVM_VENDOR_MEM_UNSHARE;
	int ret;

	FUZZ_CHECK(!memcmp(vcpu->x, before, sizeof(vcpu->x)), "a call that asks has answered");
	FUZZ_CHECK(vcpu->run->ipa == before[1] && size && is_aligned(size, PAGE_SIZE) &&
			   (unshares ? size == PAGE_SIZE : size <= before[2] - before[1]),
		   "0x%lx bytes at 0x%lx are asked for", size, vcpu->run->ipa);
	FUZZ_CHECK(!guest_complete_exit(vcpu, flags), "an abort instead of a page");
	ret = guest_call(vcpu);
	FUZZ_CHECK((ret == DONJON_EXIT_RECALL) == !(flags & DONJON_ENTRY_RELEASED),
		   "answered with %lu, the exit is %d", flags, ret);
	return ret;
}

/* One call. An enum donjon_exit, or -1 to run on. */
static int call(struct vcpu *vcpu, uint8_t what)
{
	uint64_t before[31];
	unsigned int i;
	int ret;

	vcpu->x[0] = functions[what % ARRAY_SIZE(functions)];
	vcpu->x[1] = argument(vcpu->x[0], what);
	vcpu->x[2] = what & 0x40 ? input_wild(input) : 0;
	vcpu->x[3] = what & 0x40 ? input_wild(input) : 0;
	if (what == 0xff)
		vcpu->x[0] = input_wild(input);
	for (i = 4; i < 31; i++)
		vcpu->x[i] = i * 0x0123456789abcdUL;
	if (vcpu->x[0] == RSI_IPA_STATE_SET || vcpu->x[0] == RSI_IPA_STATE_GET)
		more_arguments(vcpu, what & 0x40);
	memcpy(before, vcpu->x, sizeof(before));
	ret = what == 0xfe ? guest_call_unknown(vcpu) : guest_call(vcpu);
	if (ret == DONJON_EXIT_RECALL)
		ret = recalled(vcpu, before);
	show("  vCPU %u calls 0x%lx(0x%lx, 0x%lx, 0x%lx) -> 0x%lx, exit %d\n", vcpu->index,
	     before[0], before[1], before[2], before[3], vcpu->x[0], ret);
	FUZZ_CHECK(ret >= -1 && ret < DONJON_NR_EXITS, "a guest's call ends with exit %d", ret);
	FUZZ_CHECK(!memcmp(&vcpu->x[4], &before[4], sizeof(before) - 4 * sizeof(before[0])),
		   "a guest's call changes x4 or a later register");
	if (before[0] == RSI_REALM_CONFIG && ret < 0 && vcpu->x[0] == RSI_SUCCESS)
		check_configuration(vcpu, before[1]);
	if (before[0] == RSI_IPA_STATE_SET && ret < 0 && vcpu->x[0] == RSI_SUCCESS)
		FUZZ_CHECK(vcpu->x[1] >= before[1] && vcpu->x[1] <= before[2] &&
				   vcpu->x[2] <= RSI_REJECT &&
				   (vcpu->x[2] == RSI_REJECT) == (vcpu->x[1] == before[1]),
			   "IPA_STATE_SET of 0x%lx to 0x%lx gets to 0x%lx, answer %lu", before[1],
			   before[2], vcpu->x[1], vcpu->x[2]);
	FUZZ_CHECK(!this_cpu()->locks_held && !fake_pending(),
		   "a guest's call leaves locks 0x%x and %u broken entries", this_cpu()->locks_held,
		   fake_pending());
	return ret;
}

/* What a loaded vCPU does until it exits. Meanwhile the host's other CPU calls, too. */
static int run(struct vcpu *vcpu)
{
	unsigned int n;
	int exit;

	for (n = 0; n < MAX_CALLS && input_left(input); n++) {
		uint8_t what = input_8(input);

		if (what < 0x20)
			return what % DONJON_NR_EXITS;
		if (what >= 0xe0 && what < 0xf0 && fake_cpu + 1 < FAKE_CPUS) {
			fake_cpu++;
			show("CPU %u: ", fake_cpu);
			host_step(input_8(input), input);
			fake_cpu--;
			continue;
		}
		exit = call(vcpu, what);
		if (exit >= 0)
			return exit;
	}
	return DONJON_EXIT_INTERRUPT;
}

void guest_begin(struct input *in)
{
	input = in;
	fake.guest = run;
}
