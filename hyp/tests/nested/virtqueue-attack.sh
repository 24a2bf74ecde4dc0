#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# S5: a guest that means harm to its VMM's devices: neither the VMM nor the host dies or hangs, no
# device writes where it must not, and the guest can still power off.

. hyp/tests/nested/smp.inc

# What other tests have left in the log is theirs.
dmesg -c > /dev/null
disk=/tmp/virtqueue.img
yes "not to be written" | head -c 4194304 > $disk

# attack NAME KEY=VALUE...: with a disk whose contents must stay.
attack()
{
	name=$1
	shift
	before=$(sha256sum < $disk)
	start virtqueue /tmp/guest vm.cpus=2 'disk "target".path='$disk "$@"
	wait $!
	result $? "$name: the guest ends by its own power-off" /tmp/guest
	[ "$(sha256sum < $disk)" = "$before" ]
	result $? "$name: the disk is as it was" /tmp/guest
}

attack "a Realm" 'disk "target".discard=yes'
grep -q "^virtqueue: 2 devices, 2[0-9][0-9] attacks" /tmp/guest
result $? "all attacks were made" /tmp/guest
case $(uname -r) in
6.1.*) ;;	# the VMM's part is the same on all kernels
*) attack "an unprotected guest" 'disk "target".readonly=yes' protection.mode=off ;;
esac
attack "a Realm with a virtio console" console.type=virtio kernel.cmdline=console=none
run hello "the next guest runs" "Hello from a guest"
dmesg | grep -qE "BUG|Oops|Call trace|EL2: panic"
[ $? = 1 ]
result $? "the host is well" /tmp/guest
! grep -q guest /sys/kernel/debug/donjon/ledger
result $? "no guest's page is left" /sys/kernel/debug/donjon/ledger
echo "1..$n"
