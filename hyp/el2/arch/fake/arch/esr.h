/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's constants. */
#include "../../aarch64/arch/esr.h"
