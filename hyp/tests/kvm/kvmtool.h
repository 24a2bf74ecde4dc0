/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include "small_vm.h"

/* What kvmtool asks of /dev/kvm. */
void test_kvmtool(void);
