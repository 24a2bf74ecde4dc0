/* SPDX-License-Identifier: GPL-2.0-only */
/* The host of the fuzzed machine: its calls, out of bytes, and what must hold for each. */
#pragma once

#include <world.h>
#include "input.h"

/* A new input: no VM, nothing given away. */
void host_begin(void);

/* A page that the host might name. */
uint64_t host_page(struct input *in);

/* An IPA of the window that VMs' memory is put in, mostly. */
uint64_t host_ipa(struct input *in);

/* One call; what chooses which, the input the arguments. */
void host_step(uint8_t what, struct input *in);

/* The calls that make a VM with vCPUs, tables and memory. */
void host_make_vm(struct input *in);

/* A call with these arguments on this CPU; all that must hold of every call is checked. The answer,
 * and results 1 to 4. */
int64_t host_call_with(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4);
uint64_t host_result(unsigned int n);
#define HOST_CALL(name, ...)		    HOST_CALL_(DONJON_HC_##name, ##__VA_ARGS__, 0, 0, 0, 0)
#define HOST_CALL_(id, a1, a2, a3, a4, ...) host_call_with(id, a1, a2, a3, a4)

/* Pages given to the pool so far. */
uint64_t host_donated(void);
