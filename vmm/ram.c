// SPDX-License-Identifier: GPL-2.0-only
#include "ram.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../hyp/abi/platform.h"
#include "util/log.h"

#define RAM_NAME "donjon-guest-ram"

static int open_backing(struct guest_ram *ram, enum backing backing)
{
	int ret;

	ram->fd = -1;
	if (backing == BACKING_ANONYMOUS)
		return 0;
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

int ram_create(struct guest_ram *ram, uint64_t size, enum backing backing, enum hugepages hugepages)
{
	int ret;

	*ram = (struct guest_ram){ .ipa = PLAT_RAM_BASE, .size = size, .fd = -1 };
	ret = open_backing(ram, backing);
	if (!ret)
		ret = map_aligned(ram);
	if (ret) {
		ram_destroy(ram);
		return ret;
	}
	/*
	 * Named for those who read /proc/PID/maps; kernels without the option refuse it. A memfd
	 * has its name already.
	 */
	if (ram->fd < 0)
		prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ram->host, ram->size, RAM_NAME);
	advise(ram, MADV_DONTFORK, "MADV_DONTFORK");
	advise(ram, MADV_DONTDUMP, "MADV_DONTDUMP");
	advise(ram, MADV_UNMERGEABLE, "MADV_UNMERGEABLE");
	if (hugepages == HUGEPAGES_AUTO)
		advise(ram, MADV_HUGEPAGE, "MADV_HUGEPAGE");
	else
		advise(ram, MADV_NOHUGEPAGE, "MADV_NOHUGEPAGE");
	log_verbose("guest RAM at host VA 0x%" PRIxPTR " IPA 0x%" PRIx64 " size 0x%" PRIx64 " (%s)",
		    (uintptr_t)ram->host, ram->ipa, ram->size, ram->fd < 0 ? "anonymous" : "memfd");
	return 0;
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
