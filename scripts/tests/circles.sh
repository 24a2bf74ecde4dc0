#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# No circles among the objects of EL2, the driver and the VMM, but those that circles.txt allows;
# and a made-up circle is found, as is an exception that nothing needs.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/circles.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out
parts=(el2=build/el2=hyp/el2 vmm=build/vmm/obj=vmm)
for folder in build/driver/*/; do
	parts+=("driver=${folder%/}=hyp/driver")
done

# shellcheck disable=SC2317  # called through check
# found STATUS TEXT ARGUMENT...: check-circles ends so, and says that.
found()
{
	local want=$1 text=$2 status=0

	shift 2
	scripts/check-circles "$@" > "$work/out" 2>&1 || status=$?
	[ "$status" = "$want" ] && grep -qF -- "$text" "$work/out"
}

# source_file NAME USES: a file that defines NAME() and calls USES().
source_file()
{
	printf 'void %s(void);\nvoid %s(void)\n{\n\t%s();\n}\n' "$2" "$1" "$2" > "$work/$1.c"
	"${CROSS:-aarch64-linux-gnu-}gcc" -c -o "$work/$1.o" "$work/$1.c"
}

check "no circles but the allowed ones" found 0 "# driver: " \
	--exceptions scripts/tests/circles.txt "${parts[@]}"
source_file one two
source_file two three
source_file three four
check "a chain is no circle" found 0 "# made: 3 objects" "made=$work=$work"
source_file three one
check "a made-up circle is found" found 1 "made: a circle: one three two" "made=$work=$work"
check "with the symbols that close it" grep -qx '# three -> one: one' "$work/out"
echo "made circle one two three" > "$work/allowed"
check "an exception allows it" found 0 "1 circles allowed" --exceptions "$work/allowed" \
	"made=$work=$work"
source_file three four
check "and must go with it" found 1 "take it off the list: one three two" \
	--exceptions "$work/allowed" "made=$work=$work"
check "a part that is not built is an error" found 1 "no objects" "made=$work/none=$work"
echo "1..$n"
exit $status
