// SPDX-License-Identifier: GPL-2.0-only
#include "memlock.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For what else of this process may be pinned or locked: vCPU run pages, and a margin. */
#define SLACK (1ULL << 20)

/*
 * In a user namespace of its own a process has all capabilities there, and none that counts here.
 */
static bool in_first_user_namespace(void)
{
	unsigned long inside, outside, count;
	FILE *map = fopen("/proc/self/uid_map", "re");
	bool first;

	if (!map)
		return true; /* a kernel without namespaces, or no /proc */
	first = fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && !inside && !outside &&
		count == UINT32_MAX;
	fclose(map);
	return first;
}

static bool may_lock_everything(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &header, data) || !in_first_user_namespace())
		return false;
	return data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK);
}

void memlock_query(struct memlock *lock, bool pins, uint64_t memory)
{
	struct rlimit limit;

	*lock = (struct memlock){ .need = pins ? memory + SLACK : 0 };
	lock->unlimited = may_lock_everything();
	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	if (limit.rlim_cur != limit.rlim_max) {
		rlim_t before = limit.rlim_cur;

		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_MEMLOCK, &limit))
			limit.rlim_cur = before;
	}
	lock->have = limit.rlim_cur;
	if (limit.rlim_cur == RLIM_INFINITY)
		lock->unlimited = true;
}

bool memlock_suffices(const struct memlock *lock)
{
	return lock->unlimited || lock->have >= lock->need;
}

bool memlock_has_room_to_lock(const struct memlock *lock, uint64_t memory)
{
	return lock->unlimited || lock->have >= lock->need + memory;
}

const char *memlock_text(const struct memlock *lock, char *text, size_t size)
{
	if (lock->unlimited)
		snprintf(text, size, "unlimited");
	else
		snprintf(text, size, "%" PRIu64 " KiB", lock->have / 1024);
	return text;
}
