// SPDX-License-Identifier: GPL-2.0-only
/*
 * donjon-kexec: the smallest loader for kexec_load(2), since the nested host has no kexec-tools,
 * and a reader of a crashed kernel's memory.
 *
 *   donjon-kexec load KERNEL INITRD CMDLINE    the kernel that `exec` starts
 *   donjon-kexec panic KERNEL INITRD CMDLINE   the kernel that a panic starts
 *   donjon-kexec exec                          starts it, without a word to anybody in user space
 *   donjon-kexec read VMCORE                   reads all RAM that an ELF core describes; prints
 *                                              how much, and how many words of the pattern of
 *                                              `secret` it has
 *   donjon-kexec search                        the same for the standard input, at any offset
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libfdt.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "secret/pattern.h"

#define ALIGN_UP(x, to)	(((x) + (to) - 1) & ~((uint64_t)(to) - 1))
#define MIB		(1UL << 20)
#define PAGE		4096UL
#define MAX_RANGES	64
#define MAX_CPUS	16
#define FDT_ROOM	65536	/* for what is added to the device tree */
/* Of the kernel's image (Documentation/arch/arm64/booting.rst), in 64-bit words */
#define IMAGE_TEXT_OFFSET	1
#define IMAGE_SIZE		2

struct range {
	uint64_t base, end;
};

static struct range ram[MAX_RANGES], crash;
static unsigned int nr_ram;
static struct kexec_segment segments[5];
static unsigned int nr_segments;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "donjon-kexec: %s: %s\n", what, errno ? strerror(errno) : "not usable");
	exit(1);
}

static void *read_file(const char *path, size_t *size)
{
	int file = open(path, O_RDONLY);
	size_t room = MIB;
	char *data = malloc(room);
	ssize_t got;

	*size = 0;
	if (file < 0 || !data)
		die(path);
	while ((got = read(file, data + *size, room - *size)) > 0) {
		*size += got;
		if (*size == room && !(data = realloc(data, room *= 2)))
			die(path);
	}
	if (got < 0)
		die(path);
	close(file);
	return data;
}

static void read_iomem(void)
{
	FILE *file = fopen("/proc/iomem", "r");
	char line[256];
	uint64_t base, last;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " %" SCNx64 "-%" SCNx64, &base, &last) != 2)
			continue;
		if (strstr(line, "System RAM") && nr_ram < MAX_RANGES)
			ram[nr_ram++] = (struct range){ base, last + 1 };
		if (strstr(line, "Crash kernel"))
			crash = (struct range){ base, last + 1 };
	}
	if (!nr_ram)
		die("/proc/iomem");
	fclose(file);
}

static void add_segment(const void *data, size_t size, uint64_t to, size_t room)
{
	segments[nr_segments++] = (struct kexec_segment){
		.buf = data, .bufsz = size, .mem = (void *)to, .memsz = ALIGN_UP(room, PAGE),
	};
}

/* -- The description of the crashed kernel's memory -- */

static struct {
	Elf64_Ehdr header;
	Elf64_Phdr phdr[MAX_CPUS + 1 + 2 * MAX_RANGES];
} core;

static void add_note(const char *path, const char *size_path)
{
	FILE *file = fopen(path, "r");
	uint64_t base = 0, size = 0;

	if (!file)
		return;
	if (fscanf(file, "%" SCNx64 " %" SCNx64, &base, &size) < 1)
		die(path);
	fclose(file);
	file = size_path ? fopen(size_path, "r") : NULL;
	if (file) {
		if (fscanf(file, "%" SCNu64, &size) != 1)
			die(size_path);
		fclose(file);
	}
	core.phdr[core.header.e_phnum++] = (Elf64_Phdr){
		.p_type = PT_NOTE, .p_offset = base, .p_paddr = base,
		.p_filesz = size, .p_memsz = size,
	};
}

static void add_memory(uint64_t base, uint64_t end)
{
	if (base < end)
		core.phdr[core.header.e_phnum++] = (Elf64_Phdr){
			.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_offset = base,
			.p_paddr = base, .p_vaddr = 0xffff000000000000UL + base,
			.p_filesz = end - base, .p_memsz = end - base,
		};
}

static void describe_memory(void)
{
	char path[64], size_path[80];
	unsigned int i;

	memcpy(core.header.e_ident, ELFMAG, SELFMAG);
	core.header.e_ident[EI_CLASS] = ELFCLASS64;
	core.header.e_ident[EI_DATA] = ELFDATA2LSB;
	core.header.e_ident[EI_VERSION] = EV_CURRENT;
	core.header.e_type = ET_CORE;
	core.header.e_machine = EM_AARCH64;
	core.header.e_version = EV_CURRENT;
	core.header.e_phoff = sizeof(core.header);
	core.header.e_ehsize = sizeof(core.header);
	core.header.e_phentsize = sizeof(core.phdr[0]);
	for (i = 0; i < MAX_CPUS; i++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/crash_notes", i);
		snprintf(size_path, sizeof(size_path), "%s_size", path);
		add_note(path, size_path);
	}
	add_note("/sys/kernel/vmcoreinfo", NULL);
	for (i = 0; i < nr_ram; i++) {
		bool has_crash = crash.base >= ram[i].base && crash.end <= ram[i].end;

		add_memory(ram[i].base, has_crash ? crash.base : ram[i].end);
		if (has_crash)
			add_memory(crash.end, ram[i].end);
	}
}

/* -- Loading -- */

static int by_address(const void *a, const void *b)
{
	const struct kexec_segment *x = a, *y = b;

	return x->mem < y->mem ? -1 : x->mem > y->mem;
}

/*
 * What runs between the kernels: x0 = device tree, x1 to x3 = 0, and on to the kernel. ldr x17,
 * .+32; ldr x0, .+36; mov x1, xzr; mov x2, xzr; mov x3, xzr; br x17.
 */
static struct {
	uint32_t code[8];
	uint64_t kernel, fdt;
} purgatory = {
	.code = { 0x58000111, 0x58000120, 0xaa1f03e1, 0xaa1f03e2, 0xaa1f03e3, 0xd61f0220 },
};

static void *make_fdt(uint64_t initrd, size_t initrd_size, const char *cmdline, uint64_t header)
{
	size_t size;
	void *old = read_file("/sys/firmware/fdt", &size), *fdt = malloc(size + FDT_ROOM);
	const fdt64_t elf[2] = { cpu_to_fdt64(header), cpu_to_fdt64(sizeof(core)) };
	const fdt64_t usable[2] = {
		cpu_to_fdt64(crash.base), cpu_to_fdt64(crash.end - crash.base),
	};
	int chosen;

	if (!fdt || fdt_open_into(old, fdt, size + FDT_ROOM))
		die("/sys/firmware/fdt");
	chosen = fdt_path_offset(fdt, "/chosen");
	if (chosen < 0 || fdt_setprop_string(fdt, chosen, "bootargs", cmdline) ||
	    fdt_setprop_u64(fdt, chosen, "linux,initrd-start", initrd) ||
	    fdt_setprop_u64(fdt, chosen, "linux,initrd-end", initrd + initrd_size) ||
	    (header && fdt_setprop(fdt, chosen, "linux,usable-memory-range", usable,
				   sizeof(usable))) ||
	    (header && fdt_setprop(fdt, chosen, "linux,elfcorehdr", elf, sizeof(elf))))
		die("/chosen");
	fdt_pack(fdt);
	return fdt;
}

static int load(bool panic, const char *kernel_path, const char *initrd_path, const char *cmdline)
{
	size_t kernel_size, initrd_size;
	const uint64_t *image = read_file(kernel_path, &kernel_size);
	const void *initrd = read_file(initrd_path, &initrd_size), *fdt;
	uint64_t kernel, fdt_at, header, initrd_at;

	read_iomem();
	errno = 0;
	if (panic && !crash.end)
		die("no memory is reserved for a crash kernel");
	kernel = ALIGN_UP(panic ? crash.base : ram[0].base + 64 * MIB, 2 * MIB) +
		 image[IMAGE_TEXT_OFFSET];
	fdt_at = ALIGN_UP(kernel + image[IMAGE_SIZE], 2 * MIB) + 2 * MIB;
	header = panic ? fdt_at + MIB + PAGE : 0;
	initrd_at = fdt_at + 2 * MIB;
	fdt = make_fdt(initrd_at, initrd_size, cmdline, header);
	if (fdt_totalsize(fdt) > MIB)
		die("the device tree");
	purgatory.kernel = kernel;
	purgatory.fdt = fdt_at;
	add_segment(image, kernel_size, kernel, image[IMAGE_SIZE]);
	add_segment(fdt, fdt_totalsize(fdt), fdt_at, fdt_totalsize(fdt));
	add_segment(&purgatory, sizeof(purgatory), fdt_at + MIB, sizeof(purgatory));
	add_segment(initrd, initrd_size, initrd_at, initrd_size);
	if (panic) {
		describe_memory();
		add_segment(&core, sizeof(core), header, sizeof(core));
	}
	qsort(segments, nr_segments, sizeof(segments[0]), by_address);
	if (syscall(SYS_kexec_load, fdt_at + MIB, (unsigned long)nr_segments, segments,
		    KEXEC_ARCH_AARCH64 | (panic ? KEXEC_ON_CRASH : 0)))
		die("kexec_load");
	return 0;
}

static int start(void)
{
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, 0);
	die("kexec");
}

/* -- Reading -- */

static uint64_t words_of_pattern(const uint64_t *at, size_t n)
{
	uint64_t found = 0, first = secret_word(0), second = secret_word(1);
	size_t i;

	for (i = 0; i < n; i++)
		found += at[i] == first || at[i] == second;
	return found;
}

static int read_core(const char *path)
{
	static uint64_t buffer[8192];
	int file = open(path, O_RDONLY), status = 0;
	uint64_t bytes = 0, wanted = 0, words = 0, done;
	Elf64_Ehdr header;
	Elf64_Phdr p;
	ssize_t got;
	unsigned int i;

	if (file < 0 || read(file, &header, sizeof(header)) != sizeof(header))
		die(path);
	for (i = 0; i < header.e_phnum; i++) {
		if (pread(file, &p, sizeof(p), header.e_phoff + i * sizeof(p)) != sizeof(p))
			die(path);
		if (p.p_type != PT_LOAD || p.p_paddr == ~0UL)
			continue;
		wanted += p.p_filesz;
		for (done = 0; done < p.p_filesz; done += got) {
			uint64_t left = p.p_filesz - done;

			got = pread(file, buffer, left < sizeof(buffer) ? left : sizeof(buffer),
				    p.p_offset + done);
			if (got <= 0) {
				fprintf(stderr, "donjon-kexec: 0x%" PRIx64 ": %s\n",
					p.p_paddr + done, got ? strerror(errno) : "the end");
				status = 1;
				break;
			}
			bytes += got;
			words += words_of_pattern(buffer, got / sizeof(buffer[0]));
		}
	}
	printf("read %" PRIu64 " of %" PRIu64 " KiB, %" PRIu64 " words of the secret\n",
	       bytes >> 10, wanted >> 10, words);
	return status;
}

static int search(void)
{
	static uint8_t buffer[65536];
	uint64_t bytes = 0, words = 0, first = secret_word(0), second = secret_word(1), word;
	size_t got, i;

	while ((got = fread(buffer, 1, sizeof(buffer), stdin)) > 0) {
		bytes += got;
		for (i = 0; i + sizeof(word) <= got; i++) {
			memcpy(&word, buffer + i, sizeof(word));
			words += word == first || word == second;
		}
	}
	printf("searched %" PRIu64 " KiB, %" PRIu64 " words of the secret\n", bytes >> 10, words);
	return ferror(stdin) != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 5 && (!strcmp(what, "load") || !strcmp(what, "panic")))
		return load(!strcmp(what, "panic"), argv[2], argv[3], argv[4]);
	if (argc == 2 && !strcmp(what, "exec"))
		return start();
	if (argc == 3 && !strcmp(what, "read"))
		return read_core(argv[2]);
	if (argc == 2 && !strcmp(what, "search"))
		return search();
	fprintf(stderr, "usage: donjon-kexec load|panic KERNEL INITRD CMDLINE\n"
			"       donjon-kexec exec\n       donjon-kexec read VMCORE\n"
			"       donjon-kexec search\n");
	return 2;
}
