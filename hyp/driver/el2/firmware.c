// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of calls to the firmware that EL2 passes on. EL2 has the last word on what may be on it
 * (smccc_may_be_listed()); here is why not.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/of.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "abi/smccc.h"
#include "firmware.h"

/* PSCI 0.1 had no numbers of its own: the device tree has what the firmware takes. */
static bool is_psci_of_device_tree(u32 id)
{
	static const char * const calls[] = { "cpu_on", "cpu_off", "cpu_suspend", "migrate" };
	struct device_node *node = of_find_node_by_path("/psci");
	bool found = false;
	unsigned int i;
	u32 value;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (!of_property_read_u32(node, calls[i], &value) && value == id)
			found = true;
	of_node_put(node);
	return found;
}

/* Calls whose owner is Arm, by their numbers (DEN0028, and the specification of each). */
static const char *why_not_of_arm(u32 number)
{
	if (number < 0x20)
		return "it is PSCI's, and EL2 decides which CPUs start and stop";
	if (number < 0x40)
		return "it is SDEI's, whose events would run the host's code at EL2";
	if (number >= 0x50 && number < 0x60)
		return "it is TRNG's, which EL2 passes on or refuses by itself";
	if (number >= 0x60 && number < 0xf0)
		return "it is FF-A's, which shares memory that may be a guest's by then";
	return "it is a standard service of Arm's, and EL2 knows what it needs of those";
}

/* NULL: nothing speaks against it. */
static const char *why_not(u32 id)
{
	u32 owner = id >> 24 & 0x3f;

	if (smccc_may_be_listed(id))
		return is_psci_of_device_tree(id) ? "the device tree says that it is PSCI's" : NULL;
	if (owner == 4)
		return why_not_of_arm(id & 0xffff);
	if (owner == 0)
		return "it is of Arm's architecture calls, and EL2 decides about those";
	if (owner == 5 || owner == 6)
		return "a hypervisor answers it, not the firmware";
	if (id & SMCCC_MBZ)
		return "bits 16 to 23 are not zero, as they are in every call";
	return "bits 24 to 29 are not 2 (SiP), 3 (OEM) or 48 to 63 (trusted applications and OSs)";
}

int firmware_read_list(const char *text, struct donjon_firmware_calls *calls)
{
	unsigned int n = 0;
	const char *why;
	char word[24];
	size_t length;
	u32 id;

	memset(calls, 0, sizeof(*calls));
	while (text && *text) {
		length = strcspn(text, ",");
		scnprintf(word, sizeof(word), "%.*s", (int)length, text);
		if (length >= sizeof(word) || kstrtou32(word, 0, &id))
			why = "it is no number of 32 bits";
		else if (n == DONJON_MAX_FIRMWARE_CALLS)
			why = "64 are listed before it, and EL2 takes no more";
		else
			why = why_not(id);
		if (why) {
			pr_err("firmware_calls: '%s' cannot be listed: %s\n", word, why);
			return -EINVAL;
		}
		calls->function[n++] = id;
		text += length;
		text += *text == ',';
	}
	return 0;
}

bool firmware_lists(const struct donjon_firmware_calls *calls, u32 id)
{
	unsigned int i;

	for (i = 0; i < DONJON_MAX_FIRMWARE_CALLS && calls->function[i]; i++)
		if (calls->function[i] == id)
			return true;
	return false;
}

const char *firmware_hint(const char *line)
{
	unsigned long long id;

	if (sscanf(line, "SMC 0x%llx is refused", &id) != 1 || !smccc_may_be_listed(id))
		return "";
	return ": if a driver needs it, see the parameter firmware_calls";
}
