// SPDX-License-Identifier: GPL-2.0-only
/* Cores on which a guest can stop a CPU: which they are, and what is said of several in one. */
#include "kernel.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "el2/cores.h"

static const u32 *midrs;	/* of the machine's CPUs, 0 at the end */
static unsigned int cpu_of_test;
static char said[512];

static u32 read_cpuid_id(void)
{
	return midrs[cpu_of_test];
}

#define for_each_online_cpu(cpu) for ((cpu) = 0; midrs[cpu]; (cpu)++)
#define smp_call_function_single(cpu, call, info, wait) (cpu_of_test = (cpu), call(info))
#define pr_warn(format, ...) \
	snprintf(said + strlen(said), sizeof(said) - strlen(said), format, ##__VA_ARGS__)

#include "cores.inc"

static void cores_are_known_by_model_and_version(void **state)
{
	assert_string_equal(core_erratum(0x410fd070), "Cortex-A57 832075");
	assert_string_equal(core_erratum(0x411fd072), "Cortex-A57 832075");
	assert_null(core_erratum(0x411fd073));
	assert_string_equal(core_erratum(0x411fd0d0), "Cortex-A77 1508412");
	assert_null(core_erratum(0x411fd0d1));
	assert_string_equal(core_erratum(0x431f0af2), "ThunderX2 219");
	assert_string_equal(core_erratum(0x420f5160), "ThunderX2 219");
	assert_string_equal(core_erratum(0x431f0a12), "ThunderX 30115");
	assert_null(core_erratum(0x431f0a13));
	assert_string_equal(core_erratum(0x430f0a30), "ThunderX 30115");
	assert_null(core_erratum(0x430f0a31));
	/* Another maker's, and cores that have none. */
	assert_null(core_erratum(0x420fd070));
	assert_null(core_erratum(0x410fd083));
	assert_null(core_erratum(0x000f0510));
}

static void each_erratum_is_named_once(void **state)
{
	static const u32 none[] = { 0x410fd083, 0x410fd034, 0 };
	static const u32 mixed[] = { 0x410fd034, 0x411fd072, 0x411fd072, 0x411fd0d0, 0x410fd070,
				     0 };

	midrs = none;
	said[0] = 0;
	cores_warn();
	assert_string_equal(said, "");
	midrs = mixed;
	cores_warn();
	assert_string_equal(said,
			    "erratum Cortex-A57 832075: a guest can stop a CPU of this machine "
			    "(docs/errata.md)\n"
			    "erratum Cortex-A77 1508412: a guest can stop a CPU of this machine "
			    "(docs/errata.md)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cores_are_known_by_model_and_version),
		cmocka_unit_test(each_erratum_is_named_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
