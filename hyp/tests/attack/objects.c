// SPDX-License-Identifier: GPL-2.0-only
#include "suites.h"
#include "tap.h"
int suite_objects(void) { return tap_end(); }
