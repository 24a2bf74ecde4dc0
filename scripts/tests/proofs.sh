#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What hyp/tests/proofs/run makes of the checker's output: whatever is wrong is named, with the log.
# The checker here is a script that says what it is told to say.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/proofs.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# cbmc STATUS LINE...: what the checker prints for each proof, and how it ends
cbmc()
{
	local status=$1

	shift
	{
		echo '#!/bin/sh'
		printf "echo '%s'\n" "$@"
		echo "exit $status"
	} > "$work/cbmc"
	chmod +x "$work/cbmc"
	got=0
	B=$work/build CBMC=$work/cbmc hyp/tests/proofs/run --only regions-init > "$work/out" 2>&1 ||
		got=$?
}

# What regions-init has to print to be as in the baseline.
read -r name properties goals _ < <(grep '^regions-init ' hyp/tests/proofs/baseline)
lines=()
for ((i = 0; i < ${goals#*/}; i++)); do
	lines+=("[x.$i] line $i cover: goal $i: FAILURE")
done
for ((; i < properties; i++)); do
	lines+=("[x.$i] line $i property $i: SUCCESS")
done
summary='** 2 of 54 failed'

cbmc 10 "${lines[@]}" "$summary"
check "each goal is refuted and nothing else: it holds" test $got = 0
check "and is printed so" grep -q "^$name .* holds " "$work/out"
cbmc 10 "${lines[@]/goal 0: FAILURE/goal 0: SUCCESS}" "$summary"
check "a goal that cannot be reached is an error" test $got = 1
check "that names the goal" grep -q '^    .*line 0 cover: goal 0: not reached$' "$work/out"
check "and the log" grep -qx "    log: $work/build/proofs/$name.log" "$work/out"
check "and the result" grep -q ' UNREACHED ' "$work/out"
cbmc 10 "${lines[@]/property $((properties - 1)): SUCCESS/property: FAILURE}" "$summary"
check "a property that does not hold is an error" test $got = 1
check "that names the property" grep -q '^    .* property: FAILURE$' "$work/out"
check "and the log" grep -qx "    log: $work/build/proofs/$name.log" "$work/out"
cbmc 6 'syntax error before something'
check "a checker that fails is an error" grep -q ' ERROR-6 ' "$work/out"
check "with what it said" grep -q '^    syntax error' "$work/out"
check "and the log" grep -qx "    log: $work/build/proofs/$name.log" "$work/out"
hyp/tests/proofs/run --only no-such-proof > "$work/out" 2>&1
check "a name that no proof has is an error" test $? = 1
hyp/tests/proofs/run --jobs many > "$work/out" 2>&1
check "so is a number of jobs that is none" grep -q 'error: --jobs many: not a number' "$work/out"
hyp/tests/proofs/run --help > "$work/out" 2>&1
check "--help lists the options" grep -q '^  --only NAME ' "$work/out"
echo "1..$n"
exit $status
