# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The layers of tests as hyp/tests/mutants/run puts a seeded fault to them. layer_NAME runs in a copy of
# the sources, prints what it likes, and fails when the fault is seen. Each is bounded in time: what hangs is seen.

# In the order of what they cost.
# shellcheck disable=SC2034  # for the script that sources this
ALL_LAYERS='unit scripts spec fuzz proofs nested order'
# Those that compile EL2's core for this machine, over another arch than the real one.
# shellcheck disable=SC2034
CORE_LAYERS='unit scripts fuzz proofs'

# Builds the unit tests' programs whose names match the pattern and runs them, up to the first that fails.
run_programs()
{
	local pattern=$1 limit=$2 program
	local -a programs=()

	for program in $(make -s unit-test-programs); do
		# shellcheck disable=SC2053  # a pattern it is
		[[ $program == $pattern ]] && programs+=("$program")
	done
	[ ${#programs[@]} -gt 0 ] || { echo "not ok - no program matches $pattern"; return 1; }
	timeout 600 make -s "${programs[@]}" || { echo "not ok - the programs do not compile"; return 1; }
	for program in "${programs[@]}"; do
		timeout -k 5 "$limit" scripts/test --unit "$program" || return 1
	done
}

layer_unit()
{
	run_programs 'build/tests/unit/*' 120
}

# The first failure in a log: the test's name, and the panic of EL2 or the sanitizer's word if there is one.
what_fired()
{
	local log=$1 test why

	test=$(grep -m 1 '^not ok' "$log" | sed 's/^not ok *[0-9]* *-* *//' || true)
	why=$(grep -m 1 -oE 'EL2 panicked at [^:]*:[0-9]*: .*|EL2: panic on CPU.*|runtime error: .*|AddressSanitizer: [a-z-]*' \
		"$log" | sed -e 's/^EL2 panicked at [^:]*:[0-9]*: //' -e 's/^EL2: panic on CPU [0-9]*: //' || true)
	printf '%s' "${test:-took too long}${why:+ [$why]}" | tr '\t\n' '  ' | cut -c 1-150
}
