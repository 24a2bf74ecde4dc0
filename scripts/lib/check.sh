# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154  # status is for the sourcing script, shown is from it
# TAP lines for the tests of scripts/tests. $shown: the file that explains a failure.

. scripts/lib/limit.sh

n=0
status=0

# check NAME CONDITION...
check()
{
	local name=$1

	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$shown" 2> /dev/null
		status=1
	fi
}
