/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

struct attack_touch;

/* 0, -EFAULT, or another negative errno value when the place could not be reached. */
int attack_touch(struct attack_touch *touch);
