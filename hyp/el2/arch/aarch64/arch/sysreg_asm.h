/* SPDX-License-Identifier: GPL-2.0-only */
/* Values that the assembly needs in its own notation; offsets.c holds them against the C ones. */
#ifndef DONJON_ARCH_SYSREG_ASM_H
#define DONJON_ARCH_SYSREG_ASM_H

#define DONJON_IMAGE_MAGIC_ASM		0x324c454e4f4a4e44
#define DONJON_ABI_VERSION_ASM		1
#define DONJON_E_NO_MEMORY_ASM		-5
#define MAIR_EL2_VALUE			0x04ff
#define TCR_EL2_VALUE_ASM		0x80803510
#define SCTLR_EL2_ON_ASM		0x30cd183d

#ifdef __ASSEMBLER__
	.macro	mov_imm reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #(((\value) >> 16) & 0xffff), lsl #16
	movk	\reg, #(((\value) >> 32) & 0xffff), lsl #32
	.endm
#endif

#endif
