/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs and vCPUs as the driver sees them. EL2 decides what they may be trusted with: the driver only
 * serves KVM's API.
 *
 * A VM lives as long as a file descriptor of it, of one of its vCPUs, of its interrupt controller
 * or of a guest_memfd of it; vCPUs live as long as the VM. At EL2 it ends, and its memory is the
 * host's again, when the address space that has created it ends, whoever holds a descriptor.
 *
 * Locks, outermost first: vcpu.mutex, vm.lock, vm.mem_lock, an address space's mmap_lock,
 * gmem.lock, and for who faults on a page that is recalled the runs of vCPUs (vcpu.recalled);
 * irqfds.lock and ioeventfds.lock, inside of vcpu.mutex only; an eventfd's wait queue; inside of
 * that, one after the other, vgic.lock and a vCPU's wait queue. The lock of the list of all VMs is
 * outside of vm.lock and never taken with vcpu.mutex held.
 */
#pragma once

#include <linux/kref.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "abi/hypercall.h"
#include "abi/run.h"
#include "irq/ioeventfd.h"
#include "irq/irqfd.h"
#include "irq/vgic.h"

#define RAM_BLOCK_ORDER	9
#define RAM_BLOCK_PAGES	(1UL << RAM_BLOCK_ORDER)
#define RAM_BLOCK_SIZE	(PAGE_SIZE << RAM_BLOCK_ORDER)

/* How many pages, from this one at ipa on, VM_MAP maps all or none of (DONJON_MAP_PAGES). */
static inline int map_limit(struct page *page, u64 ipa)
{
	return min3(DONJON_MAP_PAGES, RAM_BLOCK_PAGES - page_to_pfn(page) % RAM_BLOCK_PAGES,
		    RAM_BLOCK_PAGES - PHYS_PFN(ipa) % RAM_BLOCK_PAGES);
}

struct gmem;

/* A range of guest RAM: size 0, none. Under vm.mem_lock. */
struct memslot {
	u64 ipa, size;
	u64 hva;				/* pages of the VMM from there on, pinned */
	struct gmem *gmem;			/* or, if not NULL, those of a guest_memfd */
	u64 offset;				/* from this byte of it on */
	bool readonly;				/* a write of the guest is MMIO */
};

struct vm {
	struct kref ref;
	void (*release)(struct kref *ref);	/* runs when the last reference is gone */
	struct list_head list;			/* all VMs: see vm.c */
	u64 handle;				/* 0: it has ended, or has not begun */
	bool protected;
	unsigned int ipa_bits;
	struct mm_struct *mm;
	struct mmu_notifier notifier;		/* of the end of mm */
	struct page *pages;			/* DONJON_VM_PAGES, EL2's */

	/* handle at its end, vcpus, vgic's configuration, activated */
	struct mutex lock;
	bool lost;				/* EL2 has not given all of its pages back */
	struct vcpu *vcpus[DONJON_MAX_VCPUS];
	bool activated;				/* it has run: set without the lock */
	bool stopped;				/* a protected guest has ended it */

	struct mutex mem_lock;			/* all below, up to gmems */
	struct memslot slots[DONJON_MAX_RAM_RANGES];
	struct xarray mapped;			/* IPA page number -> pinned page */
	struct xarray blocks;			/* IPA / 2 MiB -> first page of a pinned block */
	unsigned long locked;			/* pages charged to RLIMIT_MEMLOCK */
	struct page **batch;			/* RAM_BLOCK_PAGES pointers, for pinning */
	struct list_head gmems;

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

	/*
	 * Sequential faults: where the next one would be, and how many pages the last one mapped.
	 */
	u64 fault_next;
	int fault_pages;
	/* The address of a page that EL2 refused to map again, and how often in a row it did. */
	u64 refused;
	unsigned int refusals;

	/*
	 * Pages of a guest_memfd, by index, that the host's users have lost to the guest's next
	 * run, and cannot get before it has ended. Set under gmem.lock. NULL: none.
	 */
	struct gmem *recalled;
	unsigned long recalled_first, recalled_last;

	/* SPSR_abt, und, irq and fiq, which no AArch64 guest uses: for KVM_SET_ONE_REG. */
	u64 spare_spsr[4];

	/* The timer's registers at the last exit. */
	u64 cntv_ctl, cntv_cval;

	/* Set around a run at EL2; cpu is the CPU of that run. See vcpu_kick(). */
	bool in_guest;
	int cpu;

	unsigned int pool_stamp;		/* before the last run, for pool_feed() */

	wait_queue_head_t wait;
	atomic_t on_seq;			/* counts the times that it was powered on */
	bool off;				/* what KVM_GET_MP_STATE says */

	struct vgic_cpu vgic;
};

static inline void vm_get(struct vm *vm)
{
	kref_get(&vm->ref);
}

/* Process context. The last reference destroys the VM: none of its locks may be held then. */
static inline void vm_put(struct vm *vm)
{
	kref_put(&vm->ref, vm->release);
}

/*
 * The end of the VM's addresses: a protected guest's upper half is unprotected, and EL2 reports
 * addresses of the lower, protected half only (abi/rsi.h).
 */
static inline u64 vm_ipa_limit(const struct vm *vm)
{
	return BIT_ULL(vm->ipa_bits - vm->protected);
}
