/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that does what its VMM tells it, one operation after the other, with the MMU off. x0: its
 * channel, an MMIO address. It reads an operation from there (stepped.h) with its operands, does
 * it, and writes the result. Interrupts are logged in memory, so that taking one needs no exit.
 *
 * x19: the log (two words for each interrupt: INTID, low half of CNTVCT_EL0), x20: the channel,
 * x21: interrupts taken, x22: not 0, they are left active,
 * x23: CNTVCT_EL0 when the last one was taken.
 */
#define ICC_PMR		S3_0_C4_C6_0
#define ICC_IAR1	S3_0_C12_C12_0
#define ICC_EOIR1	S3_0_C12_C12_1
#define ICC_IGRPEN1	S3_0_C12_C12_7
#define ICC_SGI1R	S3_0_C12_C11_5
#define TIMER_INTID	27

	.section .rodata, "a"
	.balign 2048
	.globl guest_stepped, guest_stepped_end
guest_stepped:
	b	start

	.balign 2048
vectors:
	.rept 5
	b	.			/* current EL: nothing but IRQs may come */
	.balign 128
	.endr
	b	irq
	.balign 128
	.rept 10
	b	.
	.balign 128
	.endr

/* Between two instructions of an operation, which uses neither x9 to x11 nor x19 to x23. */
irq:
	mrs	x9, ICC_IAR1
	mrs	x23, cntvct_el0
	add	x10, x19, x21, lsl #3
	stp	w9, w23, [x10]
	cmp	w9, #TIMER_INTID
	b.ne	1f
	msr	cntv_ctl_el0, xzr
	isb
1:	cbnz	x22, 2f
	msr	ICC_EOIR1, x9
2:	add	x21, x21, #1
	eret

start:
	mov	x20, x0
	adr	x19, guest_stepped
	/* the channel's number, in 4 KiB of log each, from 1 MiB on */
	and	x1, x0, #0xf00
	lsl	x1, x1, #4
	add	x19, x19, x1
	add	x19, x19, #0x100000
	mov	x21, #0
	mov	x22, #0
	adr	x1, vectors
	msr	vbar_el1, x1
	mov	x1, #0xf8
	msr	ICC_PMR, x1
	mov	x1, #1
	msr	ICC_IGRPEN1, x1
	isb

next:
	ldr	x1, [x20]
	ldr	x2, [x20, #8]
	ldr	x3, [x20, #16]
	mov	x4, #0
	adr	x5, operations
	add	x5, x5, x1, lsl #5
	br	x5
done:
	str	x4, [x20, #24]
	b	next

	.macro	operation
	.balign 32
	.endm

	.balign 32
operations:
	b	done			/* NOP */
	operation			/* WRITE32 */
	str	w3, [x2]
	b	done
	operation			/* READ32 */
	ldr	w4, [x2]
	b	done
	operation			/* WRITE64 */
	str	x3, [x2]
	b	done
	operation			/* UNMASK */
	msr	daifclr, #2
	isb
	b	done
	operation			/* MASK */
	msr	daifset, #2
	b	done
	operation			/* SGI */
	msr	ICC_SGI1R, x2
	isb
	b	done
	operation			/* TIMER */
	msr	cntv_cval_el0, x2
	msr	cntv_ctl_el0, x3
	isb
	b	done
	operation			/* NOW */
	isb
	mrs	x4, cntvct_el0
	b	done
	operation			/* SPIN_UNTIL: so many interrupts were taken */
	msr	daifclr, #2
1:	cmp	x21, x2
	b.lo	1b
	b	done
	operation			/* SLEEP_UNTIL */
	b	sleep_until
	operation			/* CALL */
	b	call
	operation			/* LEAVE_ACTIVE */
	mov	x22, x2
	b	done
	operation			/* END */
	msr	ICC_EOIR1, x2
	isb
	b	done
	operation			/* TAKEN */
	mov	x4, x21
	b	done
	operation			/* TAKEN_AT */
	mov	x4, x23
	b	done
	operation			/* WRITE8 */
	strb	w3, [x2]
	b	done
	operation			/* WRITE16 */
	strh	w3, [x2]
	b	done

/* Masked between the look and the WFI, so that none is missed. */
sleep_until:
	msr	daifset, #2
	cmp	x21, x2
	b.hs	1f
	wfi
	msr	daifclr, #2
	isb
	b	sleep_until
1:	msr	daifclr, #2
	b	done

call:
	ldr	x6, [x20, #32]
	ldr	x7, [x20, #40]
	mov	x0, x2
	mov	x1, x3
	mov	x2, x6
	mov	x3, x7
	hvc	#0
	mov	x4, x0
	b	done
guest_stepped_end:
