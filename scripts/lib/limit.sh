# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The tests' time limits, all of them. A limit guards against a hang and decides nothing else: it is
# at least ten times what the step takes on two idle cores. DONJON_TIME_SCALE (a whole number, 1)
# multiplies them all. What a test has to wait for is an event; a step that was cut off is reported
# as such, and nothing that depends on it is checked.
#
# For bash on the build machine and busybox sh in the nested host, where scripts/host brings
# DONJON_TIME_SCALE along. Programs find LIMIT_STEP in their environment.

DONJON_TIME_SCALE=${DONJON_TIME_SCALE:-1}
case $DONJON_TIME_SCALE in
0*|*[!0-9]*)
	echo "error: DONJON_TIME_SCALE=$DONJON_TIME_SCALE: not a whole number above 0" >&2
	exit 125 ;;
esac
# One step: a guest's run, a text in its output, the boot of a nested host. The longest takes 40 s.
LIMIT_STEP=$((600 * DONJON_TIME_SCALE))
# A whole script or program of tests, or a boot of the nested host with all that it has to do. The
# longest takes 4 minutes.
# shellcheck disable=SC2034  # for those that source this file
LIMIT_TEST=$((3600 * DONJON_TIME_SCALE))
export DONJON_TIME_SCALE LIMIT_STEP

# was_cut_off STATUS: whether timeout(1), coreutils' or busybox', ended the command
was_cut_off()
{
	case $1 in
	124|137|143) return 0 ;;
	esac
	return 1
}

# cut_off WHAT [SECONDS]: ends the test, for a step was cut off. scripts/test counts that once.
cut_off()
{
	echo "Bail out! cut off after ${2:-$LIMIT_STEP} s: $1"
	exit 1
}

# uptime_seconds: a clock that nobody sets
uptime_seconds()
{
	cut -d . -f 1 /proc/uptime
}

# gone PID: whether the process has ended, waited for or not
gone()
{
	! [ -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2> /dev/null
}

# A tenth of a second. Not each sleep(1) knows fractions, and only busybox has usleep.
pause()
{
	usleep 100000 2> /dev/null || sleep 0.1
}

# await PID COMMAND...: until COMMAND succeeds. Fails when the process has ended before (PID may be
# empty); ends the test after LIMIT_STEP.
await()
{
	awaited=$1 await_end=$(($(uptime_seconds) + LIMIT_STEP))
	shift
	until "$@"; do
		if [ -n "$awaited" ] && gone "$awaited"; then
			"$@"
			return
		fi
		[ "$(uptime_seconds)" -lt "$await_end" ] || cut_off "waiting for: $*"
		pause
	done
}
