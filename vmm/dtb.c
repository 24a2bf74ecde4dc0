// SPDX-License-Identifier: GPL-2.0-only
/* `donjon dtb`: the device tree that a run would give the guest, without KVM. */
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "boot.h"
#include "console.h"
#include "exitcode.h"
#include "fdt.h"
#include "log.h"
#include "machine.h"

static int write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = path ? fopen(path, "we") : stdout;

	if (!file || fwrite(bytes, 1, size, file) != size || fflush(file)) {
		log_error("%s: cannot write the device tree: %s", path ? path : "standard output",
			  strerror(errno));
		if (path && file)
			fclose(file);
		return EXIT_VMM_ERROR;
	}
	if (path && fclose(file)) {
		log_error("%s: cannot write the device tree: %s", path, strerror(errno));
		return EXIT_VMM_ERROR;
	}
	return 0;
}

static int make(const struct config *config, const struct boot_plan *plan, const char *path,
		void *fdt)
{
	uint64_t mpidr[PLAT_MAX_VCPUS];
	struct bus bus = {.count = 0};
	struct console console;
	struct fdt_input input = {.config = config, .plan = plan, .bus = &bus, .mpidr = mpidr};
	int code = EXIT_VMM_ERROR, size;

	for (unsigned int i = 0; i < config->vm_cpus; i++)
		mpidr[i] = fdt_default_mpidr(i);
	if (getrandom(input.seed, sizeof(input.seed), 0) != sizeof(input.seed)) {
		log_error("no random numbers for the guest's seed: %s", strerror(errno));
		return code;
	}
	if (!console_create(&console, config, &bus, NULL)) {
		input.console = console.model->node;
		size = fdt_make(fdt, &input);
		if (size >= 0)
			code = write_file(path, fdt, (size_t)size);
	}
	console_destroy(&console);
	return code;
}

int machine_dtb(const struct config *config, const char *path)
{
	void *fdt = malloc(BOOT_FDT_SIZE);
	struct boot_plan plan;
	int code = EXIT_CONFIG;

	if (!fdt) {
		log_error("no memory for the device tree");
		return EXIT_VMM_ERROR;
	}
	if (!boot_plan(&plan, config)) {
		code = make(config, &plan, path, fdt);
		boot_plan_close(&plan);
	}
	free(fdt);
	return code;
}
