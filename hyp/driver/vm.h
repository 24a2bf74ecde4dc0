/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs and vCPUs as the driver sees them. What they may be trusted with is EL2's business: the
 * driver only serves KVM's API.
 *
 * A VM lives as long as a file descriptor of it, of one of its vCPUs or of its interrupt
 * controller; vCPUs live as long as the VM.
 *
 * Locks, outermost first: vcpu.mutex, vm.lock, vm.mem_lock; irqfds.lock and ioeventfds.lock, inside of
 * vcpu.mutex only; an eventfd's wait queue, vgic.lock, a vCPU's wait queue.
 */
#ifndef DONJON_DRIVER_VM_H
#define DONJON_DRIVER_VM_H

#include <linux/kref.h>
#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "abi/run.h"
#include "driver.h"
#include "events.h"
#include "vgic.h"

#define RAM_BLOCK_ORDER	9
#define RAM_BLOCK_PAGES	(1UL << RAM_BLOCK_ORDER)
#define RAM_BLOCK_SIZE	(PAGE_SIZE << RAM_BLOCK_ORDER)

/* A piece of guest RAM: size 0, none. Under vm.mem_lock. */
struct memslot {
	u64 ipa, size, hva;
};

struct vm {
	struct kref ref;
	u64 handle;
	bool protected;
	unsigned int ipa_bits;
	struct mm_struct *mm;
	struct page *pages;			/* DONJON_VM_PAGES, EL2's */

	struct mutex lock;			/* vcpus, vgic's configuration, sealed */
	struct vcpu *vcpus[DONJON_MAX_VCPUS];
	bool sealed;				/* it has run: true comes without the lock */
	bool stopped;				/* the guest has ended it, for good */

	struct mutex mem_lock;			/* all below */
	struct memslot slots[DONJON_MAX_RAM_RANGES];
	struct xarray mapped;			/* IPA page number -> pinned page */
	struct xarray blocks;			/* IPA / 2 MiB -> first page of a pinned block */
	unsigned long locked;			/* pages charged to RLIMIT_MEMLOCK */
	struct page **batch;			/* RAM_BLOCK_PAGES pointers, for pinning */

	struct vgic vgic;
	struct irqfds irqfds;
	struct ioeventfds ioeventfds;
};

struct vcpu {
	struct vm *vm;
	unsigned int index;
	struct mutex mutex;			/* one ioctl at a time */
	struct kvm_run *run;			/* shared with the VMM: read each field once */
	struct donjon_run *hyp_run;		/* shared with EL2 */
	bool initialised;
	u32 features;

	bool mmio_pending;			/* the last exit was MMIO for the VMM */
	bool mmio_write;
	unsigned int mmio_size;

	/* Faults that follow each other: where the next one would be, and how many pages the last gave. */
	u64 fault_next;
	int fault_pages;
	/* Where a page that the guest was given was missed and refused, and how often in a row. */
	u64 refused;
	unsigned int refusals;

	/* The timer's registers at the last exit. */
	u64 cntv_ctl, cntv_cval;

	/* Set around a run at EL2: then cpu is where. See vcpu_kick(). */
	bool in_guest;
	int cpu;

	wait_queue_head_t wait;
	atomic_t on_seq;			/* counts the times that it was powered on */
	bool off;				/* what KVM_GET_MP_STATE says */

	struct vgic_cpu vgic;
};

/* -- vm.c -- */

/* KVM_CREATE_VM: a file descriptor, or a negative errno value. */
int vm_create(unsigned long type);
void vm_get(struct vm *vm);
void vm_put(struct vm *vm);

/*
 * Where the VM's addresses end: a protected guest's upper half is the shared alias of the lower
 * one, and EL2 reports plain addresses only (abi/rsi.h).
 */
static inline u64 vm_ipa_limit(const struct vm *vm)
{
	return BIT_ULL(vm->ipa_bits - vm->protected);
}

/* KVM_CHECK_EXTENSION on either file. */
int vm_check_extension(unsigned long cap);
unsigned int vm_max_ipa_bits(void);

/* A page that EL2 gets for the VM is marked before, and freed by vm_free_page() when it is back. */
void vm_mark_page(struct vm *vm, struct page *page);
void vm_free_page(struct vm *vm, struct page *page);

/* Gives EL2 pages for the VM's tables, at least count. Process context. */
int vm_topup(struct vm *vm, unsigned int count);

/* -- memslot.c -- */

int memslot_set(struct vm *vm, const struct kvm_userspace_memory_region *region);

/* The slot that holds an IPA, or NULL. Under mem_lock. */
const struct memslot *memslot_find(struct vm *vm, u64 ipa);

/* -- guestmem.c -- */

int guestmem_init(struct vm *vm);

/*
 * A fault on RAM without a page: pins it and gives it to the guest. -ENOMEM, -EFAULT, -EIO, -EPERM,
 * -EINTR.
 */
int guestmem_fault(struct vcpu *vcpu, u64 ipa);

/*
 * For guestmem_populate(), under mem_lock: the page at ipa as the guest was given it, or NULL; and
 * gives it the page at ipa, which it doesn't have, with more where that is cheap, count in all at
 * most: how many pages from ipa on it has now, or what guestmem_fault() gives.
 */
struct page *guestmem_page(struct vm *vm, u64 ipa);
int guestmem_give(struct vm *vm, const struct memslot *slot, u64 ipa, int count);

/* Ends the sharing of a slot's pages. Unprotected VMs; under mem_lock. */
int guestmem_unmap(struct vm *vm, u64 ipa, u64 size);

/* Takes every page back from a dying VM. */
void guestmem_reclaim(struct vm *vm);

/* -- populate.c -- */

/* Before the first run of a protected VM: gives it all that the VMM has put into its memory. */
int guestmem_populate(struct vm *vm);

/* -- vcpu.c -- */

int vcpu_create(struct vm *vm, unsigned long index);
void vcpu_free(struct vcpu *vcpu, bool keep_run_page);

/* -- run.c -- */

/* KVM_RUN, under vcpu->mutex. */
int vcpu_run(struct vcpu *vcpu);

/*
 * Makes a vCPU look at its interrupts and state again: ends its run or its sleep. Any context but
 * NMI, any lock but the run queue's.
 */
void vcpu_kick(struct vcpu *vcpu);

/* It was powered on: by PSCI or by the VMM. */
void vcpu_powered_on(struct vcpu *vcpu);

/* -- onereg.c -- */

int onereg_get(struct vcpu *vcpu, const struct kvm_one_reg *reg);
int onereg_set(struct vcpu *vcpu, const struct kvm_one_reg *reg);
int onereg_list(struct vcpu *vcpu, struct kvm_reg_list __user *list);

#endif
