/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SIGBUS and SIGSEGV: touching a page that belongs to a protected guest ends the VMM, and then it
 * should say which device did it, to which page.
 */
#ifndef DONJON_VMM_FAULT_H
#define DONJON_VMM_FAULT_H

#include "ram.h"

/*
 * Reports faults inside @ram, whose addresses are copied, and ends the process with EXIT_VMM_ERROR;
 * other faults, and SIGABRT, take their default course after the terminal has been restored. 0 or a
 * negative errno.
 */
int fault_handler_install(const struct guest_ram *ram);

#endif
