/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses that may fault, as single instructions so that the handler can skip them (trap.h). */
	.text
	.globl	probe_read64
probe_read64:
	ldr	x1, [x0]
	mov	x0, x1
	ret

	.globl	probe_read32
probe_read32:
	ldr	w1, [x0]
	mov	w0, w1
	ret

	.globl	probe_write32
probe_write32:
	str	w1, [x0]
	ret

	.globl	probe_write64
probe_write64:
	str	x1, [x0]
	ret

	.globl	probe_exec
probe_exec:
	stp	x29, x30, [sp, #-32]!
	str	x0, [sp, #16]
	adr	x0, 1f
	bl	trap_set_fixup
	ldr	x0, [sp, #16]
	blr	x0
1:	mov	x0, xzr
	bl	trap_set_fixup
	ldp	x29, x30, [sp], #32
	ret
