/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual machine as KVM sees it: memory slot, interrupt controller, vCPUs and the threads that
 * run them.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "../hyp/abi/platform.h"
#include "bus.h"
#include "console/stop.h"
#include "kvm.h"
#include "protect/protect.h"
#include "ram.h"
#include "util/rate.h"

struct vm;

struct vcpu {
	struct vm *vm;
	unsigned int index;
	int fd;
	struct kvm_run *run; /* shared with KVM, run_size bytes */
	pthread_t thread;
	bool running;	      /* the thread exists */
	struct rate unmapped; /* messages about accesses to unmapped addresses */
};

struct vm {
	const struct kvm_sys *sys;
	const struct protection *protection;
	const struct bus *bus;
	struct stop *stop;
	const char *name;
	char lock_limit[32]; /* RLIMIT_MEMLOCK, in words; empty: nothing is pinned */
	int fd, gic;
	unsigned int ipa_bits; /* size of guest-physical addresses */
	unsigned int vcpus;
	size_t run_size;
	bool can_abort; /* KVM can give a vCPU an external abort */
	struct vcpu vcpu[PLAT_MAX_VCPUS];
};

/*
 * Whether the host's KVM can do what @vm needs, with RAM that ends before @ram_end; @vm->sys,
 * protection and vcpus are set by the caller. Makes nothing, and sets @vm->ipa_bits. 0, or a
 * negative errno after logging it.
 */
int vm_check_host(struct vm *vm, uint64_t ram_end);

/*
 * Creates the VM after vm_check_host(), and ends it again: whether the host has room for one more.
 * 0, or a negative errno after logging it.
 */
int vm_try(const struct vm *vm);

/*
 * Creates the VM, after vm_check_host(). 0, or a negative errno after logging it; vm_destroy() in
 * both cases.
 */
int vm_create(struct vm *vm);

/*
 * Gives it memory, vCPUs and GIC; nothing runs yet. @vm->bus, stop, name and lock_limit are set by
 * the caller as well. 0, or a negative errno after logging it.
 */
int vm_equip(struct vm *vm, const struct guest_ram *ram);

/* The IPA bit of the guest's unprotected addresses, which it shares with the host; 0: none. */
uint64_t vm_unprotected_bit(const struct vm *vm);

/* MPIDR_EL1 of each vCPU into @mpidr. 0 or a negative errno, logged. */
int vm_read_mpidr(const struct vm *vm, uint64_t *mpidr);

/*
 * Sets the boot vCPU's registers as the arm64 boot protocol wants: pc = @entry, x0 = @fdt. 0 or a
 * negative errno, logged.
 */
int vm_set_entry(const struct vm *vm, uint64_t entry, uint64_t fdt);

/* Starts a thread for each vCPU. 0 or a negative errno, logged; vm_halt() in both cases. */
int vm_start(struct vm *vm);

/*
 * Makes all vCPU threads leave, @vm->stop->requested being set already. -ETIMEDOUT (logged) when
 * one does not come within seconds: the process should then exit without freeing what that thread
 * uses.
 */
int vm_halt(struct vm *vm);

void vm_destroy(struct vm *vm);
