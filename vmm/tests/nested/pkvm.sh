#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 7.3
# host: --kvm protected
#
# The same donjon on Linux's own pKVM: protected guests, and the limit for locked memory.

. vmm/tests/nested/tap.inc

plan 12

run run configs/hello.ini --set kernel.cmdline=expect=protected --set protection.mode=required
check "a required guest runs protected" ended 0 "Hello"
check "nothing is said about a lack of protection" silent "UNPROTECTED"
run run configs/hello.ini --set protection.backend=donjon --set protection.mode=required
check "the module's backend is not confused with pKVM" ended 3 "donjon: the module is not loaded"
run run configs/hello.ini --set vm.backing=memfd --set kernel.cmdline=expect=protected
check "guest RAM from a memfd" ended 0 "Hello"
run run configs/hello.ini --set vm.hugepages=never --set kernel.cmdline=expect=protected
check "guest RAM in small pages" ended 0 "Hello"
run run configs/hello.ini --set kernel.image=build/guest/smp.bin --set vm.cpus=3
check "three CPUs" ended 0 "3 CPUs"
run run configs/share.ini
check "sharing and unsharing" ended 0 "checks passed"
run check configs/hello.ini
check "check names pKVM and what it promises" ended 0 "protection       pkvm" \
	"nothing about registers"

chmod 666 /dev/kvm
add_user
run_as_user 8192 run configs/hello.ini
check "too small a limit for locked memory ends with status 3, have and need" ended 3 \
	"RLIMIT_MEMLOCK is 8192 KiB, but the guest's memory is pinned and needs 17408 KiB" \
	"ulimit -l 17408"
run_as_user 17408 run configs/hello.ini --set kernel.cmdline=expect=protected
check "the limit that the message names is enough" ended 0 "Hello"
run_as_user 65536 run configs/hello.ini --set kernel.cmdline=expect=protected
check "a limit with room to lock the RAM as well" ended 0 "Hello"
run_as_user 64 run configs/hello.ini --set protection.mode=off
check "an unprotected guest needs no limit" ended 0 "Hello"
