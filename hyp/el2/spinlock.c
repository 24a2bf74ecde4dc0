// SPDX-License-Identifier: GPL-2.0-only
#include <el2/spinlock.h>
#include <el2/panic.h>
#include <arch/machine.h>
#include <arch/percpu.h>

static bool broken;

void spin_init(struct spinlock *lock, enum lock_rank rank)
{
	*lock = (struct spinlock){ .rank = rank };
}

static bool is_served(const struct spinlock *lock, uint16_t ticket)
{
	return __atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) == ticket;
}

static __attribute__((noinline)) void wait_for(const struct spinlock *lock, uint16_t ticket)
{
	while (!is_served(lock, ticket) && !READ_ONCE(broken))
		arch_relax();
}

void spin_lock(struct spinlock *lock)
{
	uint32_t *held = arch_locks_held();
	uint16_t ticket;

	EL2_ASSERT(!(*held >> lock->rank));
	*held |= 1U << lock->rank;
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	if (!is_served(lock, ticket))
		wait_for(lock, ticket);
}

void spin_unlock(struct spinlock *lock)
{
	uint32_t *held = arch_locks_held();

	EL2_ASSERT(*held & (1U << lock->rank));
	*held &= ~(1U << lock->rank);
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

void spin_break_all(void)
{
	*arch_locks_held() = 0;
	WRITE_ONCE(broken, true);
}

bool spin_held(enum lock_rank rank)
{
	return *arch_locks_held() & (1U << rank);
}
