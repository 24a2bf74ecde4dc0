// SPDX-License-Identifier: GPL-2.0-only
/* The words of the language that mean numbers. */
#include <string.h>

#include "script.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	int64_t answer;
} answers[] = {
	{"OK", DONJON_OK},
	{"NOT_SUPPORTED", DONJON_E_NOT_SUPPORTED},
	{"INVALID", DONJON_E_INVALID},
	{"PHASE", DONJON_E_PHASE},
	{"DENIED", DONJON_E_DENIED},
	{"NO_POOL", DONJON_E_NO_POOL},
	{"NO_CACHE", DONJON_E_NO_CACHE},
	{"BUSY", DONJON_E_BUSY},
	{"NOT_FOUND", DONJON_E_NOT_FOUND},
	{"EXISTS", DONJON_E_EXISTS},
	{"POISONED", DONJON_E_POISONED},
	{"DYING", DONJON_E_DYING},
	{"OFF", DONJON_E_OFF},
	{"REFUSED", ANSWER_REFUSED},
	{"MISSING", ANSWER_MISSING},
	{"TOPUP", ANSWER_TOPUP},
	{"SPEC", ANSWER_SPEC},
};

const char *answer_name(int64_t answer)
{
	for (size_t i = 0; i < COUNT(answers); i++)
		if (answers[i].answer == answer)
			return answers[i].name;
	return NULL;
}

bool answer_find(const char *name, int64_t *answer)
{
	for (size_t i = 0; i < COUNT(answers); i++)
		if (!strcmp(answers[i].name, name)) {
			*answer = answers[i].answer;
			return true;
		}
	return false;
}

static int find(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (names[i] && !strcmp(names[i], name))
			return (int)i;
	return -1;
}

static const char *const states[] = {
	[DONJON_PAGE_HOST] = "host",   [DONJON_PAGE_HOST_SHARED] = "host_shared",
	[DONJON_PAGE_GUEST] = "guest", [DONJON_PAGE_GUEST_SHARED] = "guest_shared",
	[DONJON_PAGE_HYP] = "hyp",     [DONJON_PAGE_NOT_RAM] = "not_ram",
	[DONJON_PAGE_CLEANING] = "cleaning",
};

const char *state_name(uint64_t state)
{
	return state < COUNT(states) ? states[state] : NULL;
}

int state_find(const char *name)
{
	return find(states, COUNT(states), name);
}

/* HOST_MAPS and HOST_REFUSALS also move with what the rest of the host does, so scripts cannot ask
 * for them. */
static const char *const counters[DONJON_NR_COUNTERS] = {
	[DONJON_CNT_POOL_FREE] = "pool",
	[DONJON_CNT_HOST_TABLES] = "tables",
	[DONJON_CNT_HOST_WRITES] = "writes",
	[DONJON_CNT_HOST_SPLITS] = "splits",
	[DONJON_CNT_HOST_FOLDS] = "folds",
	[DONJON_CNT_GUEST_WRITES] = "guest_writes",
	[DONJON_CNT_GUEST_SPLITS] = "guest_splits",
	[DONJON_CNT_FORCED_RECLAIMS] = "forced",
	[DONJON_CNT_ZEROED_PAGES] = "zeroed",
	[DONJON_CNT_VMS] = "vms",
};

const char *counter_name(unsigned int counter)
{
	return counter < COUNT(counters) ? counters[counter] : NULL;
}

int counter_find(const char *name)
{
	return find(counters, COUNT(counters), name);
}

bool call_find(const char *name, uint64_t *identifier)
{
#define CALL(name)                                                                                 \
	{                                                                                          \
#name, DONJON_HC_##name                                                            \
	}
	static const struct {
		const char *name;
		uint64_t identifier;
	} calls[] = {
		CALL(INFO),	    CALL(POOL_DONATE), CALL(COUNTER),  CALL(LEDGER),
		CALL(VM_CREATE),    CALL(VCPU_CREATE), CALL(VM_TOPUP), CALL(VM_ADD_RAM),
		CALL(VM_DEL_RAM),   CALL(VM_MAP),      CALL(VM_UNMAP), CALL(VCPU_SET_REG),
		CALL(VCPU_GET_REG), CALL(VCPU_POWER),  CALL(VCPU_RUN), CALL(VM_KILL),
		CALL(VM_RECLAIM),   CALL(VM_DESTROY),
	};
#undef CALL

	for (size_t i = 0; i < COUNT(calls); i++)
		if (!strcmp(calls[i].name, name)) {
			*identifier = calls[i].identifier;
			return true;
		}
	return false;
}
