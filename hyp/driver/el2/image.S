/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The EL2 image, as it is copied into the carve-out.
 */
	.section .rodata, "a"
	.balign 4096
	.globl image_start, image_end
image_start:
	.incbin IMAGE_FILE
image_end:
	.byte 0
