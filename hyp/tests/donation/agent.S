/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The runner's guest: one page, at any address. x19 is the device by which it talks:
 *
 *   write +16 and more   a word: what was read, or what the call answered; the offset: how the
 *                        command ended (END_*)
 *   read  +0             the next command: address of a page, and in bits [2:0] enum guest_op of
 *                        target.h
 *   read  +8             a word to write; of a conversion, its top
 *
 * An access that cannot be made ends by an interrupt, which the runner injects, or by an external
 * abort: then the command is given up.
 */
#define END_DONE	16
#define END_MIXED	24	/* read: not all words of the page are the same */
#define END_INTERRUPTED	32
#define END_ABORTED	40
#define WORDS		512

	.section .rodata
	.globl	agent, agent_end
	.balign	8
agent:
	adr	x10, agent + 0x800
	msr	vbar_el1, x10
	mov	x10, #0xff
	msr	s3_0_c4_c6_0, x10	/* ICC_PMR_EL1 */
	mov	x10, #1
	msr	s3_0_c12_c12_7, x10	/* ICC_IGRPEN1_EL1 */
	isb
	msr	daifclr, #2
	mov	x8, #0
	mov	x9, #END_DONE
next:
	str	x8, [x19, x9]
	ldr	x4, [x19]
	mov	x9, #END_DONE
	and	x6, x4, #7
	bic	x7, x4, #7
	cmp	x6, #1
	b.eq	read
	cmp	x6, #2
	b.eq	write
	cmp	x6, #3
	b.eq	share
	cmp	x6, #4
	b.eq	unshare
	mov	x3, #0			/* RIPAS: EMPTY */
	cmp	x6, #5
	b.eq	convert
	mov	x3, #1			/* RAM */
	cmp	x6, #6
	b.eq	convert
	b	next
read:
	ldr	x8, [x7]
	mov	x10, #1
1:	ldr	x11, [x7, x10, lsl #3]
	cmp	x11, x8
	b.eq	2f
	mov	x9, #END_MIXED
2:	add	x10, x10, #1
	cmp	x10, #WORDS
	b.ne	1b
	b	next
write:
	ldr	x5, [x19, #8]
	mov	x8, x5
	mov	x10, #0
1:	str	x5, [x7, x10, lsl #3]
	add	x10, x10, #1
	cmp	x10, #WORDS
	b.ne	1b
	b	next
share:
	mov	x0, #3
	b	call
unshare:
	mov	x0, #4
call:
	movk	x0, #0xc600, lsl #16	/* KVM_VENDOR_MEM_SHARE, KVM_VENDOR_MEM_UNSHARE */
	mov	x1, x7
	mov	x2, #0
	mov	x3, #0
	hvc	#0
	mov	x8, x0
	b	next

	/*
	 * RSI_IPA_STATE_SET again and again, up to the top. x1: how far it got; bits [2:0] of the
	 * word say why not further.
	 */
convert:
	ldr	x12, [x19, #8]
	and	x4, x12, #1
	bic	x12, x12, #1
	mov	x1, x7
1:	mov	x13, x1
	mov	x0, #0x197
	movk	x0, #0xc400, lsl #16
	mov	x2, x12
	smc	#0
	mov	x10, #3
	cmn	w0, #1			/* SMCCC_NOT_SUPPORTED */
	b.eq	2f
	mov	x10, #1			/* bad input */
	cbnz	x0, 2f
	mov	x10, #2			/* rejected */
	cbnz	x2, 2f
	mov	x10, #0
	cmp	x1, x12
	b.hs	2f
	mov	x10, #4			/* accepted, but nothing done */
	cmp	x1, x13
	b.ne	1b
2:	orr	x8, x1, x10
	b	next

	/* Vectors: of the current exception level with its own stack pointer. */
	.space	agent + 0xa00 - .
	mov	x9, #END_ABORTED
	b	given_up
	.space	agent + 0xa80 - .
	mrs	x10, s3_0_c12_c12_0	/* ICC_IAR1_EL1 */
	msr	s3_0_c12_c12_1, x10	/* ICC_EOIR1_EL1 */
	mov	x9, #END_INTERRUPTED
given_up:
	mov	x8, x1			/* of a conversion: where it is */
	msr	daifclr, #2
	b	next
agent_end:
	.section .note.GNU-stack, "", %progbits
