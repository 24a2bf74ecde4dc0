/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that runs is a function of the test: fake_guest in fake.h. */
#pragma once

#include <el2/types.h>

struct guest_entry;
struct vcpu;

uint64_t guest_hcr(void);
uint64_t guest_feature(uint64_t n);
uint64_t *guest_el1_reg(struct vcpu *vcpu, uint64_t reg);
void inject_abort(uint64_t esr, uint64_t far, uint64_t fsc);
void guest_run(struct vcpu *vcpu, struct guest_entry *entry);
