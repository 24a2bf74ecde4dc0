// SPDX-License-Identifier: GPL-2.0-only
/* SErrors that come while a guest runs. */
#include "calls.h"
#include <arch/esr.h>
#include <el2/guest_exit.h>
#include <el2/vcpu.h>

#define SERROR		((uint64_t)EC_SERROR << ESR_EC_SHIFT | ESR_IL)
#define RAS(aet)	(SERROR | DFSC_SERROR | (uint64_t)(aet) << 10)

static bool reaches_guest(bool ras, uint64_t esr)
{
	struct vcpu vcpu = { .serror_esr = esr };

	cpu_features.ras = ras;
	guest_serror(&vcpu);
	cpu_features.ras = false;
	assert_int_equal(vcpu.serror_esr, 0);
	return vcpu.serror;
}

static bool ends_machine(bool ras, uint64_t esr)
{
	struct vcpu vcpu = { .serror_esr = esr };
	bool panicked;

	cpu_features.ras = ras;
	panicked = fake_panics(guest_serror(&vcpu));
	cpu_features.ras = false;
	return panicked;
}

static void what_a_guest_causes_stays_in_the_guest(void **state)
{
	unsigned int aet;

	assert_true(reaches_guest(false, SERROR));
	/* Without RAS the same bits say nothing. */
	for (aet = 0; aet < 8; aet++)
		assert_true(reaches_guest(false, RAS(aet)));
	assert_true(reaches_guest(true, SERROR));
	assert_true(reaches_guest(true, RAS(AET_UNCONTAINABLE) | ISS_IDS));
	assert_true(reaches_guest(true, RAS(1)));
	assert_true(reaches_guest(true, RAS(3)));
}

static void a_corrected_error_is_nobodys(void **state)
{
	assert_false(reaches_guest(true, RAS(AET_CORRECTED)));
}

static void an_uncontainable_error_ends_the_machine(void **state)
{
	assert_true(ends_machine(true, RAS(AET_UNCONTAINABLE)));
	assert_false(ends_machine(false, RAS(AET_UNCONTAINABLE)));
	assert_false(ends_machine(true, RAS(AET_UNCONTAINABLE) | ISS_IDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("S5: an SError that a guest causes stays in the guest",
			what_a_guest_causes_stays_in_the_guest),
		PROMISE("SError: a corrected error is nobody's", a_corrected_error_is_nobodys),
		PROMISE("S3: an uncontainable error ends the machine, by a panic that scrubs",
			an_uncontainable_error_ends_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
