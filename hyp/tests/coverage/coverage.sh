#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs guests, donation scripts and attacks in nested hosts with the plugin, and maps the
# instructions that EL2 executed to lines of its source (coverage.py): build/coverage/nested.txt and
# nested-missing.txt.

set -euo pipefail
cd "$(dirname "$0")/../../.."
. hyp/tests/nested/guests.inc
. scripts/lib/limit.sh
folder=build/coverage
mkdir -p $folder
rm -f $folder/*.pcs
plugin=$PWD/build/tests/tlb/donjon-tlb.so
number=0

# run NAME ARGUMENTS of scripts/host...
run()
{
	number=$((number + 1))
	echo "coverage: $1"
	shift
	scripts/host --timeout "$LIMIT_TEST" --qemu "-plugin $plugin,pcs=$folder/$number.pcs" \
		"$@" > $folder/$number.log 2>&1 < /dev/null ||
		echo "coverage: status $?; see $folder/$number.log"
}

attack='. hyp/tests/nested/attack.inc;'
run "guests, 6.12" -- sh -c "$guests; cat /sys/kernel/debug/donjon/ledger; rmmod donjon"
run "guests, 6.1, cortex-a72" --kernel 6.1 --cpu cortex-a72 -- sh -c "$guests"
run "guests, repeated TLBI, neoverse-n1" --module-args tlbi_repeat=1 --cpu neoverse-n1 \
	-- sh -c "$guests"
run "attacks: calls" \
	-- sh -c "$attack for s in objects blocks calls api entries; do donjon-attack \$s; done"
run "attacks: guests and stress" \
	-- sh -c "$attack for s in client memory kernel stress; do donjon-attack \$s; done"
run "donation scripts" \
	--reserve 0x40000000:0x200000 --reserve 0xbfe00000:0x200000 \
	-- sh -c "$attack donjon-donation scripts/donation"
run "a reset with a guest running" --reset-ok -- \
	sh -c 'donjon run configs/secret.ini > /dev/null & sleep 5; reboot -f; sleep 20'
# shellcheck disable=SC2016
run "failures while loading" -- sh -c 'rmmod donjon
	for p in enter init commit start device; do
		insmod /lib/donjon/donjon.ko fail_at=$p:1 || true
	done'
python3 hyp/tests/coverage/coverage.py build/el2/el2.elf $folder $folder/*.pcs
