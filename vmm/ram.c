// SPDX-License-Identifier: GPL-2.0-only
#include "ram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../hyp/abi/platform.h"
#include "util/log.h"

#define RAM_NAME "donjon-guest-ram"

static int open_guest_memfd(struct guest_ram *ram, const struct kvm_sys *sys, int vm)
{
	ram->fd = kvm_create_guest_memfd(sys, vm, ram->size);
	ram->guest_memfd = ram->fd >= 0;
	if (ram->guest_memfd)
		return 0;
	log_error("cannot create a guest_memfd of %" PRIu64 " MiB for guest RAM: %s",
		  ram->size >> 20, error_text(-ram->fd));
	return ram->fd;
}

static int open_memfd(struct guest_ram *ram)
{
	int ret;

	ram->fd = memfd_create(RAM_NAME, MFD_CLOEXEC);
	if (ram->fd >= 0 && !ftruncate(ram->fd, (off_t)ram->size))
		return 0;
	ret = -errno;
	log_error("cannot create a memfd of %" PRIu64 " MiB for guest RAM: %s", ram->size >> 20,
		  error_text(-ret));
	return ret;
}

/* Maps RAM_BLOCK more than needed, and unmaps what lies before and after the aligned part. */
static int map_aligned(struct guest_ram *ram)
{
	int flags = ram->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
				: MAP_SHARED | MAP_NORESERVE;
	size_t room = ram->size + RAM_BLOCK;
	uint8_t *area, *start;

	area = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		goto fail;
	start = (uint8_t *)(((uintptr_t)area + RAM_BLOCK - 1) & ~(RAM_BLOCK - 1));
	if (start > area)
		munmap(area, (size_t)(start - area));
	if (area + room > start + ram->size)
		munmap(start + ram->size, (size_t)(area + room - (start + ram->size)));
	if (mmap(start, ram->size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, ram->fd, 0) ==
	    MAP_FAILED) {
		munmap(start, ram->size);
		goto fail;
	}
	ram->host = start;
	return 0;
fail:
	log_error("cannot map %" PRIu64 " MiB for guest RAM: %s; lower [vm] memory",
		  ram->size >> 20, error_text(errno));
	return -ENOMEM;
}

static void advise(const struct guest_ram *ram, int advice, const char *name)
{
	/*
	 * EINVAL: the host's kernel is built without the feature (huge pages, merging), which is as
	 * good.
	 */
	if (madvise(ram->host, ram->size, advice) && errno != EINVAL)
		log_warn("guest RAM: madvise(%s): %s", name, error_text(errno));
}

/* So that the host's memory management leaves the memory alone, as far as it can be asked. */
static void advise_all(const struct guest_ram *ram, enum hugepages hugepages)
{
	/*
	 * Named for those who read /proc/PID/maps; kernels without the option refuse it. A memfd
	 * has its name already.
	 */
	if (ram->fd < 0)
		prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ram->host, ram->size, RAM_NAME);
	advise(ram, MADV_DONTFORK, "MADV_DONTFORK");
	if (hugepages == HUGEPAGES_NEVER)
		advise(ram, MADV_NOHUGEPAGE, "MADV_NOHUGEPAGE");
	if (ram->guest_memfd)
		return;
	advise(ram, MADV_DONTDUMP, "MADV_DONTDUMP");
	advise(ram, MADV_UNMERGEABLE, "MADV_UNMERGEABLE");
	if (hugepages == HUGEPAGES_AUTO)
		advise(ram, MADV_HUGEPAGE, "MADV_HUGEPAGE");
}

int ram_create(struct guest_ram *ram, const struct kvm_sys *sys, int vm, uint64_t size,
	       enum backing backing, enum hugepages hugepages)
{
	int ret = 0;

	*ram = (struct guest_ram){ .ipa = PLAT_RAM_BASE, .size = size, .fd = -1 };
	if (backing == BACKING_GUEST_MEMFD)
		ret = open_guest_memfd(ram, sys, vm);
	else if (backing == BACKING_MEMFD)
		ret = open_memfd(ram);
	if (!ret)
		ret = map_aligned(ram);
	if (ret) {
		ram_destroy(ram);
		return ret;
	}
	advise_all(ram, hugepages);
	log_verbose("guest RAM at host VA 0x%" PRIxPTR " IPA 0x%" PRIx64 " size 0x%" PRIx64 " (%s)",
		    (uintptr_t)ram->host, ram->ipa, ram->size,
		    ram->guest_memfd ? "guest_memfd" : ram->fd < 0 ? "anonymous" : "memfd");
	return 0;
}

int ram_reserve(const struct guest_ram *ram, uint64_t ipa, uint64_t length)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = (ipa - ram->ipa) & ~(page - 1);
	uint64_t end = (ipa - ram->ipa + length + page - 1) & ~(page - 1);
	int ret;

	if (!ram->guest_memfd || start == end)
		return 0;
	do
		ret = fallocate(ram->fd, FALLOC_FL_KEEP_SIZE, (off_t)start, (off_t)(end - start));
	while (ret && errno == EINTR);
	if (!ret)
		return 0;
	ret = -errno;
	log_error("cannot get %" PRIu64 " KiB of memory for what the guest starts with: %s%s",
		  (end - start) >> 10, error_text(-ret),
		  ret == -ENOMEM ? "; the host or this process's memory cgroup has no more" : "");
	return ret;
}

void ram_lock(const struct guest_ram *ram)
{
	if (mlock2(ram->host, ram->size, MLOCK_ONFAULT))
		log_verbose("guest RAM is not locked (%s); the backend pins each page that the "
			    "guest gets",
			    error_text(errno));
}

void *ram_range(const struct guest_ram *ram, uint64_t ipa, uint64_t length)
{
	if (!ram->host || ram->activated || ipa < ram->ipa || ipa - ram->ipa > ram->size ||
	    length > ram->size - (ipa - ram->ipa))
		return NULL;
	return ram->host + (ipa - ram->ipa);
}

void ram_destroy(struct guest_ram *ram)
{
	if (ram->host)
		munmap(ram->host, ram->size);
	if (ram->fd >= 0)
		close(ram->fd);
	*ram = (struct guest_ram){ .fd = -1 };
}
