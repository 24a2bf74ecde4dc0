// SPDX-License-Identifier: GPL-2.0-only
#include "suites.h"
#include "tap.h"
int suite_api(void) { return tap_end(); }
