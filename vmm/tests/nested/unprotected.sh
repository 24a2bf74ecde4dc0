#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 6.12
# host: --kvm nvhe
#
# donjon on a stock kernel's own KVM: an unprotected guest, and every exit status that scripts rely
# on.

. vmm/tests/nested/tap.inc

plan 43

# flat FILE ARGUMENTS...: runs raw code as an unprotected guest.
flat()
{
	file=$1
	shift
	run run configs/hello.ini --set "kernel.image=$file" --set kernel.format=flat \
		--set protection.mode=off "$@"
}

run run configs/hello.ini --set kernel.cmdline=expect=unprotected
check "a preferred guest runs unprotected and says so" ended 0 "UNPROTECTED" "Hello"
run run configs/hello.ini --set protection.mode=off
check "an unprotected guest powers off with status 0" ended 0 "Hello"
check "nothing is said about protection when none is wanted" silent "UNPROTECTED"
run run configs/hello.ini --set protection.mode=required
check "a required guest is refused with status 3 and advice" ended 3 \
	"this host cannot protect the guest" \
	"insmod donjon.ko"
check "a refused guest has not run" silent "Hello"
run run configs/hello.ini --set kernel.image=build/guest/smp.bin --set vm.cpus=3 \
	--set protection.mode=off
check "three CPUs" ended 0 "3 CPUs"
run run configs/hello.ini --set vm.backing=memfd --set vm.hugepages=never --set protection.mode=off
check "guest RAM from a memfd in small pages" ended 0 "Hello"

# movz w0, #9; movk w0, #0x8400, lsl #16; hvc #0; b .  -- PSCI SYSTEM_RESET
words /tmp/reset.bin 52800120 72b08000 d4000002 14000000
flat /tmp/reset.bin
check "a reset ends with status 5" ended 5 "the guest asked for a reset"
run run configs/hello.ini --set kernel.image=/tmp/reset.bin --set protection.mode=off
check "a flat file is not taken for an Image" ended 2 "not an arm64 Image"
words /tmp/spin.bin 14000000
flat /tmp/spin.bin --timeout 1
check "a guest that spins ends with status 6" ended 6 \
	"the guest is still running after 1 s (--timeout)"

# A vector table at 0x40000800 whose handler for its own synchronous exceptions powers off (PSCI
# SYSTEM_OFF), then an access to 0x30000000: VBAR_EL1 = 0x40000800; isb; x1 = 0x30000000; ldr w0,
# [x1] (or ldp x2, x3, [x1]); b .
set_vectors="d2a80000 f2810000 d518c000 d5033fdf d2a60001"
words /tmp/off.bin 52800100 72b08000 d4000002 14000000
for access in b9400020 a9400c22; do
	# shellcheck disable=SC2086  # a list of words
	words /tmp/$access.bin $set_vectors $access 14000000
	dd if=/tmp/off.bin of=/tmp/$access.bin bs=2560 seek=1 2> /dev/null
done
flat /tmp/b9400020.bin
check "a read from nowhere is reported with its place, and the guest gets an abort" ended 0 \
	"guest read of 4 bytes at unmapped IPA 0x30000000 (pc 0x40000014)" \
	"it gets an external abort"
flat /tmp/a9400c22.bin
check "so is one by an instruction that cannot be emulated" ended 0 \
	"cannot be emulated at unmapped IPA 0x30000000 (pc 0x40000014); it gets an external abort"

echo "nothing" | gzip > /tmp/Image.gz
run run configs/hello.ini --set kernel.image=/tmp/Image.gz
check "what is packed in a gzip file must be an Image" ended 2 \
	"/tmp/Image.gz: unpacked: not an arm64 Image"
gzip -c build/guest/hello.bin > /tmp/Image.gz
run run configs/hello.ini --set kernel.image=/tmp/Image.gz --set protection.mode=off
check "a compressed Image runs" ended 0 "Hello"
printf '[vm]\nmemroy = 1G\n' > /tmp/bad.ini
run run /tmp/bad.ini
check "a mistake in the configuration ends with status 2" ended 2 \
	"/tmp/bad.ini:2: [vm]: unknown key 'memroy'; did you mean 'memory'?" "'image' is missing"
run run
check "a missing file name ends with status 2" ended 2 "missing configuration file"

# Disks: what a run would refuse, `check` refuses, too.
truncate -s 1M /tmp/disk
disk='disk "a"'
run check configs/hello.ini --set protection.mode=off --set "$disk.path=/tmp/disk" \
	--set 'disk "b".path=/tmp' \
	--set 'disk "c".path=/nonexistent'
check "a folder is no disk" ended 2 "disk 'b': /tmp is a directory"
run check configs/hello.ini --set protection.mode=off --set "$disk.path=/tmp/disk" \
	--set console.type=virtio
check "check lists devices and the command line" ended 0 "0x00a000000-0x00a000fff  disk 'a'" \
	"0x00a001000-0x00a001fff  console" "0x00a002000-0x00a002fff  rng" \
	"0x009010000-0x009010fff  clock" \
	"command line     panic=-1 reboot=panic_warm"
check "an unprotected guest needs no pool" silent "swiotlb"
run run configs/hello.ini --set protection.mode=off --set "$disk.path=/tmp/disk" \
	--set 'disk "b".path=/tmp/disk'
check "a disk is given once" ended 2 \
	"disk 'b': /tmp/disk is in use: another disk of this virtual machine has locked it"
donjon run configs/hello.ini --set kernel.image=/tmp/spin.bin --set kernel.format=flat \
	--set protection.mode=off \
	--set "$disk.path=/tmp/disk" --verbose > /tmp/holder.out 2>&1 < /dev/null &
pid=$!
wait_for "device tree at" /tmp/holder.out
run run configs/hello.ini --set protection.mode=off --set "$disk.path=/tmp/disk"
check "a disk that another guest has is refused, and the guest named" ended 2 \
	"disk 'a': /tmp/disk is in use: donjon (pid $pid) has locked it; wait until it is done"
run run configs/hello.ini --set protection.mode=off --set "$disk.path=/tmp/disk" \
	--set "$disk.readonly=yes"
check "so it is for reading" ended 2 "has locked it for writing"
kill -KILL $pid
wait $pid 2> /dev/null
run run configs/hello.ini --set protection.mode=off --set "$disk.path=/tmp/disk"
check "a guest that was killed holds no disk" ended 0 "Hello"
run dtb configs/hello.ini --set "$disk.path=/nonexistent" -o /tmp/dtb
check "the device tree of a protected guest: no disk is opened" ended 0
check "it calls PSCI by SMC, and has a pool" sh -c \
	"strings -n 3 /tmp/dtb | grep -q '^smc$' && strings /tmp/dtb | grep -q 'swiotlb=4096'"

# Signals, the process file and the end of output.
donjon run configs/hello.ini --set kernel.image=/tmp/spin.bin --set kernel.format=flat \
	--set protection.mode=off \
	--set vm.backing=memfd --pid-file /tmp/pid --verbose > $out 2>&1 < /dev/null &
pid=$!
wait_for "device tree at" $out
check "--verbose tells where guest RAM lies" grep -qE \
	"guest RAM at host VA 0x[0-9a-f]+ IPA 0x40000000 size 0x1000000" $out
wait_for $pid /tmp/pid
check "--pid-file holds the process" [ "$(cat /tmp/pid)" = $pid ]
# A memfd has its name on every kernel; anonymous memory only where CONFIG_ANON_VMA_NAME is on.
check "guest RAM has its name in the process's map" grep -q "donjon-guest-ram" /proc/$pid/maps
# VmFlags: dc = not copied at fork, dd = not dumped.
check "guest RAM is neither copied at fork nor dumped" sh -c \
	"grep -A 40 donjon-guest-ram /proc/$pid/smaps | grep -m1 VmFlags | grep -w dc | grep -qw dd"
sleep 1
kill -TERM $pid
wait $pid
status=$?
check "SIGTERM ends it with status 143" ended 143 "stopped by Terminated"
check "the process file is gone" [ ! -e /tmp/pid ]
donjon run configs/hello.ini --set kernel.image=/tmp/spin.bin --set kernel.format=flat \
	--set protection.mode=off \
	--set "$disk.path=/tmp/disk" --pid-file /tmp/pid --verbose > /tmp/holder.out 2>&1 \
	< /dev/null &
pid=$!
wait_for $pid /tmp/pid
run run configs/hello.ini --set protection.mode=off --set "$disk.path=/tmp/disk" --pid-file /tmp/pid
check "a second start by mistake leaves the first one's process file" ended 2 "has locked it"
check "which still holds its process" [ "$(cat /tmp/pid)" = $pid ]
kill -TERM $pid
wait $pid
donjon completion > /dev/full 2> $out
status=$?
check "text that cannot be written is an error" ended 1 "standard output: No space left on device"
donjon version >&- 2> $out
status=$?
check "so it is where there is no output" ended 1 "standard output: Bad file descriptor"
donjon run configs/hello.ini --set protection.mode=off --timeout "$LIMIT_STEP" 2> $out \
	< /dev/null > /dev/full
status=$?
check "a console that cannot be written does not stop the guest" ended 0 \
	"cannot write the console's output"
# The messages go through a pipe, for which the limit does not count.
(
	ulimit -f 0
	donjon run configs/hello.ini --set protection.mode=off --timeout "$LIMIT_STEP" \
		3>&1 > /tmp/limited 2>&3 < /dev/null
	echo "status $?"
) | cat > $out
status=$(sed -n 's/^status //p' $out)
check "nor does a limit for the size of files" ended 0 \
	"cannot write the console's output: File too large"
# A reader of messages that reads nothing: the time-out is minded, although its message finds no
# room.
mkfifo /tmp/deaf
# shellcheck disable=SC2217  # as below
sleep "$LIMIT_TEST" < /tmp/deaf &
reader=$!
dd if=/dev/zero of=/tmp/deaf bs=65536 count=1 2> /dev/null
timeout -s KILL "$LIMIT_STEP" donjon run configs/hello.ini \
	--set kernel.image=/tmp/spin.bin --set kernel.format=flat \
	--set protection.mode=off --timeout 1 2> /tmp/deaf < /dev/null > $out
status=$?
kill $reader
not_cut_off "a run whose messages nobody reads"
check "nor does a reader of messages that reads nothing" ended 6
# A reader that reads nothing: the guest blocks while it writes to its console. Input, which goes on
# arriving, must not wait for that in the thread that has the time-out to mind.
mkfifo /tmp/stuck /tmp/keys
# shellcheck disable=SC2217  # it holds the pipe open and reads nothing, which is the point
sleep "$LIMIT_TEST" < /tmp/stuck &
reader=$!
# All that a pipe holds, so that the guest's first byte blocks.
dd if=/dev/zero of=/tmp/stuck bs=65536 count=1 2> /dev/null
(while usleep 100000; do echo; done) > /tmp/keys &
writer=$!
# movz w1, #0x900, lsl #16; str w1, [x1]; b .-4  -- writes to the console forever
words /tmp/shout.bin 52a12001 b9000021 17ffffff
timeout -s KILL "$LIMIT_STEP" donjon run configs/hello.ini \
	--set kernel.image=/tmp/shout.bin --set kernel.format=flat \
	--set protection.mode=off --timeout 3 2> $out < /tmp/keys > /tmp/stuck
status=$?
kill $writer
kill $reader
not_cut_off "a run whose output nobody reads"
check "a reader that reads nothing does not hold up the time-out" ended 6 "(--timeout)"

run dtb configs/hello.ini -o /tmp/dtb
check "dtb writes a device tree" [ "$(hexdump -n 4 -e '4/1 "%02x"' /tmp/dtb)" = d00dfeed ]
run check configs/hello.ini --set protection.mode=off
check "check shows backend, limit and memory map" ended 0 "protection       none" "RLIMIT_MEMLOCK" \
	"0x040000000-0x040ffffff  RAM" "device tree"
mv /dev/kvm /dev/kvm.away
run run configs/hello.ini
check "no /dev/kvm ends with status 3 and advice" ended 3 \
	"/dev/kvm: No such file or directory; load the donjon module"
mv /dev/kvm.away /dev/kvm
chmod 600 /dev/kvm
add_user
run_as_user 64 run configs/hello.ini
check "no permission ends with status 3 and advice" ended 3 "Permission denied; run as root"
