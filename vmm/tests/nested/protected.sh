#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
#
# Protected guests on the donjon module, and the limit for locked memory.

. vmm/tests/nested/tap.inc

plan 23

run run configs/hello.ini --set kernel.cmdline=expect=protected --set protection.mode=required
check "a required guest runs protected" ended 0 "Hello"
check "nothing is said about a lack of protection" silent "UNPROTECTED"
run run configs/hello.ini --set protection.backend=pkvm --set protection.mode=required
check "pKVM's backend is not confused with the module" ended 3 \
	"/dev/kvm belongs to the donjon module"
run run configs/hello.ini --set vm.backing=memfd --set kernel.cmdline=expect=protected
check "guest RAM from a memfd" ended 0 "Hello"
check "what the host may do to it is said" ended 0 "memory that the host's kernel manages"
run run configs/hello.ini --set vm.backing=anonymous --set vm.hugepages=never \
	--set kernel.cmdline=expect=protected
check "guest RAM in small pages" ended 0 "Hello"
run run configs/hello.ini --set vm.backing=guest_memfd
check "guest RAM that is the module's" ended 0 "Hello"
check "about which nothing is to be said" silent "manages"
run run configs/hello.ini --set vm.backing=guest_memfd --set protection.mode=off
check "which unprotected guests have not" ended 3 "[vm] backing is guest_memfd"
run run configs/hello.ini --set kernel.image=build/guest/smp.bin --set vm.cpus=3
check "three CPUs" ended 0 "3 CPUs"
run run configs/share.ini
check "sharing and unsharing" ended 0 "checks passed"
run check configs/hello.ini
check "check names the module and what it promises" ended 0 "protection       donjon" \
	"memory and registers" "guest RAM        guest_memfd"

# files N ARGUMENTS...: like run, with a limit of N open files.
files()
{
	limit=$1
	shift
	timeout -s KILL "$LIMIT_STEP" sh -c "ulimit -n $limit && exec donjon $*" > $out 2>&1 \
		< /dev/null
	status=$?
	not_cut_off "donjon $* with $limit files"
}

# Each number of files on the way to a run: none of them ends it without a word.
limit=2
while limit=$((limit + 1)) && [ $limit -lt 64 ]; do
	files $limit run configs/hello.ini
	[ $status != 0 ] || break
	# shellcheck disable=SC2016  # the quotation marks of the message
	grep -qF 'Too many open files (raise the limit with `ulimit -n`)' $out || break
done
check "a limit on open files that is too low is named, wherever it strikes" ended 0 "Hello"
check "and strikes at several places" test $limit -gt 10
timeout -s KILL "$LIMIT_STEP" kvm-api-test with-all-vms donjon run configs/hello.ini > $out 2>&1 \
	< /dev/null
status=$?
check "when all VMs exist, a run says how many can" ended 3 \
	"KVM cannot create the VM: 128 exist already, the most that the donjon module can have"
timeout -s KILL "$LIMIT_STEP" kvm-api-test with-all-vms donjon check configs/hello.ini > $out 2>&1
status=$?
check "and so does check" ended 3 "128 exist already" "protection       donjon"
run run configs/hello.ini
check "when they are gone it runs" ended 0 "Hello"

chmod 666 /dev/kvm
add_user
run_as_user 0 run configs/hello.ini --set kernel.cmdline=expect=protected
check "a protected guest needs no locked memory" ended 0 "Hello"
run_as_user 8192 run configs/hello.ini --set vm.backing=anonymous
check "too small a limit for locked memory ends with status 3, have and need" ended 3 \
	"RLIMIT_MEMLOCK is 8192 KiB, but the guest's memory is pinned and needs 17408 KiB" \
	"ulimit -l 17408"
run_as_user 17408 run configs/hello.ini --set vm.backing=anonymous \
	--set kernel.cmdline=expect=protected
check "the limit that the message names is enough" ended 0 "Hello"
run_as_user 65536 run configs/hello.ini --set vm.backing=anonymous \
	--set kernel.cmdline=expect=protected
check "a limit with room to lock the RAM as well" ended 0 "Hello"
run_as_user 64 run configs/hello.ini --set protection.mode=off
check "the module pins an unprotected guest, too, so it needs the same limit" ended 3 \
	"needs 17408 KiB"
run_as_user 17408 run configs/hello.ini --set protection.mode=off \
	--set kernel.cmdline=expect=unprotected
check "an unprotected guest" ended 0 "Hello"
