#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016  # the backquotes are those of Markdown
# The documents name what there is: files and functions of docs/walkthrough.md, targets of links.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/docs.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/missing

# Names in backquotes outside of blocks of code, one a line.
names()
{
	sed '/^```/,/^```/d' "$1" | tr '\n' ' ' | grep -oE '`[^`]+`' | tr -d '`' | sort -u
}

# defines FILE FUNCTION: a definition in C or a label in assembly, not only a call
defines()
{
	grep -qE -e "^([a-z_].*[ *])?$2\(|^(1:)?$2:|^#define $2\(" \
		-e "(SYM_[A-Z_]+|function|ENTRY)\(? *$2\b" "$1"
}

# missing FILE: names of files and functions in this document that there are not
missing()
{
	local name file function

	while IFS= read -r name; do
		file=${name%%:*} function=''
		case $name in
		*' '*|*'*'*|*'<'*|/*|-*|*=*) continue ;;
		*:*'()') function=${name#*:} function=${function%'()'} ;;
		*'()') function=${name%'()'} file='' ;;
		esac
		if [ -n "$function" ] && [ -n "$file" ]; then
			if [ ! -f "$file" ]; then
				echo "$1: no file $file"
			elif ! defines "$file" "$function"; then
				echo "$1: $file has no $function()"
			fi
		elif [ -n "$function" ]; then
			grep -rqE "\b$function\(" hyp vmm guest ||
				echo "$1: no $function() anywhere"
		elif [[ $file == */*.* ]] && [[ $file != build/* ]] && [ ! -e "$file" ]; then
			echo "$1: no file $file"
		fi
	done < <(names "$1")
}

# dead_links FILE: links to files that there are not
dead_links()
{
	local target

	while IFS= read -r target; do
		target=${target%%#*}
		case $target in
		''|http:*|https:*|mailto:*) continue ;;
		esac
		[ -e "$(dirname "$1")/$target" ] || echo "$1: link to $target"
	done < <(sed '/^```/,/^```/d' "$1" | grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//')
}

# none COMMAND...: whether it prints nothing
# shellcheck disable=SC2317  # called through check
none()
{
	"$@" > "$work/missing" 2>&1
	[ ! -s "$work/missing" ]
}

# shellcheck disable=SC2317
all_links()
{
	local file

	while IFS= read -r file; do
		dead_links "$file"
	done < <(find . -path ./build -prune -o -path ./.git -prune -o -name '*.md' -print)
}

# shellcheck disable=SC2317
old_name()
{
	grep -rnI --exclude-dir=build --exclude-dir=.git --exclude=docs.sh 'DESIGN\.md' .
}

check "every file and function that docs/walkthrough.md names is there" \
	none missing docs/walkthrough.md
count=$(names docs/walkthrough.md | grep -c '()$')
check "it names many ($count functions)" test "$count" -ge 50
check "links in documents lead to files" none all_links
check "the design document has its name: docs/design.md" none old_name
# That this would be seen.
printf 'Look: `%s`, `%s`, `%s` and [that](none.md).\n' hyp/el2/none.c 'hyp/el2/vm.c:no_such()' \
	'hyp/el2/vm.c:vm_find()' > "$work/made.md"
missing "$work/made.md" > "$work/missing"
check "a file and a function that are missing are found" test "$(wc -l < "$work/missing")" = 2
check "a dead link is found" test "$(dead_links "$work/made.md")" = "$work/made.md: link to none.md"
echo "1..$n"
exit $status
