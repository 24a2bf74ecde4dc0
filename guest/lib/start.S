/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of a payload: a flat binary with the arm64 Linux Image header
 * (Documentation/arch/arm64/booting.rst), entered at offset 0 at EL1 with the MMU off and x0 =
 * physical address of the device tree. It runs wherever it was loaded, as long as that is 4
 * KiB-aligned: code is position independent and the few pointers in its data are relocated here.
 */
#define R_AARCH64_RELATIVE	1027
/* RES1 bits only: MMU, caches and alignment checks off */
#define SCTLR_EL1_MMU_OFF	0x30d00980
#define CPACR_FPEN		(3 << 20)

	.section .head, "ax"
	.globl	_start
_start:
	b	entry			/* code0 */
	nop				/* code1 */
	.quad	0			/* text_offset */
	.long	_image_size, 0		/* image_size, bss and stack included */
	.quad	0xa			/* flags: little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.text
/* State of a CPU as PSCI leaves it is mostly unknown. Clobbers x9. */
	.macro	cpu_setup
	msr	daifset, #0xf
	ldr	w9, =SCTLR_EL1_MMU_OFF
	msr	sctlr_el1, x9
	mov	x9, #CPACR_FPEN
	msr	cpacr_el1, x9
	adr	x9, vectors
	msr	vbar_el1, x9
	msr	spsel, #1
	isb
	.endm

entry:
	mov	x19, x0
	cpu_setup

	adrp	x0, _bss_start
	add	x0, x0, :lo12:_bss_start
	adrp	x1, _end
	add	x1, x1, :lo12:_end
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16
	b	1b

	/*
	 * Add the distance between the address linked for and the address loaded at to every
	 * pointer in data.
	 */
2:	adrp	x0, _rela_start
	add	x0, x0, :lo12:_rela_start
	adrp	x1, _rela_end
	add	x1, x1, :lo12:_rela_end
	adrp	x2, _start
	add	x2, x2, :lo12:_start
	ldr	x3, =GUEST_LINK_BASE
	sub	x2, x2, x3
3:	cmp	x0, x1
	b.hs	4f
	ldp	x3, x4, [x0], #16
	ldr	x5, [x0], #8
	cmp	w4, #R_AARCH64_RELATIVE
	b.ne	3b
	add	x5, x5, x2
	str	x5, [x3, x2]
	b	3b

4:	adrp	x0, _stack_top
	add	x0, x0, :lo12:_stack_top
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x19
	b	guest_start

/* PSCI CPU_ON enters here; x0 = struct secondary (guest.h), cleaned to the point of coherency. */
	.globl	secondary_entry
secondary_entry:
	cpu_setup
	mov	x19, x0
	ldr	x1, [x19]
	mov	sp, x1
	mov	x29, xzr
	bl	mmu_enable
	ldp	x1, x0, [x19, #8]
	blr	x1
	b	psci_cpu_off

	.section .bss
	.balign	16
	.space	0x8000
_stack_top:
