// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks on the host: what may be one, who else has it, and that a request is done whole or is an
 * error.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../disk.h"

#define KIB 1024UL
#define MIB (1UL << 20)

static struct disk_config config_for(const char *path, bool readonly)
{
	return (struct disk_config){
		.name = (char *)(uintptr_t) "root",
		.path = (char *)(uintptr_t)path,
		.serial = (char *)(uintptr_t) "",
		.readonly = readonly,
		.discard = true,
	};
}

static const char *file_of(size_t size)
{
	uint8_t *bytes = malloc(size + 1);
	const char *path;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i / 512 + i);
	path = temporary_file(bytes, size);
	free(bytes);
	return path;
}

static void expect_refused(const char *path, bool readonly, int error, const char *message)
{
	struct disk_config config = config_for(path, readonly);
	struct disk disk;

	capture_begin();
	assert_int_equal(disk_open(&disk, &config), error);
	assert_int_equal(disk.fd, -1);
	assert_string_equal(capture_end(), message);
}

static void other_files_are_refused_as_disks(void **state)
{
	char message[512];
	const char *path;

	(void)state;
	expect_refused("/tmp", false, -EINVAL,
		       "donjon: error: disk 'root': /tmp is a directory; a disk must be a raw file "
		       "or a block device. Create one with `truncate -s 4G FILE`\n");
	expect_refused("/dev/null", false, -EINVAL,
		       "donjon: error: disk 'root': /dev/null is of another kind; a disk must be a "
		       "raw file or a block device. Create one with `truncate -s 4G FILE`\n");
	expect_refused("/nonexistent/disk", false, -ENOENT,
		       "donjon: error: disk 'root': cannot open /nonexistent/disk: No such file or "
		       "directory; create it with `truncate -s 4G FILE`\n");
	path = file_of(0);
	snprintf(message, sizeof(message),
		 "donjon: error: disk 'root': %s has 0 bytes; a disk's size must be a positive "
		 "multiple of 512. Resize it with `truncate -s 4294967296 FILE`\n",
		 path);
	expect_refused(path, false, -EINVAL, message);
	path = file_of(1025);
	snprintf(message, sizeof(message),
		 "donjon: error: disk 'root': %s has 1025 bytes; a disk's size must be a positive "
		 "multiple of 512. Resize it with `truncate -s 1536 FILE`\n",
		 path);
	expect_refused(path, true, -EINVAL, message);
}

static void files_are_measured(void **state)
{
	struct disk_config config = config_for(file_of(5 * 512), false);
	struct disk disk;

	(void)state;
	capture_begin();
	assert_int_equal(disk_open(&disk, &config), 0);
	assert_string_equal(capture_end(), "");
	assert_int_equal(disk.size, 5 * 512);
	assert_int_equal(disk.logical_block, 512);
	assert_int_equal(disk.physical_block, 4096);
	disk_close(&disk);
}

/* Several guests may read a disk, or one may write it. */
static void locks_keep_writers_apart(void **state)
{
	const char *path = file_of(4096);
	struct disk_config write = config_for(path, false), read = config_for(path, true);
	struct disk first, second, third;
	char message[512];

	(void)state;
	assert_int_equal(disk_open(&first, &read), 0);
	assert_int_equal(disk_open(&second, &read), 0);
	capture_begin();
	assert_int_equal(disk_open(&third, &write), -EBUSY);
	snprintf(message, sizeof(message),
		 "donjon: error: disk 'root': %s is in use: another disk of this virtual machine "
		 "has locked it; wait until it is done, or give each guest its own disk (several "
		 "guests may share a disk with 'readonly = yes')\n",
		 path);
	assert_string_equal(capture_end(), message);
	disk_close(&first);
	disk_close(&second);
	assert_int_equal(disk_open(&first, &write), 0);
	capture_begin();
	assert_int_equal(disk_open(&second, &read), -EBUSY);
	snprintf(message, sizeof(message),
		 "donjon: error: disk 'root': %s is in use: another disk of this virtual machine "
		 "has locked it for writing; wait until it is done\n",
		 path);
	assert_string_equal(capture_end(), message);
	disk_close(&first);
	assert_int_equal(disk_open(&second, &read), 0);
	disk_close(&second);
}

/* Holds the lock until it is killed. */
static pid_t fork_holder(const struct disk_config *config)
{
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		struct disk disk;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!disk_open(&disk, config) && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void the_holder_is_named(void **state)
{
	struct disk_config config = config_for(file_of(4096), false);
	struct disk disk;
	char holder[64];
	pid_t child = fork_holder(&config);

	(void)state;
	snprintf(holder, sizeof(holder), "test_disk (pid %d) has locked it", (int)child);
	capture_begin();
	assert_int_equal(disk_open(&disk, &config), -EBUSY);
	assert_non_null(strstr(capture_end(), holder));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	/* A lock ends with its process, however it ends. */
	assert_int_equal(disk_open(&disk, &config), 0);
	disk_close(&disk);
}

static void other_formats_are_reported(void **state)
{
	uint8_t bytes[1024] = "QFI\xfb";
	struct disk_config config = config_for(temporary_file(bytes, sizeof(bytes)), true);
	struct disk disk;

	(void)state;
	capture_begin();
	assert_int_equal(disk_open(&disk, &config), 0);
	assert_non_null(strstr(capture_end(),
			       "looks like a qcow2 image, but the guest gets it as a raw disk"));
	disk_close(&disk);
}

static struct disk open_disk(size_t size, const char **path)
{
	struct disk_config config;
	struct disk disk;

	*path = file_of(size);
	config = config_for(*path, false);
	assert_int_equal(disk_open(&disk, &config), 0);
	return disk;
}

/* Buffers of odd lengths, more than one system call transfers. */
static void transfers_are_whole(void **state)
{
	const char *path;
	struct disk disk = open_disk(4 * MIB, &path);
	uint8_t *to = calloc(1, 3 * MIB), *expected = malloc(3 * MIB);
	struct iovec iov[64];
	size_t used = 0;

	(void)state;
	assert_int_equal(pread(disk.fd, expected, 3 * MIB, 512), 3 * MIB);
	for (size_t i = 0; i < 64; i++) {
		size_t part = i == 63 ? 3 * MIB - used : i == 7 ? 2 * MIB : 1 + i * 37;

		iov[i] = (struct iovec){ to + used, part };
		used += part;
	}
	assert_int_equal(disk_transfer(&disk, false, iov, 64, 512, 3 * MIB), 0);
	assert_memory_equal(to, expected, 3 * MIB);
	memset(to, 0x5a, 3 * MIB);
	iov[0] = (struct iovec){ to, 2 * MIB + 1 };
	iov[1] = (struct iovec){ to + 2 * MIB + 1, MIB - 1 };
	assert_int_equal(disk_transfer(&disk, true, iov, 2, 1024, 3 * MIB), 0);
	assert_int_equal(pread(disk.fd, expected, 3 * MIB, 1024), 3 * MIB);
	assert_memory_equal(to, expected, 3 * MIB);
	assert_int_equal(disk_flush(&disk), 0);
	assert_int_equal(disk_transfer(&disk, true, NULL, 0, 0, 0), 0);
	free(to);
	free(expected);
	disk_close(&disk);
}

/* The kernel reports once that it could not write; the data are not there later either. */
static void a_failed_flush_is_remembered(void **state)
{
	const char *path;
	struct disk disk = open_disk(8192, &path);
	int pipes[2], file = disk.fd;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	disk.fd = pipes[1]; /* which cannot be flushed */
	assert_int_equal(disk_flush(&disk), -EINVAL);
	disk.fd = file;
	assert_int_equal(disk_flush(&disk), -EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	disk_close(&disk);
}

static void a_file_that_shrank_is_an_error(void **state)
{
	const char *path;
	struct disk disk = open_disk(8192, &path);
	uint8_t bytes[4096];
	struct iovec iov = { bytes, sizeof(bytes) };

	(void)state;
	assert_int_equal(truncate(path, 4096 + 512), 0);
	assert_int_equal(disk_transfer(&disk, false, &iov, 1, 4096, 4096), -EIO);
	disk_close(&disk);
}

/* What a guest keeps to itself: the kernel's copy fails, and the caller hears of it. */
static void forbidden_memory_is_an_error(void **state)
{
	const char *path;
	struct disk disk = open_disk(8192, &path);
	uint8_t *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov = { page, 4096 };

	(void)state;
	assert_int_equal(disk_transfer(&disk, false, &iov, 1, 0, 4096), -EFAULT);
	iov = (struct iovec){ page, 4096 };
	assert_int_equal(disk_transfer(&disk, true, &iov, 1, 0, 4096), -EFAULT);
	munmap(page, 4096);
	disk_close(&disk);
}

static void no_space_is_an_error(void **state)
{
	struct disk disk = { .fd = open("/dev/full", O_RDWR | O_CLOEXEC), .size = 8192 };
	uint8_t bytes[512] = { 0 };
	struct iovec iov = { bytes, sizeof(bytes) };

	(void)state;
	assert_int_equal(disk_transfer(&disk, true, &iov, 1, 0, 512), -ENOSPC);
	disk.no_discard = disk.no_zero_range = true;
	assert_int_equal(disk_zero(&disk, 0, 512, true), -ENOSPC);
	disk_close(&disk);
}

static void expect_zero(const struct disk *disk, uint64_t offset, size_t length, bool zero)
{
	uint8_t *bytes = malloc(length);
	bool all = true;

	assert_int_equal(pread(disk->fd, bytes, length, (off_t)offset), length);
	for (size_t i = 0; i < length; i++)
		all &= !bytes[i];
	assert_int_equal(all, zero);
	free(bytes);
}

static void zeroes_are_written_each_way(void **state)
{
	const char *path;
	struct disk disk = open_disk(MIB, &path);
	struct stat before, after;

	(void)state;
	assert_int_equal(fstat(disk.fd, &before), 0);
	assert_int_equal(disk_discard(&disk, 64 * KIB, 64 * KIB), 0);
	if (!disk.no_discard) {
		expect_zero(&disk, 64 * KIB, 64 * KIB, true);
		assert_int_equal(fstat(disk.fd, &after), 0);
		assert_true(after.st_blocks < before.st_blocks);
	}
	assert_int_equal(disk_zero(&disk, 256 * KIB + 512, 1024, true), 0);
	assert_int_equal(disk_zero(&disk, 300 * KIB, 4096, false), 0);
	/* As on a file system that can neither. */
	disk.no_discard = disk.no_zero_range = true;
	assert_int_equal(disk_zero(&disk, 400 * KIB, 200 * KIB + 512, true), 0);
	assert_int_equal(disk_discard(&disk, 700 * KIB, 4096), 0);
	expect_zero(&disk, 256 * KIB + 512, 1024, true);
	expect_zero(&disk, 300 * KIB, 4096, true);
	expect_zero(&disk, 400 * KIB, 200 * KIB + 512, true);
	expect_zero(&disk, 700 * KIB, 4096, false);
	expect_zero(&disk, 256 * KIB, 512, false);
	expect_zero(&disk, 600 * KIB + 512, 512, false);
	assert_int_equal(fstat(disk.fd, &after), 0);
	assert_int_equal(after.st_size, MIB);
	disk_close(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_files_are_refused_as_disks),
		cmocka_unit_test(files_are_measured),
		cmocka_unit_test(locks_keep_writers_apart),
		cmocka_unit_test(the_holder_is_named),
		cmocka_unit_test(other_formats_are_reported),
		cmocka_unit_test(transfers_are_whole),
		cmocka_unit_test(a_failed_flush_is_remembered),
		cmocka_unit_test(a_file_that_shrank_is_an_error),
		cmocka_unit_test(forbidden_memory_is_an_error),
		cmocka_unit_test(no_space_is_an_error),
		cmocka_unit_test(zeroes_are_written_each_way),
	};

	return cmocka_run_group_tests_name("vmm disk", tests, NULL, NULL) != 0;
}
