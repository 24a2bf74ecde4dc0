/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's virtual addresses, 48 bits, one range. Also used by the assembler and the linker script.
 *
 *   [0, 2^46)             identity: only the page that switches the MMU on and off
 *   LINEAR_VA + pa        RAM that EL2 owns or borrows, pa below 2^46
 *   IMAGE_VA              the image: text read-only and executable, rodata read-only, data not
 *                         executable
 *   STACKS_VA             per CPU: guard page, stack, guard page, stack for panics
 *   FIXMAP_VA             per CPU one page, for what is being zeroed or cleaned
 *   FIXBLOCK_VA           per CPU one 2 MiB block, likewise
 *   LOG_VA, UART_VA
 */
#pragma once

#define PA_LIMIT_BITS	46
#define LINEAR_VA	0x800000000000
#define IMAGE_VA	0xc00000000000
#define STACKS_VA	0xc00040000000
#define FIXMAP_VA	0xc00080000000
#define FIXBLOCK_VA	0xc000c0000000
#define LOG_VA		0xc00100000000
#define UART_VA		0xc00140000000

#define STACK_SPACING	0x10000
#define STACK_BOTTOM	0x1000
#define STACK_SIZE	0x2000
#define PANIC_BOTTOM	0x4000
#define PANIC_SIZE	0x1000
