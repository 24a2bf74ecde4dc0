#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What scripts/setup takes for installed, by lists of packages such as Debian's own: on Debian 12
# for arm64 only gcc provides gcc-aarch64-linux-gnu. Nothing is installed or downloaded here.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/setup.XXXXXX")
trap 'rm -rf "$work"' EXIT
shown=$work/out
export DPKG_ADMINDIR=$work/dpkg XDG_CACHE_HOME=$work/cache
mkdir -p "$DPKG_ADMINDIR/info" "$DPKG_ADMINDIR/updates" "$work/bin"

# An ordinary user of an arm64 system.
# shellcheck disable=SC2016  # for that program
printf '#!/bin/sh\n[ "$1" = --print-architecture ] && echo arm64\n' > "$work/bin/dpkg"
printf '#!/bin/sh\necho 1000\n' > "$work/bin/id"
chmod +x "$work/bin/dpkg" "$work/bin/id"

package()	# NAME [ARCHITECTURE [PROVIDES [STATE]]]
{
	printf 'Package: %s\nStatus: install ok %s\nVersion: 1\nArchitecture: %s\n' "$1" \
		"${4:-installed}" "${2:-arm64}"
	printf 'Maintainer: Nobody <nobody@example.org>\nDescription: %s\n' "$1"
	[ -z "${3-}" ] || printf 'Provides: %s\n' "$3"
	echo
}

eval "$(sed -n '/^TOOLS="/,/"$/p' scripts/setup)"
# all_but NAME...: the tools that setup wants, except these
all_but()
{
	local tool

	for tool in $TOOLS; do
		[[ " $* " == *" $tool "* ]] || package "$tool"
	done
}

# missing WORDS: setup stops, and these are what it lacks
# shellcheck disable=SC2317  # called through check
missing()
{
	! PATH=$work/bin:$PATH scripts/setup > "$shown" 2>&1 &&
		grep -q "packages are missing.* run 'apt-get install $1' as root" "$shown"
}

provided='c-compiler, gcc-aarch64-linux-gnu (= 4:12.2.0-3)'
# bc is left out, so that setup ends here, without a network.
{
	all_but bc gcc gcc-aarch64-linux-gnu
	package gcc arm64 "$provided"
} > "$DPKG_ADMINDIR/status"
check "what another package provides is installed" missing bc
{
	all_but bc gcc gcc-aarch64-linux-gnu
	package gcc arm64 "$provided" config-files
} > "$DPKG_ADMINDIR/status"
check "but not what a removed one provided" missing 'gcc gcc-aarch64-linux-gnu bc'
{
	all_but bc gcc gcc-aarch64-linux-gnu
	package gcc amd64 "$provided"
	package bc amd64
} > "$DPKG_ADMINDIR/status"
check "nor what is for another architecture" missing 'gcc gcc-aarch64-linux-gnu bc'
{
	all_but cpio kmod
	package cpio all
	package gcc-aarch64-linux-gnu-extra
} > "$DPKG_ADMINDIR/status"
check "packages for all architectures are" missing kmod
{
	all_but bc
	package bc-extra arm64 'abc, bc-base'
} > "$DPKG_ADMINDIR/status"
check "and names are whole ones" missing bc
echo "1..$n"
exit $status
