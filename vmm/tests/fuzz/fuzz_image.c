// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel files. The input: one byte of options (bits [1:0] [kernel] format, bit 2: an initrd of as
 * many bytes as the next two say), two bytes of a size beyond the contents, in KiB, two of guest
 * memory in MiB, and the file's contents. Bit 3 of the options: the contents are compressed with
 * gzip before they are written; bit 4: the guest is protected and has a disk, for which RAM grows.
 *
 * Expected of image_probe(): no read behind the beginning that it is given; 0 or -ENOEXEC with a
 * sentence. Of boot_plan() and boot_load(): what is planned lies in RAM and does not overlap, and
 * the bytes arrive where they were to; a refusal names the file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "../../../hyp/tests/fuzz/harness.h"
#include "../../../hyp/tests/fuzz/input.h"
#include "../../boot/boot.h"
#include "../../boot/image.h"
#include "../../util/log.h"

#define MIB	   (1UL << 20)
#define MEMORY_MAX (8 * MIB)
#define POOL_MAX   (16 * MIB)

/* A file in memory, made once and filled anew each time. */
static const char *file_of(int which, const void *bytes, size_t size, uint64_t file_size)
{
	static int fds[2] = { -1, -1 };
	static char paths[2][32];

	if (fds[which] < 0) {
		fds[which] = memfd_create("kernel", 0);
		FUZZ_CHECK(fds[which] >= 0, "no file in memory: %s", strerror(errno));
		snprintf(paths[which], sizeof(paths[which]), "/proc/self/fd/%d", fds[which]);
	}
	FUZZ_CHECK(!ftruncate(fds[which], 0) &&
			   pwrite(fds[which], bytes, size, 0) == (ssize_t)size &&
			   !ftruncate(fds[which], (off_t)file_size),
		   "cannot write the file");
	return paths[which];
}

static void check_probe(const uint8_t *bytes, size_t size, uint64_t file_size,
			enum image_format format)
{
	size_t length = size < IMAGE_PROBE_SIZE ? size : IMAGE_PROBE_SIZE;
	/* On the heap, so that the sanitizer sees each byte too many. */
	uint8_t *head = malloc(length ? length : 1);
	char *why = malloc(256);
	struct image image = { 0 };
	int ret;

	memcpy(head, bytes, length);
	memset(why, 0xa5, 256);
	ret = image_probe(&image, head, length, file_size, format, why, 256);
	show("probe -> %d%s%s\n", ret, ret ? " " : "", ret ? why : "");
	FUZZ_CHECK(!ret || ret == -ENOEXEC, "expected 0 or -ENOEXEC, seen %d", ret);
	if (ret) {
		FUZZ_CHECK(memchr(why, 0, 256) && *why, "refused without a sentence");
	} else {
		FUZZ_CHECK(image.memory_size >= file_size && image.memory_size,
			   "uses %lu bytes, the file has %lu", image.memory_size, file_size);
		FUZZ_CHECK(image.text_offset % 4096 == 0, "text_offset 0x%lx", image.text_offset);
	}
	free(head);
	free(why);
}

static void check_overlap(const struct boot_plan *plan)
{
	uint64_t end = plan->ram_ipa + plan->ram_size,
		 kernel_end = plan->kernel.ipa + plan->kernel.memory_size;

	FUZZ_CHECK(plan->kernel.ipa >= plan->ram_ipa && kernel_end >= plan->kernel.ipa &&
			   plan->kernel.memory_size >= plan->kernel.file_size,
		   "kernel at 0x%lx, %lu bytes", plan->kernel.ipa, plan->kernel.memory_size);
	FUZZ_CHECK(plan->entry == plan->kernel.ipa, "entry 0x%lx", plan->entry);
	FUZZ_CHECK(plan->initrd.ipa >= kernel_end && plan->initrd.ipa <= plan->fdt &&
			   plan->fdt - plan->initrd.ipa >= plan->initrd.file_size,
		   "kernel to 0x%lx, initrd 0x%lx, %lu bytes, device tree 0x%lx", kernel_end,
		   plan->initrd.ipa, plan->initrd.file_size, plan->fdt);
	FUZZ_CHECK(plan->ram_size <= MEMORY_MAX + POOL_MAX && plan->pool <= POOL_MAX,
		   "%lu bytes of RAM, %lu of it a pool", plan->ram_size, plan->pool);
	FUZZ_CHECK(plan->fdt + BOOT_FDT_SIZE == end, "device tree at 0x%lx, RAM to 0x%lx",
		   plan->fdt, end);
}

static void check_load(const struct boot_plan *plan, const uint8_t *bytes, size_t size)
{
	static uint8_t *memory;
	struct guest_ram ram = { .ipa = plan->ram_ipa, .size = plan->ram_size };

	if (!memory)
		memory = mmap(NULL, MEMORY_MAX + POOL_MAX, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ram.host = memory;
	FUZZ_CHECK(!boot_load(plan, &ram), "planned, but not loaded");
	if (plan->kernel.unpacked) {
		bytes = plan->kernel.unpacked;
		size = plan->kernel.file_size;
	}
	FUZZ_CHECK(!memcmp(memory + (plan->kernel.ipa - plan->ram_ipa), bytes, size),
		   "other bytes than the file's");
}

static void check_plan(const uint8_t *bytes, size_t size, struct config *config, bool protected)
{
	struct boot_plan plan;
	char *messages;
	size_t length;
	FILE *stream = open_memstream(&messages, &length);
	int ret;

	log_to(stream);
	ret = boot_plan(&plan, config, protected);
	if (!ret) {
		show("kernel at 0x%lx, %lu bytes; initrd at 0x%lx; device tree at 0x%lx\n",
		     plan.kernel.ipa, plan.kernel.memory_size, plan.initrd.ipa, plan.fdt);
		check_overlap(&plan);
		check_load(&plan, bytes, size);
		boot_plan_close(&plan);
	}
	log_to(NULL);
	fclose(stream);
	show("plan -> %d %s", ret, messages);
	FUZZ_CHECK(!ret || ret == -EINVAL, "expected 0 or -EINVAL, seen %d", ret);
	FUZZ_CHECK(!ret == !*messages, "answer %d, message '%s'", ret, messages);
	FUZZ_CHECK(!ret || strstr(messages, config->kernel_image),
		   "the message does not name the file: %s", messages);
	free(messages);
}

/* @bytes as a gzip file, in memory that the next call reuses. */
static const uint8_t *compress_all(const uint8_t *bytes, size_t *size)
{
	static uint8_t packed[1 << 20];
	z_stream stream = { .next_in = (uint8_t *)(uintptr_t)bytes,
			    .avail_in = (unsigned int)*size,
			    .next_out = packed,
			    .avail_out = sizeof(packed) };

	FUZZ_CHECK(deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) ==
				   Z_OK &&
			   deflate(&stream, Z_FINISH) == Z_STREAM_END,
		   "cannot compress");
	*size = stream.total_out;
	deflateEnd(&stream);
	return packed;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = input_of(bytes, size);
	uint8_t options = input_8(&in);
	uint64_t initrd = input_16(&in), more = input_16(&in), memory = input_8(&in);
	size_t left = (size_t)(in.end - in.next);
	uint64_t file_size = left + (more & 0x8000 ? (more & 0x7fff) << 10
				     : more & 1	   ? more >> 1
						   : 0);
	struct config config = {
		.kernel_format = (options & 3) % 3,
		.vm_memory = memory % (MEMORY_MAX / MIB) * MIB + MIB,
	};
	static const uint8_t nothing[65536];
	char none[] = "";
	const uint8_t *contents = in.next;

	show("format %d, contents %zu of %lu bytes, memory %lu MiB, initrd %lu bytes\n",
	     config.kernel_format, left, file_size, config.vm_memory / MIB,
	     options & 4 ? initrd : 0);
	check_probe(in.next, left, file_size, config.kernel_format);
	config.kernel_cmdline = none;
	config.disks = options >> 4 & 1;
	config.vm_cpus = 1;
	if (options & 8) {
		contents = compress_all(in.next, &left);
		file_size = left;
	}
	config.kernel_image = (char *)(uintptr_t)file_of(0, contents, left, file_size);
	config.kernel_initrd =
		options & 4 ? (char *)(uintptr_t)file_of(1, nothing, initrd, initrd) : none;
	check_plan(contents, left, &config, options >> 4 & 1);
	return 0;
}
