#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# README.md promises S1, S2 and so on. Each is named by at least three tests that attack it, in
# their names or head comments, so that `grep -rw S1 hyp vmm guest scripts` finds them; and no test
# names a promise that does not exist.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
least=3
shown=$(mktemp "${TMPDIR:-/tmp}/promises.XXXXXX")
trap 'rm -f "$shown"' EXIT

# tests_of PATTERN: the files of tests, with line and word, in which such a name is a word.
tests_of()
{
	grep -rnowE --include='*.[chS]' --include='*.sh' --include='*.inc' --include='*.dj' \
		--include='*.py' --exclude=promises.sh "$1" \
		hyp/tests vmm/tests guest scripts/donation scripts/tests
}

mapfile -t promises < <(sed -nE 's/^\* \**(S[0-9]+)\b.*/\1/p' README.md)
check "README.md promises S1 to S${#promises[@]}" \
	test "${promises[*]}" = "$(seq -s ' ' -f 'S%g' 7)"
for promise in "${promises[@]}"; do
	tests_of "$promise" | cut -d : -f 1 | sort -u > "$shown"
	check "$promise is named by $(wc -l < "$shown") tests, $least or more" \
		test "$(wc -l < "$shown")" -ge $least
done
tests_of 'S[0-9]+' | grep -vE ":($(IFS='|'; echo "${promises[*]}"))\$" > "$shown"
check "each name that a test has of a promise is one of these" test ! -s "$shown"
echo "1..$n"
exit $status
