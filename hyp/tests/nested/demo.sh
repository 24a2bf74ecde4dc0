#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S1: what `make run` shows: kernel, EL2, a guest, and a refused read by the VMM, which a debugger
# makes it do. In a boot of its own: the log must still have the module's first words.
# host: --mem 768M

. hyp/tests/nested/attack.inc
if sh scripts/demo.sh configs/hello.ini > /tmp/out 2>&1 && grep -q 'refused (SIGBUS)' /tmp/out; then
	echo "ok 1 - the demonstration"
else
	echo "not ok 1 - the demonstration"
	sed 's/^/# /' /tmp/out
fi
echo "1..1"
