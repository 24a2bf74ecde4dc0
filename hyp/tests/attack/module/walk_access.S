/* SPDX-License-Identifier: GPL-2.0-only */
/* One load, whose exception comes here. An SError is EL2's panic, which Linux shall report. */
#include <linux/linkage.h>
#include <asm/assembler.h>

	.text
	.balign	2048
walk_vectors:
	.rept	4
	.balign	128
	b	.
	.endr
	/* From this exception level: past the instruction. */
	.balign	128
	mrs	x0, elr_el1
	add	x0, x0, #4
	msr	elr_el1, x0
	mrs	x0, esr_el1
	eret
	.rept	2
	.balign	128
	b	.
	.endr
	.balign	128
	ldr_l	x0, walk_linux
	msr	vbar_el1, x0
	isb
	add	x0, x0, #0x380
	br	x0
	.balign	2048

SYM_FUNC_START(walk_access)
	mrs	x1, vbar_el1
	str_l	x1, walk_linux, x2
	adr_l	x2, walk_vectors
	msr	vbar_el1, x2
	isb
	mov	x3, x0
	mov	x0, #0
	ldr	x3, [x3]
	msr	vbar_el1, x1
	isb
	ret
SYM_FUNC_END(walk_access)

	.bss
	.balign	8
walk_linux:
	.skip	8
