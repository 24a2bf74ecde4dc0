/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's DONJON_E* codes as errno values and as text.
 */
#pragma once

/* The negative errno value for a code, 0 for DONJON_OK. */
int hyp_errno(long code);

/* The meaning of a code. */
const char *hyp_strerror(long code);
