#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S1, S3: translation maintenance of the unmodified EL2 image: a plugin of QEMU watches it from
# outside while guests run, scripts move pages and attacks go on, on two CPUs at once, and
# hyp/tests/tlb/check.py holds what was seen against its rules (check.py --rules prints them). Then
# what each operation costs, against the committed figures.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
. hyp/tests/nested/guests.inc
tlb=hyp/tests/tlb
counts=hyp/tests/counts
plugin=$PWD/build/tests/tlb/donjon-tlb.so
work=$(mktemp -d "${TMPDIR:-/tmp}/tlb.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# watch NAME MINIMUM 'ARGUMENTS of check.py' ARGUMENTS of scripts/host... One boot; the run itself
# must succeed, be seen, and break no rule. The checker reads while the machine runs.
watch()
{
	local name=$1 minimum=$2 options=$3 reader ended=0

	shift 3
	mkfifo "$work/stream"
	# shellcheck disable=SC2086  # a list of arguments
	python3 $tlb/check.py --minimum "$minimum" $options "$work/stream" > "$work/seen" 2>&1 &
	reader=$!
	# Held open, so that the reader neither waits forever nor ends before the machine.
	exec 8<> "$work/stream"
	scripts/host --timeout "$LIMIT_TEST" --qemu "-plugin $plugin,out=$work/stream" "$@" \
		> "$work/out" 2>&1 < /dev/null 8>&- || ended=$?
	exec 8>&-
	if was_cut_off $ended; then
		kill $reader
		cut_off "$name" "$LIMIT_TEST"
	fi
	check "$name: the run ends well" test $ended = 0
	wait $reader
	ended=$?
	mv "$work/seen" "$work/out"
	check "$name: $(tail -1 "$work/out")" test $ended = 0
	rm -f "$work/stream"
}

# edited NAME FIELD CHANGE MESSAGE: a baseline with one figure changed by hand must be refused,
# naming row and figure.
edited()
{
	local row="VM_MAP 4 KiB, protected, activated "

	awk -F '|' -v row="$row" -v field="$2" -v change="$3" '
		index($0, row) == 1 && $1 !~ /;/ { split($2, f, " "); f[field] += change
			printf "%s|", $1
			for (i = 1; i <= 7; i++)
				printf " %d", f[i]
			print ""
			next
		}
		{ print }' \
		$counts/baseline.txt > "$work/baseline"
	python3 $counts/counts.py --compiler "$compiler" --lock "$lock" "$work/baseline" \
		"$work/counts" > "$work/out" 2>&1
	check "counts: $1 is noticed" test $? = 1
	check "counts: and named" grep -q "error: ${row% }: $4" "$work/out"
}

attack='. hyp/tests/nested/attack.inc'

[ -f "$plugin" ] || { echo "Bail out! $plugin is not built: run make"; exit 1; }
python3 $tlb/check.py --cases $tlb/cases > "$work/out" 2>&1
check "hand-made streams: each rule catches what breaks it" test $? = 0
watch "guests, 6.12" 5000 '' -- sh -c "$guests"
watch "donation scripts, 6.12" 100000 '' --reserve 0x40000000:0x200000 \
	--reserve 0xbfe00000:0x200000 -- \
	sh -c "$attack && donjon-donation scripts/donation"
watch "calls, 6.12" 5000 '' -- sh -c "$attack && donjon-attack objects"
watch "repeated TLBI, 6.12" 2000 --repeat --module-args tlbi_repeat=1 -- donjon run \
	configs/share.ini
# A core with CVE-2025-10263: EL2 repeats them without being asked.
watch "repeated TLBI on neoverse-n1, 6.12" 2000 --repeat --cpu neoverse-n1 -- donjon run \
	configs/share.ini
# Without FEAT_S2FWB and FEAT_MOPS: cleaning on each donation, DC ZVA.
watch "guests on cortex-a72, 6.1" 2000 '' --kernel 6.1 --cpu cortex-a72 -- \
	sh -c 'donjon run configs/hello.ini && donjon run configs/share.ini'

compiler=$("${CROSS:-aarch64-linux-gnu-}gcc" -dumpfullversion)
lock=$("${CROSS:-aarch64-linux-gnu-}nm" build/el2/el2.elf | sed -n 's/ B host_lock$//p')
KEEP=$work/counts $counts/counts.sh > "$work/out" 2>&1
ended=$?
! was_cut_off $ended || cut_off "counts" "$LIMIT_TEST"
check "counts: $(tail -1 "$work/out")" test $ended = 0
python3 $tlb/check.py "$work/counts" > "$work/out" 2>&1
ended=$?
check "$(tail -1 "$work/out")" test $ended = 0
edited "a figure made smaller by hand" 2 -1 "TLBIs grew"
edited "a figure made larger by hand" 5 1 "stores fell"
echo "1..$n"
exit $status
