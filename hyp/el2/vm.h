/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs and vCPUs. Both live in pages that the host donated for them and are named by the host through handles only.
 *
 * Life of a VM: created -> (protected: sealed at the first run) -> dying (VM_KILL) -> its pages reclaimed -> destroyed page
 * by page. The table of VMs, and the creation and destruction of VMs and vCPUs, are under the lock of rank LOCK_VMS. A call that
 * works on a VM holds a reference, and the last step of destruction wants to be the only one.
 *
 * Under the VM's own lock (mem.lock): seal, dying, RAM ranges, loaded vCPUs, power states. A loaded vCPU's registers
 * belong to the CPU that runs it; those of a vCPU that is not loaded, to who holds the lock.
 */
#ifndef DONJON_EL2_VM_H
#define DONJON_EL2_VM_H

#include <abi/hypercall.h>
#include <abi/run.h>
#include <arch/percpu.h>
#include <el2/ledger.h>

enum vcpu_power {
	VCPU_OFF,
	VCPU_ON_PENDING,	/* on_entry and on_context are its start, taken over at its next run */
	VCPU_ON,
};

enum vcpu_pending {
	PENDING_NOTHING,
	PENDING_MMIO,		/* the host is to answer an EXIT_MMIO */
};

/* One page. The assembly knows the offsets of x and fp. */
struct vcpu {
	uint64_t x[31];
	uint64_t pc;
	uint64_t pstate;
	uint64_t unused;
	struct {
		__uint128_t q[32];
		uint64_t fpsr, fpcr;
	} fp;
	struct el1_state el1;
	uint64_t cntv_ctl;
	uint64_t ich_vmcr;
	uint64_t ich_ap0r[4], ich_ap1r[4];
	struct vm *vm;
	struct donjon_run *run;		/* shared with the host */
	uint32_t index;
	bool loaded;
	enum vcpu_power power;
	uint64_t on_entry, on_context;
	enum vcpu_pending pending;
	struct {
		uint8_t reg;		/* 31: none */
		uint8_t size;
		bool write, sign_extend, wide;
	} mmio;
	uint64_t abort_esr, abort_far;	/* of the access that is pending */
	bool exit_off;			/* becomes VCPU_OFF when its state is saved */
	bool serror;			/* an SError arrived while it ran: the host is to get one */
};
_Static_assert(sizeof(struct vcpu) <= 4096, "a vCPU is one page");

/* What the host's part of a run page says, read once. */
struct guest_entry {
	uint64_t flags;
	uint64_t nr_lrs;
	uint64_t lr[DONJON_MAX_LRS];
};

struct ram_range {
	uint64_t base, size;
};

/* At page VM_OWN_PAGE of the pages donated with VM_CREATE, behind the root tables. */
#define VM_OWN_PAGE 16

struct vm {
	struct guest_memory mem;
	uint64_t handle;
	uint64_t pages_pa;		/* vm_pa of VM_CREATE */
	uint64_t hcr, vtcr;
	uint32_t references;		/* under LOCK_VMS */
	uint32_t running;		/* loaded vCPUs */
	bool stopped;			/* SYSTEM_OFF or SYSTEM_RESET */
	bool realm;			/* has asked for RSI: it reaches MMIO at the alias only */
	bool shares;			/* has asked how MEM_SHARE works: it is not offered RSI */
	uint32_t nr_ram;
	struct ram_range ram[DONJON_MAX_RAM_RANGES];
	struct vcpu *vcpus[DONJON_MAX_VCPUS];
	uint64_t vcpu_pa[DONJON_MAX_VCPUS], run_pa[DONJON_MAX_VCPUS];
	uint8_t last_vcpu[256];		/* per CPU: 1 + index of the vCPU that ran there last, 0: none */
};
_Static_assert(sizeof(struct vm) <= 4096 * (DONJON_VM_PAGES - VM_OWN_PAGE), "fits into its pages");

void vms_init(void);

/* A reference to the VM, or NULL. */
struct vm *vm_get(uint64_t handle);
void vm_put(struct vm *vm);

/* The VM's vCPU, or NULL. */
struct vcpu *vm_vcpu(struct vm *vm, uint64_t index);

/* True if [ipa, ipa + size) lies in one RAM range. mem.lock held. */
bool vm_is_ram(const struct vm *vm, uint64_t ipa, uint64_t size);

/* Hypercalls. 0 or a negative errno value. */
int vm_create(uint64_t flags, uint64_t ipa_bits, pa_t pages, uint64_t *handle);
int vm_add_ram(struct vm *vm, ipa_t ipa, uint64_t size);
int vm_del_ram(struct vm *vm, ipa_t ipa, uint64_t size);
int vm_topup(struct vm *vm, pa_t pa, uint64_t size);
int vm_kill(struct vm *vm);
int vm_destroy(uint64_t handle, uint64_t *pa, uint64_t *what);
int vcpu_create(uint64_t handle, uint64_t index, pa_t page, pa_t run);
int vcpu_set_reg(struct vm *vm, struct vcpu *vcpu, uint64_t reg, uint64_t value);
int vcpu_get_reg(struct vm *vm, struct vcpu *vcpu, uint64_t reg, uint64_t *value);
int vcpu_power(struct vm *vm, struct vcpu *vcpu, uint64_t on);
int vcpu_run(struct vm *vm, struct vcpu *vcpu);

/* MPIDR_EL1 of the vCPU with this index: 16 CPUs, one affinity level. */
static inline uint64_t vcpu_mpidr(uint32_t index)
{
	return BIT(31) | (index & 0xf);
}

uint64_t vms_count(void);

/* The handle of the VM that has this owner number in the ledger, 0 if there is none. */
uint64_t vm_handle_of(unsigned int owner);

/* RUNNING -> RELEASING, if no VM exists. */
int vms_stop(void);

/*
 * No guest runs from now on: each loses its translation tables, then all vCPUs leave (bounded wait), then their registers and private
 * pages are zeroed. For SYSTEM_OFF, SYSTEM_RESET and panics. locked: take locks (not in a panic).
 */
void vms_destroy_secrets(bool locked);

#endif
