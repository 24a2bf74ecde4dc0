# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts share: where things are and how they speak. To be sourced; sets TOP, BUILD, DEPS
# and CACHE.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
BUILD=$TOP/build
# Unpacked packages: qemu/, arm64/, a folder linux-SERIES/ for each kernel.
# shellcheck disable=SC2034  # used by those that source this file
DEPS=$BUILD/deps
# Downloads outlive the clone: a second clone and the CI find them here.
# shellcheck disable=SC2034
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/donjon
PROGRAM=${0##*/}

# One line per step, on stderr, so that a command's own output stays alone on stdout.
say()
{
	printf '%s: %s\n' "$PROGRAM" "$*" >&2
}

# fail STATUS MESSAGE: says what is wrong and what to do next, then ends the script.
fail()
{
	local status=$1

	shift
	printf '%s: error: %s\n' "$PROGRAM" "$*" >&2
	exit "$status"
}

# The kernels that scripts/setup has got, and those that make builds donjon.ko for, on one line.
kernels()
{
	(cd "$DEPS" 2> /dev/null && echo linux-*/version) | sed 's,linux-,,g; s,/version,,g'
}

module_kernels()
{
	sed -n 's/^KERNELS :\{0,1\}+\{0,1\}= //p' "$BUILD"/setup.mk "$BUILD"/setup-matrix.mk \
		2> /dev/null | paste -s -d ' '
}

# Options of scripts/host, checked by those that call it before they begin anything that takes long.
# check_kernel STATUS KERNEL, check_kvm STATUS MODE, check_timeout STATUS SECONDS,
# check_count STATUS OPTION VALUE WHAT
check_kernel()
{
	[[ $2 =~ ^[0-9][0-9a-z.-]*$ && -f $DEPS/linux-$2/version ]] ||
		fail "$1" "--kernel $2: there are: $(kernels)"
}

check_kvm()
{
	case $2 in
	none|nvhe|protected|default) ;;
	*) fail "$1" "--kvm $2: say none, nvhe, protected or default" ;;
	esac
}

check_timeout()
{
	[[ $2 =~ ^[0-9]+$ ]] || fail "$1" "--timeout $2: not a number of seconds"
}

check_count()
{
	[[ $3 =~ ^[1-9][0-9]*$ ]] || fail "$1" "$2 $3: not a number of $4"
}

# need_value STATUS OPTION [VALUE]: an option for which "--" follows has none.
need_value()
{
	[[ $# -ge 3 && $3 != -- ]] ||
		fail "$1" "$2 needs a value; see scripts/$PROGRAM --help"
}

# The calling script's head comment, from its fourth line to the first empty one.
usage()
{
	sed -n '4,/^$/s/^# \{0,1\}//p' "$TOP/scripts/$PROGRAM"
}

# quote WORD...: the words as one line that any POSIX shell reads back as the same words.
quote()
{
	local word

	for word in "$@"; do
		printf "'%s' " "${word//\'/\'\\\'\'}"
	done
}
