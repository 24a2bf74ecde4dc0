/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/debug/donjon.
 */
#ifndef DONJON_DRIVER_DEBUGFS_H
#define DONJON_DRIVER_DEBUGFS_H

void debugfs_start(void);
void debugfs_stop(void);

#endif
