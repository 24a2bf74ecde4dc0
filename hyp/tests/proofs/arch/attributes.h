/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's own values. */
#include <el2/arch/aarch64/arch/attributes.h>
