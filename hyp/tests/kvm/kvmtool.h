/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_KVMTOOL_H
#define TESTS_KVMTOOL_H

#include "small_vm.h"

/* What kvmtool asks of /dev/kvm. */
void test_kvmtool(void);

#endif
