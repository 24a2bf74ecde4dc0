#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2065  # "test" is a script here
# What scripts/test promises: no way for a nested test to go wrong is taken for success, and the
# others still run.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
out=$(mktemp)
trap 'rm -f "$out"' EXIT
shown=$out

echo 1..16
folder=scripts/tests/fixtures
got=0
scripts/test --only "$folder/*" --nested "$folder" > "$out" 2>&1 < /dev/null || got=$?
check "a failure makes the status non-zero" test $got = 1
check "the last line counts everything" test "$(tail -1 "$out")" = "7 passed, 6 failed"
check "a script that ends early has failed" \
	grep -q '^not ok - .*2-ends-early.*planned 2, saw 1' "$out"
check "a script that hangs has failed" grep -q '^not ok - .*3-hangs.*cut off after 3 s' "$out"
check "a script that takes the machine down has failed" grep -q '^not ok - .*4-panics' "$out"
check "the scripts after it run nevertheless" grep -q '^not ok 2 - two' "$out"
check "a script without a plan has failed" grep -q '^not ok - .*6-no-plan.*no plan' "$out"
check "a step that was cut off is one failure, and what is missing none" \
	grep -q '^not ok - .*7-cut-off.*: cut off after [0-9]* s: a step; 1 results before that' \
	"$out"
got=0
scripts/test --only "no such test" > "$out" 2>&1 < /dev/null || got=$?
check "nothing run is no success" test $got = 1 -a "$(tail -1 "$out")" = "0 passed, 0 failed"
check "and it says why" grep -q "error: no test is called so: --only 'no such test'; " "$out"
# shellcheck disable=SC2317  # called through check
wrong()
{
	local text=$1

	shift
	got=0
	scripts/test "$@" > "$out" 2>&1 < /dev/null || got=$?
	[ "$got" = 2 ] && grep -q "^test: error: $text" "$out"
}
check "a kernel that is not there is an error" wrong '--kernel 5: there are: 6\.1 6\.12' --kernel 5
check "so is an option without its value" wrong '--only needs a value' --only
DONJON_TIME_SCALE=x scripts/test --unit > "$out" 2>&1
check "so is a scale that is no number" grep -q 'error: DONJON_TIME_SCALE=x: not a whole' "$out"
check "so is a program that is not built" wrong 'there is no program build/x: run' --unit build/x
check "--unit wants programs" \
	wrong '--unit: no unit test was named; make unit-tests builds' --unit
check "and no folder" wrong 'scripts is a folder: name the programs in it' --unit scripts
exit $status
