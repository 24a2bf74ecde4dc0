// SPDX-License-Identifier: GPL-2.0-only
/* `donjon dtb`: the device tree that a run would give the guest, without KVM. */
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>

#include "../devices.h"
#include "../exitcode.h"
#include "../machine.h"
#include "../util/log.h"
#include "boot.h"
#include "fdt.h"

static int write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = path ? fopen(path, "we") : stdout;

	if (!file || fwrite(bytes, 1, size, file) != size || fflush(file)) {
		log_error("%s: cannot write the device tree: %s", path ? path : "standard output",
			  error_text(errno));
		if (path && file)
			fclose(file);
		return EXIT_VMM_ERROR;
	}
	if (path && fclose(file)) {
		log_error("%s: cannot write the device tree: %s", path, error_text(errno));
		return EXIT_VMM_ERROR;
	}
	return 0;
}

static int make(const struct config *config, const struct boot_plan *plan,
		const struct protection *protection, const char *path, void *fdt)
{
	static const uint8_t no_seed[FDT_SEED_SIZE];
	uint64_t mpidr[PLAT_MAX_VCPUS];
	struct devices devices;
	struct fdt_input input = {
		.config = config,
		.plan = plan,
		.bus = &devices.bus,
		.mpidr = mpidr,
		.psci_method = protection->psci_method,
	};
	int code, size;

	/* An unprotected guest gets other seeds at each start: here zeroes hold their place. */
	if (!protection_protects(protection))
		input.seed = no_seed;

	for (unsigned int i = 0; i < config->vm_cpus; i++)
		mpidr[i] = fdt_default_mpidr(i);
	code = devices_create(&devices, config, DEVICES_DESCRIBE, protection_protects(protection),
			      NULL);
	if (!code) {
		input.console = console_node(&devices.console);
		size = fdt_make(fdt, &input);
		code = size < 0 ? EXIT_VMM_ERROR : write_file(path, fdt, (size_t)size);
	}
	devices_destroy(&devices);
	return code;
}

int machine_dtb(const struct config *config, const char *path)
{
	const struct protection *protection = protection_expected(config);
	void *fdt = malloc(BOOT_FDT_SIZE);
	struct boot_plan plan;
	int code = EXIT_CONFIG;

	if (!fdt) {
		log_error("no memory for the device tree");
		return EXIT_VMM_ERROR;
	}
	if (!boot_plan(&plan, config, protection_protects(protection))) {
		code = make(config, &plan, protection, path, fdt);
		boot_plan_close(&plan);
	}
	free(fdt);
	return code;
}
