#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash source-path=SCRIPTDIR
# kernels: 6.12
# host: --kvm nvhe --add build/tests/linux-image:/donjon/linux-image
# timeout: 240
#
# An unmodified Debian kernel as the guest, on each console: device tree, initrd, two CPUs, interrupts for output and
# input. The prompt gets one line longer than the UART's queue, so bytes must wait in the VMM and come in order.

. vmm/tests/nested/tap.inc

plan 8

mkdir -p /tmp/root/bin /tmp/root/dev /tmp/root/proc
cp /bin/busybox /tmp/root/bin/
mknod /tmp/root/dev/console c 5 1
cat > /tmp/root/init <<'EOF'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
echo "GUEST IS READY"
while read -r line; do
	case $line in
	cpus) echo "CPUS $(/bin/busybox grep -c ^processor /proc/cpuinfo)" ;;
	off) /bin/busybox poweroff -f ;;
	*) echo "GOT <$line>" ;;
	esac
done
EOF
chmod 755 /tmp/root/init
(cd /tmp/root && find . | cpio -o -H newc > /tmp/initrd 2> /dev/null)

text=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ

# boot TYPE TTY
boot()
{
	rm -f /tmp/in $out
	mkfifo /tmp/in
	donjon run configs/hello.ini --timeout 90 --set protection.mode=off --set vm.memory=256M --set vm.cpus=2 \
		--set kernel.image=linux-image --set kernel.initrd=/tmp/initrd --set "console.type=$1" \
		--set "kernel.cmdline=console=$2 quiet panic=-1" > $out 2>&1 < /tmp/in &
	pid=$!
	exec 7> /tmp/in
	tries=0
	until grep -q "GUEST IS READY" $out || [ $tries -gt 80 ]; do
		tries=$((tries + 1))
		sleep 1
	done
	check "$1: Linux finds its initrd and starts init" grep -q "GUEST IS READY" $out
	echo cpus >&7
	wait_for "CPUS" $out
	check "$1: Linux has started the second CPU" grep -q "CPUS 2" $out
	echo "$text" >&7
	wait_for "Z>" $out
	check "$1: input arrives whole" grep -qF "GOT <$text>" $out
	echo off >&7
	wait $pid
	status=$?
	exec 7>&-
	check "$1: Linux powers off with status 0" ended 0
}

boot pl011 ttyAMA0
boot 8250 ttyS0
