#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# scripts/check-style finds nothing, and would find what it is for.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/style.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# finds FINDING LINES: these lines, as a C file with its licence, give this finding and no other
# shellcheck disable=SC2317  # called through check
finds()
{
	# shellcheck disable=SC2059  # the format is the lines
	printf "// SPDX-License-Identifier: GPL-2.0-only\n$2" > "$work/x.c"
	LC_ALL=C awk -v columns=100 -v lines=600 -v body=60 -f scripts/lib/style.awk \
		"$work/x.c" > "$work/out"
	[ "$(sed "s|^$work/x.c:||" "$work/out")" = "$1" ]
}

scripts/check-style > "$work/out" 2>&1
check "make check-style finds nothing" test $? = 0
x=$(printf 'x%.0s' $(seq 100))
check "100 columns are fine" finds '' "$x\n"
check "101 are not" finds '2: 101 columns; at most 100' "x$x\n"
check "a tab counts to the next multiple of 8" finds '2: 108 columns; at most 100' "\t$x\n"
check "white space at the end of a line" finds '2: white space at its end' 'x \n'
check "a contraction in a comment" finds "2: 'can't': write it in two words" "/* it can't */\n"
check "a contraction in a message" finds "2: 'isn't': write it in two words" 'x("isn'"'"'t");\n'
check "a genitive is none" finds '' "/* the host's */\n"
check "a comment of C++" finds '2: a // comment; write /* */' 'int x; // x\n'
check "an address is none" finds '' 'x("https://x");\n'
body=$(printf '\\tx();\\n%.0s' $(seq 60))
check "a function of 60 lines is fine" finds '' "void f(void)\n{\n$body}\n"
check "one of 61 is not" finds '3: 61 lines in this function; at most 60' \
	"void f(void)\n{\n\n$body}\n"
check "nor is a file of 601 lines" finds '601: 601 lines; split it, at most 600' \
	"$(printf 'x;\\n%.0s' $(seq 600))"
echo "1..$n"
exit $status
