/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DRIVER_TESTS_KVM_MEMORY_H
#define DRIVER_TESTS_KVM_MEMORY_H

/* Pages that a protected guest gives up and takes back. */
void test_memory(void);

#endif
