#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What scripts/host promises: the command's status and output arrive as they are, and its own errors
# have their own statuses. No module is needed.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shown=$work/err

run()
{
	got=0
	scripts/host "$@" > "$work/out" 2> "$work/err" < /dev/null || got=$?
}

echo 1..24
# Every byte value, and arguments with what shells like to take apart.
for i in $(seq 0 255); do
	# shellcheck disable=SC2059  # the format is the byte
	printf "\\$(printf '%03o' "$i")"
done > "$work/bytes"
# shellcheck disable=SC2016  # for the shell over there
run --module no --kernel 6.12 --add "$work/bytes:/tests/bytes" \
	-- sh -c 'cat /tests/bytes; printf "%s|" "$@"; exit 7' \
	x "a b" "it's" '$HOME' ''
check "the command's status comes back" test $got = 7
# shellcheck disable=SC2016
{ cat "$work/bytes"; printf '%s|' "a b" "it's" '$HOME' ''; } > "$work/want"
check "output and arguments arrive unchanged, byte by byte" cmp "$work/out" "$work/want"
run --module no --kernel 6.1 -- sh -c 'uname -r; ls /lib/donjon/donjon.ko; lsmod'
check "kernel 6.1 runs a command" test $got = 0
check "and it is the stock one" grep -q '^6\.1\.0-[0-9]*-arm64$' "$work/out"
# shellcheck disable=SC2317  # called through check
there_only()
{
	grep -qx /lib/donjon/donjon.ko "$work/out" && ! grep -q '^donjon ' "$work/out"
}
check "with --module no donjon.ko is there, but not loaded" there_only
run --module no --timeout 6 -- sleep 1000
check "a command that hangs ends by time-out" test $got = 124
run --module no -- sh -c 'echo c > /proc/sysrq-trigger'
check "a kernel that panics is told from a command that fails" test $got = 126
check "with its last messages shown" grep -q 'Kernel panic' "$work/err"
# refused TEXT OPTION...: an error of the script, said so
# shellcheck disable=SC2317  # called through check
refused()
{
	local text=$1

	shift
	run "$@"
	[ "$got" = 125 ] && grep -q "^host: error: $text" "$work/err"
}
check "a kernel that is not there is an error of the script" \
	refused '--kernel 9\.9: there are: 6\.1 6\.12' --kernel 9.9 --module no -- true
check "so is a mode that KVM does not have" refused '--kvm foo: say none' --kvm foo -- true
# A tree in which nothing is built.
mkdir -p "$work/tree/build"
cp -r scripts "$work/tree/"
cp build/setup.mk "$work/tree/build/"
ln -s "$PWD/build/deps" "$work/tree/build/"
got=0
"$work/tree/scripts/host" --kernel 7.3 -- true > "$work/out" 2> "$work/err" < /dev/null || got=$?
# shellcheck disable=SC2317  # called through check
not_built()
{
	[ "$got" = 125 ] && grep -q \
		'^host: error: build/driver/7\.3/donjon\.ko is not built: .* for 6\.1 .*7\.3, or' \
		"$work/err"
}
check "so is a module that is not built for the kernel" not_built
check "so is a change of the device tree where there is none" \
	refused '--acpi: then there is no device tree' --acpi --reserve 0x50000000:0x1000 -- true
check "so is an option without its value" refused '--dts needs a value' --dts
check "so is one before the command" refused '--until needs a value' --until -- true
check "so is a missing command" refused 'no command' --module no
# refuses TEXT PROGRAM OPTION...: before it downloads or boots anything
# shellcheck disable=SC2317  # called through check
refuses()
{
	local text=$1 name=$2

	shift 2
	got=0
	PATH=$work/bin:$PATH timeout 20 "scripts/$name" "$@" > "$work/out" 2> "$work/err" \
		< /dev/null || got=$?
	[ "$got" = 2 ] && grep -q "^$name: error: $text" "$work/err" && [ ! -e "$work/begun" ]
}
mkdir "$work/bin"
for name in apt-get cpio; do
	printf '#!/bin/sh\ntouch %s\nexit 1\n' "$work/begun" > "$work/bin/$name"
	chmod +x "$work/bin/$name"
done
check "scripts/qemu checks the kernel first" refuses '--kernel 9: there are: 6\.1' qemu --kernel 9
check "and the mode of KVM" refuses '--kvm foo: say none' qemu --kvm foo
check "and the number of vCPUs" refuses '--cpus x: not a number of vCPUs' qemu --cpus x
check "and the guest's kernel" refuses '--guest 9: there are: 6\.1' qemu --guest 9
check "so does scripts/kvmtool" refuses '--kernel 9: there are: 6\.1' kvmtool --kernel 9 /bin/true
check "with the number of vCPUs" refuses '--cpus x: not a number' kvmtool --cpus x /bin/true
check "and the transport" refuses '--transport x: say pci' kvmtool --transport x /bin/true
check "so does scripts/selftests" refuses '--kernel 9: there are: 6\.1' selftests --kernel 9
run --module no --keep-memory "$work/memory" --mem 512M --reset-ok -- \
	sh -c 'printf %s%s needle-in- haystack > /tmp/x; sync; reboot -f'
check "the machine's memory outlives a reset" grep -aq needle-in-haystack "$work/memory"
exit $status
