#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# host: --config configs/linux.ini --config configs/linux-6.12.ini
#
# S1: Debian's unmodified 7.3 kernel as a protected guest: what it finds, its disk, entropy and
# clock, the ways to end, and what the host can see of its memory while it runs.

. vmm/tests/nested/tap.inc
. vmm/tests/nested/linux-steps.inc
. hyp/tests/nested/attack.inc

plan 15

# The digest of the guest's secret; the guest makes it for itself.
secret=$(echo donjon | sha256sum | cut -d ' ' -f 1)
before=$(sha256sum < $disk | cut -d ' ' -f 1)

begin configs/linux.ini rsi,cpus,disk,write,entropy,clock,secret,hold,reboot
wait_for "hold: waiting" $out
check "the guest runs in a Realm" grep -q "guest: rsi: RME: Using RSI version 1.0" $out
check "both CPUs are up" grep -q "guest: cpus: 2, online 0-1" $out
check "its disk's checksum is the host's" grep \
	-q "guest: disk: 16384 sectors, read-only 0, sha256 $before" $out
check "it writes to its disk" grep -q "guest: write: " $out
check "it gets entropy from the host" grep -q "guest: entropy: /dev/hwrng from virtio_rng" $out
check "its clock is right" clock_is_right
donjon-attack scan $pid "$secret" > /tmp/scan 2>&1
result=$?
sed 's/^/# /' /tmp/scan
check "of the guest's pages only shared ones can be read, all of them, without the secret" \
	[ $result = 0 ]
check "some are shared, for the guest has a disk" grep \
	-qE "scan: [1-9][0-9]* private pages refused, [1-9][0-9]* shared ones" /tmp/scan
echo "go" >&7
finish
check "looking has not harmed it" grep -q "guest: hold: go, the secret is intact" $out
check "reboot ends with status 5" ended 5
check "what it wrote is in the file" [ "$(sha256sum < $disk | cut -d ' ' -f 1)" != "$before" ]

steps configs/linux.ini read,off
check "a second boot reads what the first one wrote" grep -q "guest: read: " $out
check "poweroff ends with status 0" ended 0

begin configs/linux.ini secret,hold,panic
wait_for "hold: waiting" $out
echo "go" >&7
finish
check "a panic ends with status 4" ended 4

check "no guest's page is left" sh -c "! grep -q guest /sys/kernel/debug/donjon/ledger"
