// SPDX-License-Identifier: GPL-2.0-only
#include "image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FLAG_BIG_ENDIAN 1

/* A file format that people hand to a VMM, and how to get an Image out of it. */
struct foreign_format {
	size_t offset;
	const char *magic;
	size_t length;
	const char *name, *advice;
};

#define MAGIC(text) text, sizeof(text) - 1

static const struct foreign_format foreign[] = {
	{ 4, MAGIC("zimg"), "an EFI zboot image", "unpack its payload to an Image first" },
	{ 0, MAGIC("\x1f\x8b"), "gzip-compressed", "gunzip it first" },
	{ 0, MAGIC("\x28\xb5\x2f\xfd"), "zstd-compressed", "unzstd it first" },
	{ 0, MAGIC("\xfd" "7zXZ\0"), "xz-compressed", "unxz it first" },
	{ 0, MAGIC("\x04\x22\x4d\x18"), "lz4-compressed", "unlz4 it first" },
	{ 0, MAGIC("\x02\x21\x4c\x18"), "lz4-compressed (legacy format)", "unlz4 it first" },
	{ 0, MAGIC("BZh"), "bzip2-compressed", "bunzip2 it first" },
	{ 0, MAGIC("\x5d\0\0"), "lzma-compressed", "unlzma it first" },
	{ 0, MAGIC("\x89LZO"), "lzop-compressed", "lzop -d it first" },
	{ 0, MAGIC("\x7f" "ELF"), "an ELF file",
	  "use arch/arm64/boot/Image, or objcopy -O binary" },
	{ 0x38, MAGIC("RSC\x05"), "a RISC-V Image", "the guest is arm64" },
	{ 0x202, MAGIC("HdrS"), "an x86 bzImage", "the guest is arm64" },
	{ 0x24, MAGIC("\x18\x28\x6f\x01"), "a 32-bit Arm zImage", "the guest is arm64" },
	{ 0, MAGIC("\x27\x05\x19\x56"), "a U-Boot uImage", "extract its Image with dumpimage" },
	{ 0, MAGIC("ANDROID!"), "an Android boot image", "unpack its kernel first" },
	{ 0, MAGIC("\xd0\x0d\xfe\xed"), "a device tree (or FIT image)",
	  "donjon makes the device tree itself" },
	{ 0, MAGIC("070701"), "a cpio archive", "it belongs in [kernel] initrd" },
	{ 0, MAGIC("!<arch>"), "a library or Debian package", "extract the kernel from it first" },
	{ 0, MAGIC("#!"), "a script", "give the kernel's file" },
	{ 0, MAGIC("MZ"), "a PE/EFI executable without an arm64 Image header",
	  "use arch/arm64/boot/Image" },
};

static uint64_t little64(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | bytes[i];
	return value;
}

static const struct foreign_format *recognise(const uint8_t *head, size_t length)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		const struct foreign_format *format = &foreign[i];

		if (format->offset + format->length <= length &&
		    !memcmp(head + format->offset, format->magic, format->length))
			return format;
	}
	return NULL;
}

static int read_header(struct image *image, const uint8_t *head, uint64_t file_size, char *why,
		       size_t why_size)
{
	uint64_t flags = little64(head + 24);

	image->text_offset = little64(head + 8);
	image->memory_size = little64(head + 16);
	if (!image->memory_size) {
		snprintf(why, why_size,
			 "the arm64 Image header gives image_size 0 (Linux before 3.17), so the "
			 "memory that the kernel uses is unknown");
		return -ENOEXEC;
	}
	if (flags & FLAG_BIG_ENDIAN) {
		snprintf(why, why_size,
			 "a big-endian arm64 Image; donjon runs little-endian guests");
		return -ENOEXEC;
	}
	if (image->text_offset % 4096) {
		snprintf(why, why_size,
			 "the arm64 Image header gives text_offset 0x%" PRIx64
			 ", which is not a multiple of 4096; the file is damaged",
			 image->text_offset);
		return -ENOEXEC;
	}
	if (image->memory_size < file_size)
		image->memory_size = file_size;
	return 0;
}

int image_probe(struct image *image, const uint8_t *head, size_t length, uint64_t file_size,
		enum image_format format, char *why, size_t why_size)
{
	bool is_image = length >= IMAGE_HEADER_SIZE && !memcmp(head + 56, "ARM\x64", 4);
	const struct foreign_format *other;

	if (!file_size) {
		snprintf(why, why_size, "the file is empty");
		return -ENOEXEC;
	}
	if (format == FORMAT_FLAT) {
		*image = (struct image){ .memory_size = file_size };
		return 0;
	}
	if (is_image)
		return read_header(image, head, file_size, why, why_size);
	other = recognise(head, length);
	if (other)
		snprintf(why, why_size, "%s; donjon loads an arm64 Image: %s", other->name,
			 other->advice);
	else
		snprintf(why, why_size,
			 "not an arm64 Image (no \"ARM\\x64\" at byte 56); for a flat binary that "
			 "is entered at its first byte, set [kernel] format = flat");
	return -ENOEXEC;
}
