// SPDX-License-Identifier: GPL-2.0-only
#include <arch/cache.h>
#include <arch/features.h>
#include <arch/guest.h>
#include <arch/machine.h>
#include <arch/memory.h>
#include <arch/stage2.h>
#include <arch/tlb.h>
#include <el2/host.h>
#include <el2/panic.h>
#include <el2/init.h>
#include <el2/random.h>
#include <el2/vcpu.h>
#include <el2/vm.h>

struct spinlock vms_lock;
static bool machine_ends;	/* by a reset or a panic: no new VM */
static struct vm *vms[DONJON_MAX_VMS];
static uint64_t generation[DONJON_MAX_VMS];
static uint64_t nr_vms;

/* Rounds of waiting for vCPUs, which fault and leave as their tables are gone. */
#define LEAVE_TIMEOUT 100000000UL

void vms_init(void)
{
	spin_init(&vms_lock, LOCK_VMS);
	machine_ends = false;
}

struct vm *vm_find(uint64_t handle)
{
	uint64_t index = arch_index_nospec(handle & 0xff, DONJON_MAX_VMS);

	EL2_ASSERT(spin_held(LOCK_VMS));
	if (!vms[index] || vms[index]->handle != handle)
		return NULL;
	return vms[index];
}

struct vm *vm_get(uint64_t handle)
{
	struct vm *vm;

	spin_lock(&vms_lock);
	vm = vm_find(handle);
	if (vm)
		vm->references++;
	spin_unlock(&vms_lock);
	return vm;
}

void vm_put(struct vm *vm)
{
	spin_lock(&vms_lock);
	EL2_ASSERT(vm->references);
	vm->references--;
	spin_unlock(&vms_lock);
}

struct vcpu *vm_vcpu(struct vm *vm, uint64_t index)
{
	if (index >= DONJON_MAX_VCPUS)
		return NULL;
	return __atomic_load_n(&vm->vcpus[arch_index_nospec(index, DONJON_MAX_VCPUS)],
			       __ATOMIC_ACQUIRE);
}

uint64_t vms_count(void)
{
	return __atomic_load_n(&nr_vms, __ATOMIC_RELAXED);
}

uint64_t vm_handle_of(unsigned int owner)
{
	unsigned int index = owner - OWNER_GUEST;
	uint64_t handle = 0;

	spin_lock(&vms_lock);
	if (index < DONJON_MAX_VMS && vms[index])
		handle = vms[index]->handle;
	spin_unlock(&vms_lock);
	return handle;
}

static void clear_pages(uint64_t pa, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		arch_clear_page(arch_linear(pa + i * PAGE_SIZE));
}

static void vm_init(struct vm *vm, unsigned int index, uint64_t flags, uint64_t ipa_bits,
		    uint64_t pages)
{
	struct guest_memory *mem = &vm->mem;

	spin_init(&mem->lock, LOCK_VM);
	cache_init(&mem->cache);
	mem->owner = OWNER_GUEST + index;
	mem->protected = flags & DONJON_VM_PROTECTED;
	pgtable_init(&mem->pgt, PGT_GUEST, ipa_bits, mem->owner, arch_linear(pages), pages,
		     &mem->cache);
	vm->pages_pa = pages;
	vm->handle = ++generation[index] << 8 | index;
	vm->hcr = guest_hcr();
	vm->vtcr = vtcr_of(&mem->pgt);
}

/* All of its pages or none, in two lock sections: the first may split two of the host's entries. */
static int take_vm_pages(pa_t pages)
{
	const uint64_t half = DONJON_VM_PAGES / 2 * PAGE_SIZE;
	int ret = ledger_host_donate_hyp(pages, half, NULL), undone;

	if (ret)
		return ret;
	ret = ledger_host_donate_hyp(pa(pages.v + half), half, NULL);
	if (ret) {
		/* Less than a block takes no table on its way back. */
		undone = ledger_hyp_donate_host(pages, half);
		EL2_ASSERT(!undone);
	}
	return ret;
}

int vm_create(uint64_t flags, uint64_t ipa_bits, pa_t pages, uint64_t *handle)
{
	unsigned int index;
	struct vm *vm;
	int ret = 0;

	if (flags & ~DONJON_VM_PROTECTED || ipa_bits < 32 || ipa_bits > cpu_features.pa_bits ||
	    !is_aligned(pages.v, DONJON_VM_PAGES * PAGE_SIZE))
		return -EINVAL;
	if (flags & DONJON_VM_PROTECTED)
		firmware_protect_memory(true);
	spin_lock(&vms_lock);
	for (index = 0; index < DONJON_MAX_VMS && vms[index]; index++)
		;
	if (phase_get() != DONJON_PHASE_RUNNING || machine_ends)
		ret = -EPROTO;
	else if (index == DONJON_MAX_VMS)
		ret = -EBUSY;
	ret = ret ?: take_vm_pages(pages);
	if (!ret) {
		clear_pages(pages.v, DONJON_VM_PAGES);
		vm = arch_linear(pages.v + VM_OWN_PAGE * PAGE_SIZE);
		vm_init(vm, index, flags, ipa_bits, pages.v);
		ledger_add_guest(&vm->mem);
		vms[index] = vm;
		nr_vms++;
		*handle = vm->handle;
	}
	spin_unlock(&vms_lock);
	return ret;
}

static int add_ram(struct guest_memory *mem, ipa_t ipa, uint64_t size, bool readonly)
{
	uint32_t i;

	if (mem->dying)
		return -ESHUTDOWN;
	if (mem->protected && (mem->activated || readonly))
		return -EPERM;
	for (i = 0; i < mem->nr_ram; i++)
		if (ipa.v < mem->ram[i].base + mem->ram[i].size && mem->ram[i].base < ipa.v + size)
			return -EEXIST;
	if (mem->nr_ram == DONJON_MAX_RAM_RANGES)
		return -EBUSY;
	mem->ram[mem->nr_ram++] = (struct ipa_range){ ipa.v, size, readonly, 0 };
	return 0;
}

int vm_add_ram(struct vm *vm, ipa_t ipa, uint64_t size, bool readonly)
{
	int ret;

	/* The upper half of a protected guest's addresses are its unprotected IPAs. */
	if (!range_below(ipa.v, size, BIT(vm->mem.pgt.ia_bits - vm->mem.protected)))
		return -EINVAL;
	spin_lock(&vm->mem.lock);
	ret = add_ram(&vm->mem, ipa, size, readonly);
	spin_unlock(&vm->mem.lock);
	return ret;
}

static int del_ram(struct guest_memory *mem, ipa_t ipa, uint64_t size)
{
	uint32_t i = range_at(mem->ram, mem->nr_ram, ipa.v);

	if (i == mem->nr_ram || mem->ram[i].base != ipa.v || mem->ram[i].size != size)
		return -ENOENT;
	if (mem->protected)
		return -EPERM;
	if (mem->cleaning)
		return -EAGAIN;
	if (mem->ram[i].pages)
		return -EBUSY;
	mem->ram[i] = mem->ram[--mem->nr_ram];
	return 0;
}

int vm_del_ram(struct vm *vm, ipa_t ipa, uint64_t size)
{
	int ret;

	spin_lock(&vm->mem.lock);
	ret = del_ram(&vm->mem, ipa, size);
	spin_unlock(&vm->mem.lock);
	return ret;
}

/* -- The end -- */

int vm_kill(struct vm *vm)
{
	int ret;

	spin_lock(&vm->mem.lock);
	vm->mem.dying = true;
	ret = vm->running ? -EBUSY : 0;
	/* Nothing of it runs again, so that nothing is cached anew. */
	if (!ret) {
		arch_tlb_invalidate_all(&vm->mem.pgt);
		vm->mem.pgt.unused = true;
	}
	spin_unlock(&vm->mem.lock);
	return ret;
}

/*
 * One vCPU's page; its run page is the host's alone again. If the pool is short nobody can reach
 * the vCPU any more, and the call is repeated.
 */
static int destroy_vcpu(struct vm *vm, unsigned int i, uint64_t *page)
{
	int ret;

	*page = vm->vcpu_pa[i];
	vm->vcpus[i] = NULL;
	clear_pages(*page, 1);
	ret = ledger_hyp_donate_host(pa(*page), PAGE_SIZE);
	if (ret)
		return ret;

	/* Nothing fails below. */
	ret = ledger_host_unshare_hyp(pa(vm->run_pa[i]));
	EL2_ASSERT(!ret);
	vm->vcpu_pa[i] = vm->run_pa[i] = 0;
	return 0;
}

static int destroy_cached_page(struct vm *vm, uint64_t *page)
{
	int ret;

	*page = cache_pop(&vm->mem.cache);
	ret = ledger_hyp_donate_host(pa(*page), PAGE_SIZE);
	if (ret)
		cache_push(&vm->mem.cache, pa(*page));
	return ret;
}

/*
 * The last step: the VM's own pages, *vm among them. They are less than a block, so their return
 * takes no table and cannot fail.
 */
static void destroy_rest(struct vm *vm, uint64_t *page)
{
	const uint64_t size = DONJON_VM_PAGES * PAGE_SIZE, part = 2 * PAGE_SIZE;
	unsigned int index = vm->handle & 0xff;
	uint64_t off;

	EL2_ASSERT(!vm->mem.pgt.tables);
	*page = vm->pages_pa;
	arch_tlb_invalidate_all(&vm->mem.pgt);
	ledger_remove_guest(&vm->mem);
	vms[index] = NULL;
	nr_vms--;
	clear_pages(*page, DONJON_VM_PAGES);
	for (off = 0; off < size; off += part)
		EL2_ASSERT(!ledger_hyp_donate_host(pa(*page + off), part));
}

int vm_destroy(uint64_t handle, uint64_t *page, uint64_t *what)
{
	struct vm *vm;
	unsigned int i;
	int ret = 0;

	spin_lock(&vms_lock);
	vm = vm_find(handle);
	if (!vm)
		ret = -ENOENT;
	else if (!READ_ONCE(vm->mem.dying) || vm->references || vm->running || vm->mem.pages)
		ret = -EBUSY;
	if (ret)
		goto out;
	for (i = 0; i < DONJON_MAX_VCPUS && !vm->vcpu_pa[i]; i++)
		;
	if (i < DONJON_MAX_VCPUS) {
		*what = DONJON_VM_PAGE_VCPU;
		ret = destroy_vcpu(vm, i, page);
	} else if (vm->mem.cache.count) {
		*what = DONJON_VM_PAGE_CACHE;
		ret = destroy_cached_page(vm, page);
	} else {
		*what = DONJON_VM_PAGE_LAST;
		destroy_rest(vm, page);
	}
out:
	spin_unlock(&vms_lock);
	return ret;
}

int vms_stop(void)
{
	int ret;

	spin_lock(&vms_lock);
	ret = nr_vms ? -EBUSY : 0;
	if (!ret)
		phase_set(DONJON_PHASE_RELEASING);
	spin_unlock(&vms_lock);
	if (!ret)
		firmware_protect_memory(false);
	return ret;
}

/* Without tables a guest faults at once, whatever it executes. */
static void take_tables(struct vm *vm, bool locked)
{
	uint64_t i, n = BIT(vm->mem.pgt.ia_bits - level_shift(vm->mem.pgt.start_level));

	if (locked)
		spin_lock(&vm->mem.lock);
	vm->mem.dying = true;
	for (i = 0; i < n; i++)
		arch_entry_write(&vm->mem.pgt.root[i], 0);
	arch_tlb_invalidate_all(&vm->mem.pgt);
	if (locked)
		spin_unlock(&vm->mem.lock);
}

void vms_destroy_secrets(bool locked)
{
	uint64_t timeout = LEAVE_TIMEOUT;
	unsigned int i, j;

	if (locked)
		spin_lock(&vms_lock);
	machine_ends = true;
	for (i = 0; i < DONJON_MAX_VMS; i++)
		if (vms[i])
			take_tables(vms[i], locked);
	for (i = 0; i < DONJON_MAX_VMS; i++) {
		/* A vCPU of this very CPU cannot leave before we return. */
		for (; vms[i] && timeout &&
		       READ_ONCE(vms[i]->running) >
			       (this_cpu()->vcpu && this_cpu()->vcpu->vm == vms[i]);
		     timeout--)
			arch_relax();
		for (j = 0; vms[i] && j < DONJON_MAX_VCPUS; j++)
			if (vms[i]->vcpus[j]) {
				vcpu_forget(vms[i]->vcpus[j]);
				arch_clean_range(vms[i]->vcpu_pa[j], PAGE_SIZE);
			}
	}
	random_forget();
	ledger_scrub_all(locked);
	if (locked)
		spin_unlock(&vms_lock);
}
