#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The nested host boots by UEFI, Debian's for QEMU: the module loads and runs a protected guest,
# and firmware's runtime services, at EL1 behind EL2, still write to its flash. This firmware knows
# no memory overwrite request, which the log says, and refuses that variable even to root. (With
# such a request: hyp/tests/nested/driver-overwrite.sh.) The same with ACPI's tables in place of the
# device tree.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/efi.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out

# boot COMMAND [ARGUMENTS for scripts/host]
boot()
{
	local ended=0

	scripts/host --efi "$work/variables" --mem 512M "${@:2}" \
		--add build/deps/resets/efivarfs.ko:/lib/donjon/efivarfs.ko -- sh -c '
		echo	# what UEFI has printed ends
		insmod /lib/donjon/efivarfs.ko
		mount -t efivarfs efivarfs /tmp
		name=/tmp/DonjonTest-e20939be-32d4-41be-a150-897f85d49829
		mor=/tmp/MemoryOverwriteRequestControl-e20939be-32d4-41be-a150-897f85d49829
		'"$1" > "$work/out" 2>&1 < /dev/null || ended=$?
	! was_cut_off $ended || cut_off "a boot by UEFI"
}

said()
{
	check "$1" grep -qF -- "$2" "$work/out"
}

# shellcheck disable=SC2016  # the nested host expands it
boot 'dmesg | sed -n "s/^.*donjon: after a reset/after a reset/p"
	donjon run configs/hello.ini
	printf "\7\0\0\0works" > $name
	printf "\7\0\0\0\1" > $mor; [ -s $mor ] || echo refused'
said "booted by UEFI, a guest runs" "protected"
said "the log says what a reset leaves" \
	"after a reset that EL2 does not see, guests' memory is readable"
said "the memory overwrite request is refused by this firmware" refused
# shellcheck disable=SC2016
boot 'cat $name' --module no
said "another variable, written with Donjon loaded, is there at the next boot" works
# shellcheck disable=SC2016
boot '[ -e /proc/device-tree ] || echo none
	dmesg | sed -n "s/^.*donjon: the watchdog/the watchdog/p"
	donjon run configs/hello.ini
	rmmod donjon
	[ -e /sys/bus/pci/devices/0000:00:01.0 ] && echo given back' \
	--acpi --qemu '-device i6300esb,addr=01.0'
said "with ACPI, there is no device tree" none
said "a guest runs" "protected"
said "a PCI watchdog is kept from the host" "the watchdog 0000:00:01.0 is kept from the host"
said "and given back" "given back"
echo "1..$n"
exit $status
