/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a payload waits for anything before it takes it for a hang. Nothing else depends on it:
 * vCPUs wait for their turn on the host's CPUs, however long that takes.
 */
#pragma once

#define LIMIT_SECONDS	600
