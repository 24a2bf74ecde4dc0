#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S1, S6: the module's parameter firmware_calls. What is listed reaches the firmware: QEMU logs the
# registers around each SMC of EL2's, as its firmware has none of the calls that can be listed, and
# answers like EL2. What is not listed does not, and the host's log says so once. What EL2 decides
# about cannot be listed.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/firmware-calls.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# shellcheck disable=SC2016  # the nested host expands it
script='
	. scripts/lib/limit.sh
	said()
	{
		dmesg | grep -oE "donjon: (firmware_calls:|SMC|the firmware) .*"
	}
	refuse()
	{
		dmesg -c > /dev/null
		insmod /lib/donjon/donjon.ko "firmware_calls=$1" 2> /dev/null && rmmod donjon
		echo "$1: $(said | sort -u)"	# busybox insmod tries two system calls
		[ ! -e /dev/kvm ] || echo "$1: loaded"
	}
	for list in zz 0x182000010 0x82000010,0xc4000003 0xc4000021 0xc4000073 0x84000053; do
		refuse $list
	done
	dmesg -c > /dev/null
	insmod /lib/donjon/donjon.ko firmware_calls=0x82000010,0xb2000000 || exit 1
	said
	cat /sys/module/donjon/parameters/firmware_calls
	insmod /lib/donjon/donjon_attack.ko || exit 1
	dmesg -c > /dev/null
	for call in 0x82000010 0xb2010000 0x82000011 0xc2000010 0xc4000003 0x82000011 0xc4000003 \
			0x82000012; do
		donjon-attack smc $call ${call}1111 ${call}2222 ${call}3333 || exit 1
	done
	await "" sh -c "dmesg | grep -q SMC.0x82000012"
	said
	donjon run configs/hello.ini || exit 1
	rmmod donjon_attack
	rmmod donjon'

cross=$(sed -n 's/^CROSS := //p' build/setup.mk)
range=$("${cross}nm" -S build/el2/el2.elf | awk '$4 == "arch_smc" { print "0x" $1 "+0x" $2 }')
scripts/host --module no --timeout "$LIMIT_STEP" \
	--qemu "-d exec,cpu -dfilter $range -D $work/calls" \
	-- sh -c "$script" > "$work/out" 2>&1 < /dev/null
ended=$?
! was_cut_off $ended || cut_off "the nested host"
check "the nested host ends well (status $ended)" test $ended = 0

# refused LIST VALUE WHY
refused()
{
	check "firmware_calls=$1 is refused: $3" grep -qxE \
		"$1: donjon: firmware_calls: '$2' cannot be listed: .*$3.*" "$work/out"
}

refused zz zz 'no number'
refused 0x182000010 0x182000010 'no number'
refused 0x82000010,0xc4000003 0xc4000003 "PSCI's"
refused 0xc4000021 0xc4000021 "SDEI's"
refused 0xc4000073 0xc4000073 "FF-A's"
refused 0x84000053 0x84000053 "TRNG's"
check "none of these loads" sh -c "! grep -q ': loaded' '$work/out'"
check "the log says what is passed on" grep -qx \
	"donjon: the firmware gets these calls of the host's as they are: 0x82000010,0xb2000000" \
	"$work/out"

# heard CALL: EL2 has made an SMC with the arguments that this call had
# shellcheck disable=SC2317  # called through check
heard()
{
	local registers

	registers=$(printf 'X01=%016x X02=%016x X03=%016x' "${1}1111" "${1}2222" "${1}3333")
	tr -s '\n' ' ' < "$work/calls" | grep -q "$registers"
}

# shellcheck disable=SC2317
not_heard()
{
	! heard "$@"
}

check "what is listed reaches the firmware with its arguments" heard 0x82000010
check "with the hint about SVE, too" heard 0xb2010000
for call in 0x82000011 0x82000012 0xc2000010 0xc4000003; do
	check "$call, which is not listed, does not" not_heard $call
done
told=$(grep -x 'donjon: SMC .*' "$work/out")
check "each refused call is in the log once, with a hint where one helps" test "$told" = \
	"donjon: SMC 0x82000011 is refused: if a driver needs it, see the parameter firmware_calls
donjon: SMC 0xc2000010 is refused: if a driver needs it, see the parameter firmware_calls
donjon: SMC 0xc4000003 is refused
donjon: SMC 0x82000012 is refused: if a driver needs it, see the parameter firmware_calls"
check "a protected guest runs" grep -q 'Hello from a guest.*, protected' "$work/out"
echo "1..$n"
exit $status
