// SPDX-License-Identifier: GPL-2.0-only
/*
 * donjon_conduit.ko, for tests only: as long as it is loaded the kernel's copy of the device tree
 * says that PSCI is by HVC. The kernel itself goes on by SMC: it has read the node when it booted.
 */
#include <linux/module.h>
#include <linux/of.h>

static struct property *method;
static void *was;
static char hvc[] = "hvc";

static int __init conduit_init(void)
{
	struct device_node *node = of_find_node_by_path("/psci");

	method = of_find_property(node, "method", NULL);
	of_node_put(node);
	if (!method || method->length != sizeof(hvc))
		return -ENODEV;
	was = method->value;
	method->value = hvc;
	return 0;
}

static void __exit conduit_exit(void)
{
	method->value = was;
}

module_init(conduit_init);
module_exit(conduit_exit);
MODULE_DESCRIPTION("Donjon's tests: a machine whose PSCI is by HVC");
MODULE_LICENSE("GPL");
