/* SPDX-License-Identifier: GPL-2.0-only */
/* What the linker replaces (ld --wrap): __real_ is EL2's own function, __wrap_ that of hooks.c. */
#pragma once

#include <el2/ledger.h>

void __real_spin_lock(struct spinlock *lock);
void __real_spin_unlock(struct spinlock *lock);
void __wrap_spin_lock(struct spinlock *lock);
void __wrap_spin_unlock(struct spinlock *lock);
int __real_ledger_host_map_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size);
int __wrap_ledger_host_map_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size);
int __real_ledger_return(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done,
			 bool dying);
int __wrap_ledger_return(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done,
			 bool dying);
int __real_ledger_guest_set_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t size,
				  enum ripas want, uint64_t flags, uint64_t *done);
int __wrap_ledger_guest_set_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t size,
				  enum ripas want, uint64_t flags, uint64_t *done);
int __real_ledger_host_fault(pa_t pa, unsigned int *owner, uint64_t *ipa);
int __wrap_ledger_host_fault(pa_t pa, unsigned int *owner, uint64_t *ipa);
int __real_ledger_query(pa_t pa, uint64_t *end, enum donjon_page_state *state, unsigned int *owner,
			uint64_t *ipa);
int __wrap_ledger_query(pa_t pa, uint64_t *end, enum donjon_page_state *state, unsigned int *owner,
			uint64_t *ipa);
int __real_ledger_guest_lookup(struct guest_memory *guest, ipa_t ipa);
int __wrap_ledger_guest_lookup(struct guest_memory *guest, ipa_t ipa);
enum ripas __real_ledger_guest_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t *end);
enum ripas __wrap_ledger_guest_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t *end);
int __real_ledger_claim_hyp(pa_t base, uint64_t size);
int __wrap_ledger_claim_hyp(pa_t base, uint64_t size);
void __real_ledger_add_guest(struct guest_memory *guest);
void __wrap_ledger_add_guest(struct guest_memory *guest);
void __real_ledger_remove_guest(struct guest_memory *guest);
void __wrap_ledger_remove_guest(struct guest_memory *guest);
void __real_vms_destroy_secrets(bool locked);
void __wrap_vms_destroy_secrets(bool locked);
void __real_hyp_memory_init(pte_t *root, uint64_t root_pa, uint64_t tables);
void __wrap_hyp_memory_init(pte_t *root, uint64_t root_pa, uint64_t tables);
void __real_ledger_init(unsigned int ia_bits, pte_t *root, uint64_t root_pa);
void __wrap_ledger_init(unsigned int ia_bits, pte_t *root, uint64_t root_pa);
