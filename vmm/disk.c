// SPDX-License-Identifier: GPL-2.0-only
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/holder.h"
#include "util/log.h"

#define FILE_PHYSICAL_BLOCK 4096
#define BLOCK_MAX	    (64U << 10)
/* bytes of one system call, which the end of a run may wait for */
#define CALL_MAX	    (1UL << 20)

static int check_kind(const struct disk_config *config, mode_t mode)
{
	if (S_ISREG(mode) || S_ISBLK(mode))
		return 0;
	log_error("disk '%s': %s is %s; a disk must be a raw file or a block device. Create one "
		  "with `truncate -s 4G FILE`",
		  config->name, config->path, S_ISDIR(mode) ? "a directory" : "of another kind");
	return -EINVAL;
}

static int open_path(struct disk *disk, const struct disk_config *config, struct stat *status)
{
	int flags = (config->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK, error;
	int readonly = 0;

	/*
	 * Looked at before it is opened: opening a pipe or a device of another kind does something.
	 */
	if (stat(config->path, status))
		goto fail;
	error = check_kind(config, status->st_mode);
	if (error)
		return error;
	/* For a block device: fails when the host has it mounted, or uses it otherwise. */
	if (S_ISBLK(status->st_mode) && !config->readonly)
		flags |= O_EXCL;
	disk->fd = open(config->path, flags);
	if (disk->fd < 0 || fstat(disk->fd, status))
		goto fail;
	disk->device = S_ISBLK(status->st_mode);
	/* A device that may only be read is opened for writing without an error. */
	if (disk->device && !config->readonly && !ioctl(disk->fd, BLKROGET, &readonly) &&
	    readonly) {
		errno = EROFS;
		goto fail;
	}
	return check_kind(config, status->st_mode);
fail:
	error = -errno;
	log_error("disk '%s': cannot open %s: %s%s", config->name, config->path, error_text(-error),
		  error == -EBUSY ? "; the host is using it: unmount it first"
		  : (error == -EACCES || error == -EROFS) && !config->readonly
			  ? "; did you mean 'readonly = yes'?"
		  : error == -ENOENT ? "; create it with `truncate -s 4G FILE`"
				     : "");
	return error;
}

static int lock(const struct disk *disk, const struct disk_config *config)
{
	struct flock whole = { .l_type = disk->readonly ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };
	char holder[160];
	int ret;

	if (!fcntl(disk->fd, F_OFD_SETLK, &whole))
		return 0;
	ret = -errno;
	if (ret != -EAGAIN && ret != -EACCES) {
		log_warn("disk '%s': cannot lock %s: %s; make sure that nothing else uses it",
			 config->name, config->path, error_text(-ret));
		return 0;
	}
	log_error("disk '%s': %s is in use: %s has locked it%s", config->name, config->path,
		  holder_find(disk->fd, holder, sizeof(holder)),
		  disk->readonly ? " for writing; wait until it is done"
				 : "; wait until it is done, or give each guest its own disk "
				   "(several guests may share a disk with 'readonly = yes')");
	return -EBUSY;
}

static uint32_t power_of_two(uint32_t block)
{
	return block >= DISK_SECTOR && block <= BLOCK_MAX && !(block & (block - 1)) ? block
										    : DISK_SECTOR;
}

static int measure_device(struct disk *disk)
{
	unsigned int physical = 0;
	int logical = 0;

	if (ioctl(disk->fd, BLKGETSIZE64, &disk->size))
		return -errno;
	if (ioctl(disk->fd, BLKSSZGET, &logical) || ioctl(disk->fd, BLKPBSZGET, &physical))
		logical = 0; /* it is not said: sectors */
	disk->logical_block = power_of_two((uint32_t)logical);
	disk->physical_block = power_of_two(physical);
	if (disk->physical_block < disk->logical_block)
		disk->physical_block = disk->logical_block;
	return 0;
}

static int measure(struct disk *disk, const struct disk_config *config, const struct stat *status)
{
	int ret = 0;

	if (disk->device) {
		ret = measure_device(disk);
	} else {
		disk->size = (uint64_t)status->st_size;
		disk->logical_block = DISK_SECTOR;
		disk->physical_block = FILE_PHYSICAL_BLOCK;
	}
	if (ret) {
		log_error("disk '%s': cannot determine the size of %s: %s", config->name,
			  config->path, error_text(-ret));
		return ret;
	}
	if (disk->size && disk->size % DISK_SECTOR == 0)
		return 0;
	log_error("disk '%s': %s has %" PRIu64 " bytes; a disk's size must be a positive multiple "
					       "of %u. Resize it with `truncate -s %" PRIu64
		  " FILE`",
		  config->name, config->path, disk->size, DISK_SECTOR,
		  disk->size ? (disk->size / DISK_SECTOR + 1) * DISK_SECTOR : (uint64_t)4 << 30);
	return -EINVAL;
}

/*
 * A file that looks like another format is still passed to the guest as a raw disk: to trust the
 * first bytes would let a guest choose the format by writing them.
 */
static void warn_of_format(const struct disk *disk, const struct disk_config *config)
{
	static const struct {
		char magic[5];
		const char *name;
	} formats[] = { { "QFI\xfb", "qcow2" }, { "KDMV", "VMDK" } };
	char head[4];

	if (pread(disk->fd, head, sizeof(head), 0) != sizeof(head))
		return;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!memcmp(head, formats[i].magic, sizeof(head)))
			log_warn("disk '%s': %s looks like a %s image, but the guest gets it as a "
				 "raw disk; convert it with `qemu-img convert -O raw`",
				 config->name, config->path, formats[i].name);
}

int disk_open(struct disk *disk, const struct disk_config *config)
{
	struct stat status;
	int ret;

	*disk = (struct disk){ .fd = -1, .readonly = config->readonly };
	ret = open_path(disk, config, &status);
	if (!ret)
		ret = lock(disk, config);
	if (!ret)
		ret = measure(disk, config, &status);
	if (ret)
		disk_close(disk);
	else
		warn_of_format(disk, config);
	return ret;
}

/*
 * The number of the first entries of @iov that hold at most @most bytes; the last one is shortened
 * for the call, by *@cut bytes.
 */
static unsigned int limit(struct iovec *iov, unsigned int count, uint64_t most, size_t *cut)
{
	uint64_t sum = 0;

	*cut = 0;
	for (unsigned int i = 0; i < count; i++) {
		sum += iov[i].iov_len;
		if (sum < most)
			continue;
		*cut = (size_t)(sum - most);
		iov[i].iov_len -= *cut;
		return i + 1;
	}
	return count;
}

int disk_transfer(const struct disk *disk, bool write, struct iovec *iov, unsigned int count,
		  uint64_t offset, uint64_t length)
{
	while (length) {
		size_t cut;
		unsigned int used = limit(iov, count, length < CALL_MAX ? length : CALL_MAX, &cut);
		ssize_t done = write ? pwritev(disk->fd, iov, (int)used, (off_t)offset)
				     : preadv(disk->fd, iov, (int)used, (off_t)offset);
		int ret = -errno;

		if (used)
			iov[used - 1].iov_len += cut;
		if (done < 0 && ret == -EINTR)
			continue;
		if (done <= 0)
			return done ? ret : -EIO; /* nothing there: the file became shorter */
		offset += (uint64_t)done;
		length -= (uint64_t)done;
		while (count && (size_t)done >= iov->iov_len) {
			done -= (ssize_t)iov->iov_len;
			iov++;
			count--;
		}
		if (count) {
			iov->iov_base = (uint8_t *)iov->iov_base + done;
			iov->iov_len -= (size_t)done;
		}
	}
	return 0;
}

int disk_flush(struct disk *disk)
{
	int ret;

	if (disk->lost)
		return disk->lost;
	do
		ret = fdatasync(disk->fd);
	while (ret && errno == EINTR);
	if (ret)
		disk->lost = -errno;
	return disk->lost;
}

/* EINVAL: not this range, for it is not aligned as the device wants it. */
static bool is_unsupported(int error)
{
	return error == -EOPNOTSUPP || error == -ENOSYS || error == -ENOTTY || error == -EINVAL;
}

static int try_fallocate(const struct disk *disk, int mode, uint64_t offset, uint64_t length)
{
	int ret;

	do
		ret = fallocate(disk->fd, mode | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length);
	while (ret && errno == EINTR);
	return ret ? -errno : 0;
}

static int try_ioctl(const struct disk *disk, unsigned long request, uint64_t offset,
		     uint64_t length)
{
	uint64_t range[2] = { offset, length };
	int ret;

	do
		ret = ioctl(disk->fd, request, range);
	while (ret && errno == EINTR);
	return ret ? -errno : 0;
}

int disk_discard(struct disk *disk, uint64_t offset, uint64_t length)
{
	int ret;

	if (disk->no_discard || !length)
		return 0;
	ret = disk->device ? try_ioctl(disk, BLKDISCARD, offset, length)
			   : try_fallocate(disk, FALLOC_FL_PUNCH_HOLE, offset, length);
	if (!ret || !is_unsupported(ret))
		return ret;
	disk->no_discard = ret != -EINVAL;
	return 0;
}

static int write_zeroes(const struct disk *disk, uint64_t offset, uint64_t length)
{
	static const uint8_t zeroes[BLOCK_MAX];

	while (length) {
		size_t part = length < sizeof(zeroes) ? (size_t)length : sizeof(zeroes);
		struct iovec iov = { .iov_base = (void *)(uintptr_t)zeroes, .iov_len = part };
		int ret = disk_transfer(disk, true, &iov, 1, offset, part);

		if (ret)
			return ret;
		offset += part;
		length -= part;
	}
	return 0;
}

int disk_zero(struct disk *disk, uint64_t offset, uint64_t length, bool unmap)
{
	int ret = -EOPNOTSUPP;

	if (!length)
		return 0;
	if (disk->device) {
		if (!disk->no_zero_range)
			ret = try_ioctl(disk, BLKZEROOUT, offset, length);
	} else {
		/* A hole in a file reads as zeroes. */
		if (unmap && !disk->no_discard)
			ret = try_fallocate(disk, FALLOC_FL_PUNCH_HOLE, offset, length);
		if (is_unsupported(ret) && !disk->no_zero_range)
			ret = try_fallocate(disk, FALLOC_FL_ZERO_RANGE, offset, length);
	}
	if (!is_unsupported(ret))
		return ret;
	disk->no_zero_range = ret != -EINVAL;
	return write_zeroes(disk, offset, length);
}

void disk_close(struct disk *disk)
{
	if (disk->fd >= 0)
		close(disk->fd);
	disk->fd = -1;
}
