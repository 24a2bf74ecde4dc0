// SPDX-License-Identifier: GPL-2.0-only
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../hyp/abi/platform.h"
#include "../util/log.h"
#include "gunzip.h"
#include "image.h"
#include "swiotlb.h"

#define PAGE 4096UL
#define GIB  (1ULL << 30)

static int open_file(struct boot_file *file, const char *path, const char *what)
{
	struct stat status;
	int ret;

	file->path = path;
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would wait */
	if (file->fd < 0 || fstat(file->fd, &status)) {
		ret = -errno;
		log_error("%s: cannot open the %s: %s", path, what, error_text(-ret));
		return ret;
	}
	if (!S_ISREG(status.st_mode)) {
		log_error("%s: the %s must be a regular file", path, what);
		return -EINVAL;
	}
	file->file_size = (uint64_t)status.st_size;
	file->memory_size = file->file_size;
	return 0;
}

static int read_fully(const struct boot_file *file, void *buffer, uint64_t length)
{
	uint64_t done = 0;

	while (done < length) {
		ssize_t count =
			pread(file->fd, (uint8_t *)buffer + done, length - done, (off_t)done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0) {
			int ret = count ? -errno : -EIO;

			log_error("%s: cannot read at byte %" PRIu64 ": %s", file->path, done,
				  count ? error_text(errno) : "the file has shrunk");
			return ret;
		}
		done += (uint64_t)count;
	}
	return 0;
}

/* Unpacks a compressed kernel. The limit is the guest's RAM, in which it has to fit. */
static int unpack(struct boot_file *kernel, uint64_t limit)
{
	char why[256];
	int ret =
		gunzip(kernel->fd, limit, &kernel->unpacked, &kernel->file_size, why, sizeof(why));

	if (!ret)
		return 0;
	log_error("%s: %s", kernel->path, why);
	return ret == -ENOMEM ? ret : -EINVAL;
}

/* Opens the kernel and reads what it says about itself. */
static int probe_kernel(struct boot_plan *plan, const struct config *config, struct image *image)
{
	struct boot_file *kernel = &plan->kernel;
	uint8_t head[IMAGE_PROBE_SIZE];
	char why[256];
	size_t length;
	int ret = open_file(kernel, config->kernel_image, "kernel");

	if (ret)
		return ret;
	length = kernel->file_size < sizeof(head) ? kernel->file_size : sizeof(head);
	ret = read_fully(kernel, head, length);
	if (!ret && config->kernel_format != FORMAT_FLAT && gunzip_recognise(head, length)) {
		ret = unpack(kernel, plan->ram_size);
		if (!ret) {
			length =
				kernel->file_size < sizeof(head) ? kernel->file_size : sizeof(head);
			memcpy(head, kernel->unpacked, length);
		}
	}
	if (ret)
		return ret;
	if (!image_probe(image, head, length, kernel->file_size, config->kernel_format, why,
			 sizeof(why)))
		return 0;
	log_error("%s: %s%s", kernel->path, kernel->unpacked ? "unpacked: " : "", why);
	return -EINVAL;
}

static int plan_kernel(struct boot_plan *plan, const struct config *config)
{
	struct boot_file *kernel = &plan->kernel;
	struct image image;
	int ret = probe_kernel(plan, config, &image);

	if (ret)
		return ret;
	/* Both terms are checked before the sum, since a header may hold any 64 bits. */
	if (image.text_offset > plan->ram_size ||
	    image.memory_size > plan->ram_size - image.text_offset) {
		log_error("%s: the kernel needs %" PRIu64 " KiB at offset 0x%" PRIx64
			  ", but guest RAM is only %" PRIu64 " KiB; raise [vm] memory",
			  kernel->path, image.memory_size / 1024 + 1, image.text_offset,
			  plan->ram_size / 1024);
		return -EINVAL;
	}
	kernel->ipa = plan->ram_ipa + image.text_offset;
	kernel->memory_size = image.memory_size;
	plan->entry = kernel->ipa;
	return 0;
}

/*
 * Plans the command line, and the pool whose size it carries. A flat binary is not Linux: nothing
 * is added.
 */
static int plan_cmdline(struct boot_plan *plan, const struct config *config, bool protected)
{
	int added;

	if (config->kernel_format == FORMAT_FLAT) {
		strcpy(plan->cmdline, config->kernel_cmdline);
		return 0;
	}
	if (protected && cmdline_has(config->kernel_cmdline, "earlycon"))
		log_warn("[kernel] cmdline has earlycon, which hangs Linux 6.13 and newer in a "
			 "protected guest; use console= alone");
	if (protected && !cmdline_has(config->kernel_cmdline, "swiotlb"))
		plan->pool = swiotlb_pool(config);
	plan->ram_size += plan->pool;
	added = cmdline_make(plan->cmdline, config->kernel_cmdline, plan->pool / IO_TLB_SIZE);
	if (added < 0)
		return -EINVAL;
	if (added)
		log_verbose("kernel command line: '%.*s' is prepended", added - 1, plan->cmdline);
	return 0;
}

/*
 * Puts device tree and initrd at the top of RAM, above the kernel; the boot protocol has the initrd
 * in 32 GiB, aligned to 1 GiB, with the kernel.
 */
static int plan_top(struct boot_plan *plan, const struct config *config)
{
	uint64_t kernel_end = plan->kernel.ipa + plan->kernel.memory_size;
	uint64_t window = plan->kernel.ipa / GIB * GIB + 32 * GIB;
	uint64_t top = plan->ram_ipa + plan->ram_size, needed;
	int ret;

	if (top > window)
		top = window;
	if (*config->kernel_initrd) {
		ret = open_file(&plan->initrd, config->kernel_initrd, "initrd");
		if (ret)
			return ret;
	}
	needed = (plan->initrd.memory_size + PAGE - 1) / PAGE * PAGE;
	if (kernel_end > top || needed < plan->initrd.memory_size ||
	    BOOT_FDT_SIZE > top - kernel_end || needed > top - kernel_end - BOOT_FDT_SIZE) {
		log_error("%s: the kernel (%" PRIu64 " KiB), the initrd (%" PRIu64
			  " KiB) and the device tree (%lu KiB) do not fit in %" PRIu64
			  " KiB of guest RAM; raise [vm] memory",
			  plan->kernel.path, (kernel_end - plan->ram_ipa + 1023) / 1024,
			  (plan->initrd.memory_size + 1023) / 1024, BOOT_FDT_SIZE / 1024,
			  plan->ram_size / 1024);
		return -EINVAL;
	}
	plan->fdt = top - BOOT_FDT_SIZE;
	plan->initrd.ipa = plan->fdt - needed;
	return 0;
}

int boot_plan(struct boot_plan *plan, const struct config *config, bool protected)
{
	int ret;

	*plan = (struct boot_plan){
		.kernel.fd = -1,
		.initrd.fd = -1,
		.ram_ipa = PLAT_RAM_BASE,
		.ram_size = config->vm_memory,
	};
	ret = plan_cmdline(plan, config, protected);
	if (!ret)
		ret = plan_kernel(plan, config);
	if (!ret)
		ret = plan_top(plan, config);
	if (ret)
		boot_plan_close(plan);
	return ret;
}

static int load_file(const struct boot_file *file, const struct guest_ram *ram)
{
	void *place = ram_range(ram, file->ipa, file->file_size);
	int ret;

	if (!place) {
		log_error("%s: 0x%" PRIx64 " to 0x%" PRIx64 " is not guest RAM", file->path,
			  file->ipa, file->ipa + file->file_size);
		return -EFAULT;
	}
	ret = ram_reserve(ram, file->ipa, file->file_size);
	if (ret)
		return ret;
	if (!file->unpacked)
		return read_fully(file, place, file->file_size);
	memcpy(place, file->unpacked, file->file_size);
	return 0;
}

int boot_load(const struct boot_plan *plan, const struct guest_ram *ram)
{
	int ret = load_file(&plan->kernel, ram);

	if (!ret && plan->initrd.fd >= 0)
		ret = load_file(&plan->initrd, ram);
	return ret;
}

void boot_plan_close(struct boot_plan *plan)
{
	if (plan->kernel.fd >= 0)
		close(plan->kernel.fd);
	if (plan->initrd.fd >= 0)
		close(plan->initrd.fd);
	free(plan->kernel.unpacked);
	plan->kernel.unpacked = NULL;
	plan->kernel.fd = -1;
	plan->initrd.fd = -1;
}
