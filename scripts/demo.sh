#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# demo.sh CONFIG: runs in the nested host for `make run`. Shows the stock kernel, that EL2 is
# Donjon's on every CPU, a protected guest, and that the host is refused a page of one. Ends with
# status 0 only when all four were seen.

. scripts/lib/limit.sh

config=${1:-configs/hello.ini}
pid_file=/tmp/demo.pid

say()
{
	printf '\n== %s\n' "$*"
}

give_up()
{
	printf 'demo: failed: %s\n' "$*"
	exit 1
}

say "The host: a stock Debian kernel"
cat /proc/version

say "The module has taken EL2"
dmesg | sed -n 's/^\[[ .0-9]*\] \(donjon: \)/\1/p' | grep -v taint
dmesg | grep -q "donjon: EL2 taken on $(nproc) CPUs" ||
	give_up "EL2 was not taken on all of $(nproc) CPUs"
[ -c /dev/kvm ] || give_up "there is no /dev/kvm"

say "A guest: donjon run $config"
status=0
donjon run --timeout "$LIMIT_STEP" "$config" > /tmp/demo.guest || status=$?
cat /tmp/demo.guest
[ $status = 0 ] || give_up "donjon run $config ended with status $status"

say "The host reaches for a protected guest's page"
[ -x /bin/donjon-attack ] || give_up "/bin/donjon-attack is not built, so nothing reached for it"
: > /tmp/demo.log
donjon run --timeout "$LIMIT_STEP" --pid-file $pid_file configs/secret.ini > /tmp/demo.log 2>&1 &
guest=$!
await $guest grep -q ready /tmp/demo.log ||
	give_up "the guest ended too early: $(cat /tmp/demo.log)"
grep ready /tmp/demo.log
donjon-attack demo "$(cat $pid_file)" || give_up "the host was not refused the guest's page"
kill $guest 2> /dev/null
wait $guest 2> /dev/null
say "Done: kernel, EL2, guest and refusal were all seen"
