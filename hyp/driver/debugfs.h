/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/debug/donjon.
 */
#pragma once

void debugfs_start(void);
void debugfs_stop(void);
