/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

struct attack_impdef;

/* One at a time. 0, -EINVAL, or -EFAULT: it is undefined. */
int attack_impdef(struct attack_impdef *access);
