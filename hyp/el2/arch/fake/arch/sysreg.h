/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields of system registers that the core looks at (DDI 0487, C5.2). */
#ifndef DONJON_ARCH_SYSREG_H
#define DONJON_ARCH_SYSREG_H

#include <el2/types.h>

#define PSR_MODE_MASK	MASK(4, 0)
#define PSR_MODE_EL0	0x0UL
#define PSR_MODE_EL1T	0x4UL
#define PSR_MODE_EL1H	0x5UL
#define PSR_DAIF	MASK(9, 6)

#endif
