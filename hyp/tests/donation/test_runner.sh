#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Donation scripts that are wrong, and what donjon-donation has to say about them: a runner that
# never complains proves nothing.

set -u
runner=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
begin='vm a protected
vm u unprotected
pages p order 9
'

# wrong STATUS TEXT LINES: a script of these lines behind the three above ends with this status, and
# its output has the text.
wrong()
{
	local status=0 output

	n=$((n + 1))
	printf '%s%b\n' "$begin" "$3" > "$work/x.dj"
	output=$(timeout "${LIMIT_STEP:-600}" "$runner" "$work/x.dj" 2>&1) || status=$?
	if [ $status = "$1" ] && [[ $output == *"$2"* ]]; then
		echo "ok $n - $2"
		return
	fi
	printf '%s\n' "$output" | sed 's/^/# /'
	echo "not ok $n - status $status, expected $1 and: $2"
}

# What is not as the script says.
wrong 0 'ok 1 - ' 'donate a p to a+0'
wrong 1 'x.dj:4: donate a p+3 to a+3 -> DENIED: expected DENIED, got OK' \
	'donate a p+3 to a+3 -> DENIED'
wrong 1 'x.dj:5: donate a p+3 to a+4: expected OK, got DENIED' \
	'donate a p+3 to a+3\ndonate a p+3 to a+4'
wrong 1 'x.dj:5: reclaim a a+0:8 -> 2 pages: expected 2 pages, got 0' \
	'kill a\nreclaim a a+0:8 -> 2 pages'
wrong 1 'x.dj:4: expect p+3 hyp: page 0: expected hyp, got host' 'expect p+3 hyp'
wrong 1 'page 2: expected guest, got host' 'donate a p+0:2 to a+0\nexpect p+0:3 guest a a+0'
wrong 1 'page 0: expected IPA 0x40001000, got 0x40000000' \
	'donate a p+0:2 to a+0\nexpect p+0:2 guest a a+1'
wrong 1 'page 0: expected VM ' 'vm b protected\ndonate a p+0 to a+0\nexpect p+0 guest b'
wrong 1 'x.dj:6: expect writes 2: since the mark expected 2, got 1' \
	'mark\ndonate a p to a+0\nexpect writes 2'
wrong 1 "there is no 'mark' before it" 'expect writes 0'
wrong 1 'x.dj:4: host read p+0 is 5: p+0: expected a page full of 0x5, got 0x0' 'host read p+0 is 5'
wrong 1 'p+1: expected a page full of 0x8, got 0x9' \
	'host write p+0 7\nhost write p+1 9\nhost read p+0:2 is 7'
wrong 1 'x.dj:5: host read p+0: expected OK, got REFUSED' 'donate a p to a+0\nhost read p+0'
wrong 1 'x.dj:4: guest a read a+0: expected OK, got MISSING' 'guest a read a+0'
wrong 1 'a+0: expected a page full of 0x5, got 0x0' \
	'activate a\ndonate a p+0 to a+0\nguest a read a+0 is 5'
wrong 1 'x.dj:4: destroy a: expected OK, got BUSY' 'destroy a'
wrong 1 'x.dj:4: vm a protected: there is a VM of this name' 'vm a protected'
# A raw call that succeeds behind the specification's back.
wrong 1 'afterwards p, page 0x' 'call VM_MAP a p+0 a+0 0x1000'
wrong 1 "accesses in 'both' are of one page each" 'both host read p+0:2 | host read p+5'
# What is no script.
wrong 2 "x.dj:4: 'give' is no statement" 'give a p'
wrong 2 "x.dj:4: nothing is called 'q'; declare it before" 'donate a q to a+0'
wrong 2 "no VM is called 'c'" 'kill c'
wrong 2 "'to' is missing" 'donate a p a+0'
wrong 2 "'NO' is no answer" 'donate a p to a+0 -> NO'
wrong 2 "'again' is more than 'kill' takes" 'kill a again'
wrong 2 "'p' has 512 pages, not 513" 'donate a p+3:510 to a+0'
wrong 2 "'u' is unprotected" 'donate u p to u+0'
wrong 2 "'mine' is no state" 'expect p mine'
wrong 2 "'repeat' without its 'end'" 'repeat 3\nmark'
wrong 2 "'end' without a 'repeat'" 'end'
wrong 2 "'|' is missing" 'both kill a'
wrong 2 "'mark' cannot be part of 'both'" 'both kill a | mark'
wrong 2 "'3x' is no number of times" 'repeat 3x\nend'
wrong 2 "no call is named 'VM_FLY'" 'call VM_FLY a'
wrong 2 'no guest-physical address' 'reclaim a p+3'
wrong 2 'order 11; at most 10' 'pages q order 11'
wrong 2 "x.dj:5: 'flip' is no statement" "flop\nflip"
# And the command line.
for arguments in '' '--fast' "$work/none.dj" "$work"; do
	rm -f "$work/x.dj"
	n=$((n + 1)) status=0
	# shellcheck disable=SC2086  # perhaps none
	"$runner" $arguments > /dev/null 2>&1 || status=$?
	[ $status = 2 ] && echo "ok $n - status 2: donjon-donation $arguments" ||
		echo "not ok $n - status $status, not 2: donjon-donation $arguments"
done
echo "1..$n"
