/* SPDX-License-Identifier: GPL-2.0-only */
/* Loops over memory; unrolled, since the donation of a block runs through 2 MiB. */

	.arch	armv8.8-a
	.text

/*
 * void cache_set_zero(void *addr, uint64_t size): with FEAT_MOPS; the three instructions belong
 * together
 */
	.globl cache_set_zero
	.type cache_set_zero, %function
cache_set_zero:
	.arch_extension mops
	setp	[x0]!, x1!, xzr
	setm	[x0]!, x1!, xzr
	sete	[x0]!, x1!, xzr
	ret

/*
 * void cache_zero(void *addr, uint64_t size, uint64_t block): block of DC ZVA in bytes, 0 if not
 * allowed; size: multiple of 4 KiB
 */
	.globl cache_zero
	.type cache_zero, %function
cache_zero:
	add	x3, x0, x1
	cbz	x2, 3f
	/* 8 blocks at a time as long as a page holds them: blocks are at most 2 KiB. */
	cmp	x2, #512
	b.hi	2f
1:	.rept	8
	dc	zva, x0
	add	x0, x0, x2
	.endr
	cmp	x0, x3
	b.lo	1b
	ret
2:	dc	zva, x0
	add	x0, x0, x2
	cmp	x0, x3
	b.lo	2b
	ret
3:	stp	xzr, xzr, [x0], #16
	stp	xzr, xzr, [x0], #16
	stp	xzr, xzr, [x0], #16
	stp	xzr, xzr, [x0], #16
	cmp	x0, x3
	b.lo	3b
	ret

/*
 * void cache_clean_invalidate(void *addr, uint64_t size, uint64_t line): to the point of coherency;
 * size: multiple of 4 KiB
 */
	.globl cache_clean_invalidate
	.type cache_clean_invalidate, %function
cache_clean_invalidate:
	add	x3, x0, x1
	cmp	x2, #64
	b.ne	2f
	/* The usual line: 16 at a time. */
1:	add	x4, x0, #64
	add	x5, x0, #128
	add	x6, x0, #192
	dc	civac, x0
	dc	civac, x4
	dc	civac, x5
	dc	civac, x6
	add	x0, x0, #256
	cmp	x0, x3
	b.lo	1b
	b	3f
2:	dc	civac, x0
	add	x0, x0, x2
	cmp	x0, x3
	b.lo	2b
3:	dsb	sy
	ret
