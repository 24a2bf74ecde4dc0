# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The layers of tests as hyp/tests/mutants/run puts a mutant to them. layer_NAME runs in a copy of
# the sources, prints what it likes, and fails when it kills the mutant. Each is bounded in time: a
# hang kills it, too. Here many mutants hang, and each layer but the longest takes a minute on an
# idle machine: so the limits are smaller than those of scripts/lib/limit.sh, which
# hyp/tests/mutants/run sources.
# shellcheck disable=SC2034  # limit.sh exports the first
LIMIT_STEP=$((LIMIT_STEP / 5)) LIMIT_TEST=$((LIMIT_TEST / 4))

# In the order of what they cost.
# shellcheck disable=SC2034  # for the script that sources this
ALL_LAYERS='unit donation spec fuzz proofs nested tlb'
# Those that compile EL2's core for this machine, over another arch than the real one.
# shellcheck disable=SC2034
CORE_LAYERS='unit donation spec fuzz proofs'

# Without the specification: its hooks are linked in, but nothing calls them.
# shellcheck disable=SC2016  # make expands it
PLAIN='SPEC_LD=$(foreach s,$(SPEC_WRAPPED),--defsym=__real_$(s)=$(s))'

# run_programs PATTERN [WORD FOR make]: the unit tests' programs whose names match, up to the first
# that fails. First those that are named like a file that has changed.
run_programs()
{
	local pattern=$1 program
	local -a first=() rest=()

	shift
	for program in $(make -s unit-test-programs); do
		# shellcheck disable=SC2053  # a pattern it is
		[[ $program == $pattern ]] || continue
		if [[ " $CHANGED " == *" $(basename "${program%-*}" | sed 's/^test_//') "* ]]; then
			first+=("$program")
		else
			rest+=("$program")
		fi
	done
	for program in "${first[@]}" "${rest[@]}"; do
		rm -f "$program"
		timeout "$LIMIT_TEST" make -s "$program" "$@" ||
			{ echo "not ok - $program does not build"; return 1; }
		timeout -k 5 "$LIMIT_STEP" scripts/test --unit "$program" || return 1
	done
	[ ${#first[@]} != 0 ] || [ ${#rest[@]} != 0 ] ||
		{ echo "not ok - no program matches $pattern"; return 1; }
}

# All but those about the specification.
layer_unit()
{
	run_programs 'build/tests/unit/!(spec-*|compare-*)' "$PLAIN"
}

layer_spec()
{
	run_programs 'build/tests/unit/*'
}

layer_donation()
{
	run_programs 'build/tests/donation/*' "$PLAIN"
}

# The committed corpus, then for a while what libFuzzer makes of it.
layer_fuzz()
{
	run_programs 'build/tests/fuzz/@(replay|random)-@(ledger*|hypercall*)' || return 1
	timeout "$LIMIT_TEST" make -s fuzz TIME=20 ONLY='ledger-*' ||
		{ echo 'not ok - make fuzz TIME=20'; return 1; }
}

layer_proofs()
{
	timeout "$LIMIT_TEST" make -s proofs-quick ||
		{ echo 'not ok - make proofs-quick'; return 1; }
}

# The donation scripts and the attacks on objects, calls and entries; on kernel 6.12 but for tests
# that want another.
layer_nested()
{
	local pattern=${NESTED:-'hyp/tests/nested/@(donation|attack-@(objects|calls|entries)).sh'}
	local -a kernels=(KERNELS=6.12)

	[[ $pattern != scripts/* ]] || kernels=()
	timeout "$LIMIT_TEST" make -s all "${kernels[@]}" ||
		{ echo 'not ok - it does not build'; return 1; }
	timeout -k 20 "$LIMIT_TEST" scripts/test --only "$pattern" --kernel 6.12
}

# Enough for every kind of maintenance; scripts/tests/tlb.sh watches more.
WATCHED='donjon run configs/share.ini &&
	donjon run configs/hello.ini --set kernel.image=build/guest/smp.bin --set vm.cpus=4 &&
	. hyp/tests/nested/attack.inc && donjon-attack objects && donjon-attack blocks'
WATCHED_SMALL='donjon run configs/hello.ini && donjon run configs/share.ini'

# watch COMMAND [ARGUMENTS FOR scripts/host]: the checker over one boot. Tests that fail there are
# no merit of the checker's: SEEN_BEFORE says so to the runner.
SEEN_BEFORE='# tests in the nested host fail'

watch()
{
	local command=$1 stream=$LOG.stream status=0

	shift
	if ! scripts/host --timeout "$LIMIT_TEST" \
		--qemu "-plugin $PWD/build/tests/tlb/donjon-tlb.so,out=$stream" "$@" -- \
		sh -c "$command" < /dev/null; then
		rm -f "$stream"
		echo "$SEEN_BEFORE"
		return 1
	fi
	timeout "$LIMIT_TEST" python3 hyp/tests/tlb/check.py --minimum 2000 \
		"$stream" > "$LOG.check" 2>&1 || status=$?
	rm -f "$stream"
	[ $status = 0 ] || echo "not ok - $(tail -n 1 "$LOG.check" | sed 's/^.*violations: *//')"
	return $status
}

# The second machine has neither FEAT_S2FWB nor FEAT_MOPS: it cleans on each donation, and zeroes by
# DC ZVA.
layer_tlb()
{
	timeout "$LIMIT_TEST" make -s all KERNELS=6.12 ||
		{ echo 'not ok - it does not build'; return 1; }
	watch "$WATCHED_SMALL" && watch "$WATCHED_SMALL" --cpu cortex-a72 && watch "$WATCHED"
}

# The first failure in a log: the test's name, and the panic of EL2 or the sanitizer's word if there
# is one.
what_fired()
{
	local log=$1 test why

	test=$(grep -m 1 '^not ok' "$log" | sed 's/^not ok *[0-9]* *-* *//' || true)
	why=$(sed -nE -e 's/.*EL2 panicked at [^:]*:[0-9]*: (.*)/\1/p' \
		-e 's/.*EL2: panic on CPU [0-9]*: (.*)/\1/p' \
		-e 's/.*(runtime error: .*)/\1/p' -e 's/.*Sanitizer: ([a-z-]*).*/\1/p' "$log" |
		head -1)
	printf '%s' "${test:-no test says why}${why:+ [$why]}" | tr '\t\n' '  ' | cut -c 1-150
}
