/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The runner's guest: one page, at any address. x19 is the device by which it talks:
 *
 *   write +16 and more   a word: what was read, or what the call answered; the offset: how the command ended (END_*)
 *   read  +0             the next command: address of a page, and in bits [2:0] enum guest_op of target.h
 *   read  +8             a word to write
 *
 * An access that can't be made ends by an interrupt, which the runner injects, or by an external abort: then
 * the command is given up.
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

	/* Vectors: of the current exception level with its own stack pointer. */
	.space	agent + 0xa00 - .
	mov	x9, #END_ABORTED
	b	given_up
	.space	agent + 0xa80 - .
	mrs	x10, s3_0_c12_c12_0	/* ICC_IAR1_EL1 */
	msr	s3_0_c12_c12_1, x10	/* ICC_EOIR1_EL1 */
	mov	x9, #END_INTERRUPTED
given_up:
	mov	x8, #0
	msr	daifclr, #2
	b	next
agent_end:
	.section .note.GNU-stack, "", %progbits
