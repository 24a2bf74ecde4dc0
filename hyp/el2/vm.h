/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs. Each lives in pages that the host donated for it, and the host names it by its handle.
 *
 * Life of a VM: created -> (protected: activated by the first run) -> dying (VM_KILL) -> its pages
 * reclaimed -> destroyed page by page. LOCK_VMS protects the table of VMs, and the creation and
 * destruction of VMs and vCPUs. A call on a VM holds a reference; the last step of destruction
 * fails while there is one.
 *
 * The VM's own lock (mem.lock) protects: activated, dying, RAM ranges, MMIO guard, loaded vCPUs,
 * power states.
 */
#pragma once

#include <abi/hypercall.h>
#include <el2/ledger.h>

struct vcpu;

/* At page VM_OWN_PAGE of the pages donated with VM_CREATE, behind the root tables. */
#define VM_OWN_PAGE 16

/* Ranges of device memory that a guest may name; pages that it names in order are one. */
#define VM_MAX_MMIO 256

/* What a guest has asked for first. It is not offered the other one. */
enum guest_interface { USES_NEITHER, USES_KVM, USES_RSI };

struct vm {
	struct guest_memory mem;
	uint64_t handle;
	uint64_t pages_pa;		/* vm_pa of VM_CREATE */
	uint64_t hcr, vtcr;
	uint32_t references;		/* under LOCK_VMS */
	uint32_t running;		/* loaded vCPUs */
	bool stopped;			/* SYSTEM_OFF or SYSTEM_RESET */
	/* USES_RSI: its devices are at unprotected IPAs only. Atomic, see guest_uses(). */
	enum guest_interface uses;
	bool guarded;			/* uses MMIO guard: only mmio[] is for the host */
	uint32_t nr_mmio;
	struct ipa_range mmio[VM_MAX_MMIO];	/* no overlap, no order; bounded: a guest's wish */
	struct vcpu *vcpus[DONJON_MAX_VCPUS];
	uint64_t vcpu_pa[DONJON_MAX_VCPUS], run_pa[DONJON_MAX_VCPUS];
	/* per CPU: 1 + index of the vCPU that ran there last, 0: none */
	uint8_t last_vcpu[256];
};
_Static_assert(sizeof(struct vm) <= 4096 * (DONJON_VM_PAGES - VM_OWN_PAGE), "fits into its pages");

void vms_init(void);

/* LOCK_VMS: the table of VMs. */
extern struct spinlock vms_lock;

/* The VM, or NULL. LOCK_VMS held. */
struct vm *vm_find(uint64_t handle);

/* The VM with a reference to it, or NULL. LOCK_VMS not held. */
struct vm *vm_get(uint64_t handle);
void vm_put(struct vm *vm);

/* The VM's vCPU, or NULL. */
struct vcpu *vm_vcpu(struct vm *vm, uint64_t index);

/* True if [ipa, ipa + size) lies in one RAM range. mem.lock held. */
static inline bool vm_is_ram(const struct vm *vm, uint64_t addr, uint64_t size)
{
	return guest_ram(&vm->mem, ipa(addr), size);
}

/* Hypercalls. 0 or a negative errno value. */
int vm_create(uint64_t flags, uint64_t ipa_bits, pa_t pages, uint64_t *handle);
int vm_add_ram(struct vm *vm, ipa_t ipa, uint64_t size, bool readonly);
int vm_del_ram(struct vm *vm, ipa_t ipa, uint64_t size);
int vm_kill(struct vm *vm);
int vm_destroy(uint64_t handle, uint64_t *pa, uint64_t *what);

uint64_t vms_count(void);

/* The handle of the VM that has this owner number in the ledger, 0 if there is none. */
uint64_t vm_handle_of(unsigned int owner);

/* RUNNING -> RELEASING, if no VM exists. */
int vms_stop(void);

/*
 * No guest runs from now on: each loses its translation tables, then all vCPUs leave (bounded
 * wait), then their registers and private pages are zeroed. For SYSTEM_OFF, SYSTEM_RESET and
 * panics. locked: take locks (not in a panic).
 */
void vms_destroy_secrets(bool locked);
