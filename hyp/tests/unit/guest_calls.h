/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM with a vCPU that makes calls. For tests of what guests call. */
#pragma once

#include "calls.h"
#include <arch/percpu.h>
#include <el2/guest_exit.h>

static uint64_t handle;
static struct vcpu *vcpu;

static inline void start(uint64_t flags, unsigned int vcpus)
{
	handle = make_vm(flags, vcpus);
	vcpu = vcpu_of(0);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, BLOCK), 0);
	run_of(0)->ipa = 0x77;
}

/* The guest on the given vCPU calls; returns the exit, the answer is in its x0. */
static inline int guest_calls(struct vcpu *caller, uint64_t function, uint64_t a1, uint64_t a2,
			      uint64_t a3)
{
	unsigned int i;
	int exit;

	for (i = 4; i < 31; i++)
		caller->x[i] = i;
	caller->x[0] = function;
	caller->x[1] = a1;
	caller->x[2] = a2;
	caller->x[3] = a3;
	exit = guest_call(caller);
	for (i = 4; i < 31; i++)
		assert_int_equal(caller->x[i], i);
	assert_int_equal(this_cpu()->locks_held, 0);
	return exit;
}

/* The host answers the exit, and the vCPU runs on. */
static inline void enters(struct vcpu *caller, uint64_t flags)
{
	assert_false(guest_complete_exit(caller, flags));
}

/* The guest's call, which it repeats, asks for size bytes from addr on. */
static inline void recalls(struct vcpu *caller, int exit, uint64_t addr, uint64_t size)
{
	assert_int_equal(exit, DONJON_EXIT_RECALL);
	assert_int_equal(caller->run->ipa, addr);
	assert_int_equal(caller->run->size, size);
	assert_int_equal(fake.repeats, 1);
	fake.repeats = 0;
	caller->run->ipa = 0x77;
}

static inline void answers(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3, int64_t want)
{
	assert_int_equal(guest_calls(vcpu, function, a1, a2, a3), RESUME);
	if ((int64_t)vcpu->x[0] != want)
		fail_msg("function 0x%lx (0x%lx, 0x%lx): %ld instead of %ld", function, a1, a2,
			 (int64_t)vcpu->x[0], want);
}
