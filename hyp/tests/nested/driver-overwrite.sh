#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# host: --module no
#
# S3: UEFI's memory overwrite request is made before the first protected VM, where firmware has the
# variable, and withdrawn with the module: once each. A test module is the firmware's variables.

. scripts/lib/limit.sh
. hyp/tests/nested/tap.inc

set=/sys/module/donjon_efivars/parameters
is()	# VALUE [WRITES]
{
	[ "$(cat $set/request) $(cat $set/writes)" = "$1 ${2:-$(cat $set/writes)}" ]
}

guest()	# NAME MODE: ready when it returns; $! is its process
{
	rm -f "/tmp/$1"		# of an earlier guest, which was ready, too
	donjon run configs/secret.ini --set "protection.mode=$2" \
		--set kernel.cmdline=seconds="$LIMIT_TEST" > "/tmp/$1" 2>&1 &
	await $! grep -q ready "/tmp/$1"
}

# load WORDS: the module, and what it says of resets
load()
{
	dmesg -c > /dev/null
	insmod /lib/donjon/donjon.ko &&
		dmesg | grep -q "after a reset that EL2 does not see, guests' memory is $1\$"
	ok $? "loaded: guests' memory is $1"
}

load readable
guest a required
kill $!
wait $!
rmmod donjon
ok $? "without UEFI a guest runs, and the module goes"

insmod /lib/donjon/donjon_efivars.ko missing=1
load readable
guest a required
kill $!
wait $!
rmmod donjon
is 16 0
ok $? "firmware without the variable does not get it"

echo 0 > $set/missing
load 'overwritten by UEFI, if root lets it'
guest u off
is 16 0
ok $? "an unprotected VM requests nothing"
kill $!
wait $!
guest a required
a=$!
is 17 1
ok $? "the first protected VM does, and leaves the other bits"
guest b required
b=$!
is 17 1
ok $? "the second has nothing to request"
kill $a
wait $a
guest u off
kill $!
wait $!
is 17 1
ok $? "it stands when the first has ended"
kill -KILL $b
wait $b
for guest in c d; do
	guest $guest required
	kill $!
	wait $!
done
is 17 1
ok $? "nor is it written again when the last was killed, and with others"
rmmod donjon && is 16 2
ok $? "it is withdrawn before the module goes"

load 'overwritten by UEFI, if root lets it'
echo 1 > $set/request
guest a required
kill $!
wait $!
rmmod donjon
is 1 2
ok $? "what root has requested is not withdrawn"

echo 16 > $set/request
load 'overwritten by UEFI, if root lets it'
guest a required
is 17 3
ok $? "a guest again"
kill $!
wait $!
is 17 3
ok $? "the request stands"
rmmod donjon && is 16 4
ok $? "the module does not go before it is withdrawn"

load 'overwritten by UEFI, if root lets it'
echo 1 > $set/refuse
guest a required
ok $? "a guest runs when firmware refuses"
dmesg | grep -q 'memory overwrite request cannot be changed: status 0x8000000000000007'
ok $? "which is in the log"
kill $!
wait $!
rmmod donjon
! dmesg | grep -q 'BUG:\|WARNING:\|Oops'
ok $? "the host's log is clean"
echo "1..$n"
