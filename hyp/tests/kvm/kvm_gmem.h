/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include "stepped.h"

#define GMEM_PAGE	4096UL

/* The signal that a write to (or a read from) that byte ends with; 0: none. */
int touch(volatile char *p);
int peek(const volatile char *p);

/* Where the VMM has the guest's page. */
static inline char *at(const struct stepped *p, __u64 ipa)
{
	return p->vm.ram + (ipa - RAM);
}

/* vCPU 0 makes n pages EMPTY or RAM (IPA_STATE_SET). False: it failed, errno says why. */
bool set_pages(struct stepped *p, __u64 addr, unsigned int n, __u64 state);

/* A counter of debugfs's view, ~0 when there is none. */
unsigned long counter(const char *name);

/* The calls and their answers, as stock Linux 7.3 has them; ours: the module serves /dev/kvm. */
void test_gmem_api(bool ours);

/* A guest takes back what it shares, and the host uses it. */
void test_gmem_recall(void);

/* Ends of the VMM, of files and of memory. */
void test_gmem_life(void);
