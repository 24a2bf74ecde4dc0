/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps the pattern in every general-purpose and SIMD register, and reads the registers back. */
#define PSCI_VERSION_ID	0x84000000
#define CAPTURE_SIZE	256		/* x0 to x30 and one unused word */
#define OFF_FIRST	0
#define OFF_SECOND	CAPTURE_SIZE
#define OFF_OUT		(2 * CAPTURE_SIZE)
#define FRAME_SIZE	(OFF_OUT + 16)
#define UART_FR		0x09000018	/* PLAT_UART_BASE + PL011_FR; secret.c asserts it */

	/* x0 and x1 hold the words; the other pairs are copies of them. */
	.macro	fill_registers first
	.irp	n, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	.if	\n >= \first
	mov	x\n, x0
	.endif
	.endr
	.irp	n, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29
	.if	\n >= \first
	mov	x\n, x1
	.endif
	.endr
	.endm

	.macro	capture off
	stp	x0, x1, [sp, #\off]
	stp	x2, x3, [sp, #\off + 16]
	stp	x4, x5, [sp, #\off + 32]
	stp	x6, x7, [sp, #\off + 48]
	stp	x8, x9, [sp, #\off + 64]
	stp	x10, x11, [sp, #\off + 80]
	stp	x12, x13, [sp, #\off + 96]
	stp	x14, x15, [sp, #\off + 112]
	stp	x16, x17, [sp, #\off + 128]
	stp	x18, x19, [sp, #\off + 144]
	stp	x20, x21, [sp, #\off + 160]
	stp	x22, x23, [sp, #\off + 176]
	stp	x24, x25, [sp, #\off + 192]
	stp	x26, x27, [sp, #\off + 208]
	stp	x28, x29, [sp, #\off + 224]
	str	x30, [sp, #\off + 240]
	.endm

	.text
/*
 * void secret_hold(uint64_t word0, uint64_t word1, uint64_t spins, struct secret_registers *out)
 *
 * Even registers hold word0, odd ones word1. For `spins` short loops nothing but interrupts takes
 * the CPU away (first capture); then one HVC and one MMIO read are made with the pattern in all
 * registers that these do not use: x1 to x30 at the HVC, x0 and x2 to x30 at the read (second
 * capture, x0 to x3 loaded anew).
 */
	.globl	secret_hold
secret_hold:
	stp	x19, x20, [sp, #-96]!
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	sub	sp, sp, #FRAME_SIZE
	str	x3, [sp, #OFF_OUT]
	/* The count lives in a register that the pattern does not need. */
	msr	tpidr_el1, x2
	fill_registers 2

1:	.rept	500
	nop
	.endr
	mrs	x0, tpidr_el1
	sub	x0, x0, #1
	msr	tpidr_el1, x0
	cbz	x0, 2f
	mov	x0, x2
	b	1b

2:	mov	x0, x2
	capture	OFF_FIRST

	ldr	w0, =PSCI_VERSION_ID
	hvc	#0
	mov	x0, x4
	mov	x2, x4
	mov	x3, x5
	ldr	x1, =UART_FR
	ldr	w1, [x1]
	mov	x0, x4
	mov	x1, x5
	capture	OFF_SECOND

	ldr	x3, [sp, #OFF_OUT]
	mov	x4, sp
	mov	x5, #(2 * CAPTURE_SIZE)
3:	ldp	x6, x7, [x4], #16
	stp	x6, x7, [x3], #16
	subs	x5, x5, #16
	b.ne	3b

	add	sp, sp, #FRAME_SIZE
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldp	x19, x20, [sp], #96
	ret

/*
 * uint64_t secret_call(uint64_t id, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t word0,
 *			uint64_t word1): HVC #0 with the words in x4 to x17. Returns x0.
 */
	.globl	secret_call
secret_call:
	mov	x6, x4
	mov	x7, x5
	.irp	n, 8, 10, 12, 14, 16
	mov	x\n, x4
	.endr
	.irp	n, 9, 11, 13, 15, 17
	mov	x\n, x5
	.endr
	hvc	#0
	ret

/* Where another CPU begins, with a word in x0: it holds it in all its registers, and waits. */
	.globl	secret_cpu
secret_cpu:
	mov	x1, #(3 << 20)
	msr	cpacr_el1, x1
	isb
	mov	x1, x0
	fill_registers 2
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	dup	v\n\().2d, x0
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	dup	v\n\().2d, x0
	.endr
4:	wfi
	b	4b

/* void secret_load_simd(uint64_t word0, uint64_t word1): q0 to q31 hold word0 below word1. */
	.globl	secret_load_simd
secret_load_simd:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fmov	d\n, x0
	mov	v\n\().d[1], x1
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fmov	d\n, x0
	mov	v\n\().d[1], x1
	.endr
	ret

/* void secret_store_simd(uint64_t out[64]) */
	.globl	secret_store_simd
secret_store_simd:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	str	q\n, [x0], #16
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [x0], #16
	.endr
	ret
