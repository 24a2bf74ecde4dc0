/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SIGBUS and SIGSEGV: touching a page that belongs to a protected guest ends the VMM, and then it
 * should say which device did it, to which page. Devices that expect it use fault_guard() and get
 * an error instead.
 */
#pragma once

#include "ram.h"

/*
 * Reports faults inside @ram, whose addresses are copied, and ends the process with EXIT_VMM_ERROR;
 * other faults, and SIGABRT, take their default course after the terminal has been restored. 0 or a
 * negative errno.
 */
int fault_handler_install(const struct guest_ram *ram);

/*
 * Calls @access(@argument), which touches guest memory and nothing else: it must neither lock nor
 * allocate, for it may end in the middle. 0, or -EFAULT when it touched a page that the guest keeps
 * to itself. Other faults take their usual course. Any thread; not from within @access.
 */
int fault_guard(void (*access)(void *argument), void *argument);
