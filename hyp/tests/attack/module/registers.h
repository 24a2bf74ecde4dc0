/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

struct attack_registers;

/* 0, -ENOMEM, or -EFAULT. */
int attack_registers(struct attack_registers *registers);
