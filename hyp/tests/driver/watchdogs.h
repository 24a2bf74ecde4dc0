/* SPDX-License-Identifier: GPL-2.0-only */
/* What a source of machine.h says of the machine's watchdogs, as text. MACHINE: that source. */
#pragma once

static char seen[512];
static int answer;		/* of the callback */

static int see(const struct machine_watchdog *w, bool leave)
{
	unsigned int i, at = strlen(seen);

	at += snprintf(seen + at, sizeof(seen) - at, "%s%s%s", w->name, leave ? " left" : "",
		       w->has_driver ? " busy" : "");
	for (i = 0; i < w->nr_frames; i++)
		at += snprintf(seen + at, sizeof(seen) - at, " %llx+%llx",
			       (unsigned long long)w->frames[i].base,
			       (unsigned long long)w->frames[i].size);
	if (w->smc)
		at += snprintf(seen + at, sizeof(seen) - at, " smc %x", w->smc);
	snprintf(seen + at, sizeof(seen) - at, " %llx\n", (unsigned long long)w->sbsa_control);
	return answer;
}

static const char *watchdogs(bool leave)
{
	seen[0] = 0;
	assert_int_equal(MACHINE.each_watchdog(see, leave), answer);
	return seen;
}
