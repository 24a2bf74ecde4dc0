#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 6.12
# host: --config configs/linux.ini --config configs/linux-6.12.ini
#
# S1: a protected Linux guest's secret, searched for through /proc/PID/mem; the same search of an
# unprotected one, which finds it; and Debian's 6.12 kernel as a protected guest, which
# has no Realm and nothing to share.

. vmm/tests/nested/tap.inc
. vmm/tests/nested/linux-steps.inc
. hyp/tests/nested/attack.inc

plan 9

# The digest of the guest's secret; the guest makes it for itself.
secret=$(echo donjon | sha256sum | cut -d ' ' -f 1)

# search WHAT: donjon-attack's search of the guest, with its words in /tmp/scan and its status in
# $result.
search()
{
	donjon-attack "$1" $pid "$secret" > /tmp/scan 2>&1
	result=$?
	sed 's/^/# /' /tmp/scan
}

begin configs/linux.ini secret,hold,off
wait_for "hold: waiting" $out
search scan-mem
check "/proc/PID/mem: no secret in all of the guest's memory" [ $result = 0 ]
check "what is private was refused" grep -qE " [1-9][0-9]* were refused" /tmp/scan
echo "go" >&7
finish
check "which does not harm that guest" ended 0 "the secret is intact"
check "no page of that guest is left" sh -c "! grep -q guest /sys/kernel/debug/donjon/ledger"

begin configs/linux-unprotected.ini secret,hold,off
wait_for "hold: waiting" $out
search scan
check "control: an unprotected guest's secret is seen page by page" grep \
	-qE "with the secret: [1-9]" /tmp/scan
search scan-mem
check "control: and through /proc/PID/mem" grep -qE "with the secret: [1-9]" /tmp/scan
echo "go" >&7
finish
check "control: which does not harm that guest" ended 0 "the secret is intact"

steps configs/linux-6.12.ini rsi,cpus,clock,off
check "Debian's 6.12 kernel, protected, ends with status 0" ended 0 "no Realm" "cpus: 2, online 0-1"
check "its clock is right" clock_is_right
