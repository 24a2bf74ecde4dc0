#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Translation maintenance of the unmodified EL2 image: a plugin of QEMU watches it from outside while guests run, scripts move pages and attacks
# go on, on two CPUs at once, and hyp/tests/order/check.py holds what was seen against its rules (check.py --rules prints them). Then what each
# operation costs, against the committed figures.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
plugin=$PWD/build/tests/order/donjon-order.so
work=$(mktemp -d "${TMPDIR:-/tmp}/order.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# watch NAME MINIMUM 'ARGUMENTS of check.py' ARGUMENTS of scripts/host...: one boot; the run itself must succeed, be seen, and break no rule.
watch()
{
	local name=$1 minimum=$2 options=$3

	shift 3
	timeout 150 scripts/host --timeout 120 --qemu "-plugin $plugin,out=$work/stream" "$@" > "$work/out" 2>&1 < /dev/null
	check "$name: runs" test $? = 0
	# shellcheck disable=SC2086  # a list of arguments
	python3 hyp/tests/order/check.py --minimum "$minimum" $options "$work/stream" > "$work/out" 2>&1
	check "$name: $(tail -1 "$work/out")" test $? = 0
	rm -f "$work/stream"
}

guests='donjon run configs/hello.ini && donjon run configs/share.ini && donjon run configs/faults.ini &&
	donjon run configs/hello.ini --set kernel.image=build/guest/smp.bin --set vm.cpus=2 &&
	donjon run configs/hello.ini --set protection.mode=off'
calls='. hyp/tests/nested/attack.inc && donjon-attack objects && donjon-attack blocks'
scripts='{ ! [ -x /bin/donjon-script ] || ! [ -d scripts/donation ] || donjon-script scripts/donation; }'

[ -f "$plugin" ] || { echo "Bail out! $plugin is not built: run make"; exit 1; }
python3 hyp/tests/order/check.py --cases hyp/tests/order/cases > "$work/out" 2>&1
check "hand-made streams: each rule catches what breaks it" test $? = 0
watch "guests, 6.12" 5000 '' -- sh -c "$guests"
watch "calls and scripts, 6.12" 5000 '' -- sh -c "$calls && $scripts"
watch "repeated TLBI, 6.12" 2000 --repeat --module-args tlbi_repeat=1 -- donjon run configs/share.ini
# Without FEAT_S2FWB and FEAT_MOPS: cleaning on each donation, DC ZVA.
watch "guests on cortex-a72, 6.1" 2000 '' --kernel 6.1 --cpu cortex-a72 -- \
	sh -c 'donjon run configs/hello.ini && donjon run configs/share.ini'
echo "1..$n"
exit $status
