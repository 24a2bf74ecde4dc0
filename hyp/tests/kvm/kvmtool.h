/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DRIVER_TESTS_KVMTOOL_H
#define DRIVER_TESTS_KVMTOOL_H

#include "test_vm.h"

/* What kvmtool asks of /dev/kvm. */
void test_kvmtool(void);

#endif
