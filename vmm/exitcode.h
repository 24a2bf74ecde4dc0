/* SPDX-License-Identifier: GPL-2.0-only */
/* The exit status of donjon: a promise to scripts, documented in donjon.1. */
#pragma once

enum exit_code {
	EXIT_POWERED_OFF = 0, /* the guest powered off; for other commands: success */
	EXIT_VMM_ERROR = 1,   /* donjon or the host's KVM failed */
	EXIT_CONFIG = 2,      /* usage or configuration */
	EXIT_HOST_CANNOT = 3, /* no KVM, no protection, RLIMIT_MEMLOCK, no memory */
	EXIT_CRASHED = 4,     /* the guest crashed, or lost a page */
	EXIT_RESET = 5,	      /* the guest asked for a reset */
	EXIT_TIMED_OUT = 6,   /* --timeout */
	EXIT_SIGNAL_BASE =
		128, /* stopped by a signal: 128 + its number; Ctrl-a x counts as SIGINT */
};
