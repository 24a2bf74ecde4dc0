#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# The usual guests, one after another, with the specification beside the ledger.
# kernels: 6.12
# host: --mem 1G --module no

. hyp/tests/nested/spec.inc
. scripts/lib/limit.sh

n=0
result() { # GOOD NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
	fi
}

guest() { # NAME ARGUMENT...
	name=$1
	shift
	donjon run --timeout "$LIMIT_STEP" "$@" > /tmp/out 2>&1
	status=$?
	[ $status != 6 ] || cut_off "$name"
	[ $status = 0 ] || sed 's/^/# /' /tmp/out
	result $status "$name"
}

for mode in required off; do
	guest "hello, protection $mode" configs/hello.ini --set protection.mode=$mode
	guest "three vCPUs, protection $mode" configs/hello.ini \
		--set kernel.image=build/guest/smp.bin --set vm.cpus=3 \
		--set protection.mode=$mode
	guest "faults, protection $mode" configs/faults.ini --set protection.mode=$mode
	guest "pages of 4 KiB, protection $mode" configs/hello.ini --set vm.backing=anonymous \
		--set vm.hugepages=never --set protection.mode=$mode
	guest "blocks of the VMM's, protection $mode" configs/hello.ini \
		--set vm.backing=anonymous --set protection.mode=$mode
done
guest "share" configs/share.ini
dmesg | grep -q 'EL2: panic'
[ $? = 1 ]
result $? "EL2 and its specification agreed all the time"
echo "1..$n"
