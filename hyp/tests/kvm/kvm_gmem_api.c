// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest_memfd's calls. The answers are those that stock Linux 7.3 gave, where nothing else is said;
 * this runs there, too.
 */
#include "kvm_gmem.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "small_vm.h"

#define PAGES(n)	((n) * GMEM_PAGE)
#define KEEP		FALLOC_FL_KEEP_SIZE
#define PUNCH		(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)
#ifndef F_ADD_SEALS
#define F_ADD_SEALS	1033
#endif

static int vm, hidden, private_file, shared;	/* files of 8 pages: flags 0, MMAP, both */
static char *ram;				/* the last one, 16 pages mapped */

/* -1 and errno for what is no descriptor, which is closed; else 0. */
static int closed(int fd)
{
	return fd < 0 ? fd : close(fd);
}

static int map(int fd, int prot, int flags)
{
	void *p = mmap(NULL, GMEM_PAGE, prot, flags, fd, 0);

	return p == MAP_FAILED ? -1 : munmap(p, GMEM_PAGE);
}

static void capabilities(int fd, const char *where)
{
	tap_ok(ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD) == 1 &&
		       ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD_FLAGS) == 3 &&
		       ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY2) == 1,
	       "%s: GUEST_MEMFD, both flags, and USER_MEMORY2 are announced", where);
	tap_ok(!ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_MEMORY_FAULT_INFO) &&
		       !ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_PRE_FAULT_MEMORY) &&
		       !ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_MEMORY_ATTRIBUTES),
	       "%s: MEMORY_FAULT_INFO, PRE_FAULT_MEMORY and MEMORY_ATTRIBUTES are not", where);
}

static void creation(void)
{
	struct stat st;

	refused(kvm_create_gmem(vm, 0, 0), EINVAL, "a file of no bytes");
	refused(kvm_create_gmem(vm, 1, 0), EINVAL, "of a part of a page");
	refused(kvm_create_gmem(vm, -GMEM_PAGE, 3), EINVAL, "of a negative size");
	refused(kvm_create_gmem(vm, GMEM_PAGE, 4), EINVAL, "with an unknown flag");
	refused(closed(kvm_create_gmem(vm, GMEM_PAGE, 2)), 0, "with INIT_SHARED alone");
	refused(closed(kvm_create_gmem(vm, 1UL << 62, 3)), 0, "of 2^62 bytes");
	hidden = kvm_create_gmem(vm, PAGES(8), 0);
	private_file = kvm_create_gmem(vm, PAGES(8), GUEST_MEMFD_FLAG_MMAP);
	shared = kvm_create_gmem(vm, PAGES(8), KVM_GMEM_SHARED);
	tap_ok(hidden >= 0 && private_file >= 0 && shared >= 0, "three files of 8 pages");
	tap_ok(!fstat(shared, &st) && st.st_mode == (S_IFREG | 0600) && !st.st_blocks &&
		       st.st_size == (off_t)PAGES(8) && st.st_blksize == (long)GMEM_PAGE,
	       "fstat: mode 0%o, %ld bytes, %ld blocks of %ld", st.st_mode, (long)st.st_size,
	       (long)st.st_blocks, (long)st.st_blksize);
	tap_ok(!fcntl(shared, F_GETFD), "the descriptor survives an exec()");
}

static void file_calls(void)
{
	char path[40], byte;

	refused((int)read(shared, &byte, 1), EINVAL, "read");
	refused((int)write(shared, "", 1), EINVAL, "write");
	refused((int)lseek(shared, 0, SEEK_END), ESPIPE, "lseek");
	refused(ftruncate(shared, GMEM_PAGE), EINVAL, "ftruncate");
	refused(fchmod(shared, 0), EINVAL, "fchmod");
	refused(fcntl(shared, F_ADD_SEALS, 1), EINVAL, "F_ADD_SEALS");
	refused(fsync(shared), EINVAL, "fsync");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", shared);
	refused(open(path, O_RDWR), ENXIO, "opening it again");
}

static void mappings(void)
{
	char *p;

	refused(map(hidden, PROT_READ, MAP_SHARED), ENODEV, "mmap of a file without MMAP");
	refused(map(shared, PROT_READ, MAP_PRIVATE), EINVAL, "MAP_PRIVATE");
	refused(map(shared, PROT_READ | PROT_EXEC, MAP_SHARED), EPERM, "PROT_EXEC");
	p = mmap(NULL, PAGES(8), PROT_READ | PROT_WRITE, MAP_SHARED, private_file, 0);
	tap_ok(p != MAP_FAILED && touch(p) == SIGBUS,
	       "without INIT_SHARED it is mapped, and a touch is SIGBUS");
	munmap(p, PAGES(8));
	ram = mmap(NULL, PAGES(16), PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
	tap_ok(ram != MAP_FAILED && !touch(ram) && *ram == 1 && !ram[1],
	       "with it there is a page of zeroes");
	tap_ok(touch(ram + PAGES(8)) == SIGBUS, "beyond the end is SIGBUS");
	refused(madvise(ram, GMEM_PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	tap_ok(!peek(ram) && *ram == 1, "and the contents are there again");
	refused(madvise(ram, GMEM_PAGE, MADV_REMOVE), 0, "MADV_REMOVE");
	tap_ok(!peek(ram) && !*ram, "and the contents are gone");
	refused(madvise(ram, GMEM_PAGE, MADV_DONTFORK), 0, "MADV_DONTFORK");
}

static void holes(void)
{
	struct stat st;

	refused(fallocate(shared, 0, 0, PAGES(1)), EOPNOTSUPP, "fallocate without KEEP_SIZE");
	refused(fallocate(shared, KEEP, 0, PAGES(8)), 0, "with it");
	refused(fallocate(shared, KEEP, 0, PAGES(9)), EINVAL, "beyond the end");
	refused(fallocate(shared, PUNCH, PAGES(8), PAGES(1)), 0, "a hole beyond the end");
	refused(fallocate(shared, PUNCH, 1, PAGES(1)), EINVAL, "a hole between pages");
	refused(fallocate(shared, FALLOC_FL_PUNCH_HOLE, 0, PAGES(1)), EOPNOTSUPP,
		"a hole without KEEP_SIZE");
	refused(fallocate(shared, KEEP | FALLOC_FL_ZERO_RANGE, 0, PAGES(1)), EOPNOTSUPP,
		"ZERO_RANGE");
	refused(fallocate(shared, FALLOC_FL_COLLAPSE_RANGE, 0, PAGES(1)), EOPNOTSUPP,
		"COLLAPSE_RANGE");
	tap_ok(!fstat(shared, &st) && !st.st_blocks, "it still has no blocks");
	memset(ram, 1, PAGES(4));
	refused(fallocate(shared, PUNCH, PAGES(1), PAGES(2)), 0, "a hole of two pages");
	tap_ok(ram[0] == 1 && !ram[PAGES(1)] && !ram[PAGES(2)] && ram[PAGES(3)] == 1,
	       "reads zeroes, and its neighbours stay");
}

static void bad_slots(void)
{
	int other = ioctl(kvm_dev, KVM_CREATE_VM, KVM_VM_TYPE_ARM_PROTECTED);
	struct kvm_userspace_memory_region old = {
		.slot = 6, .flags = KVM_MEM_GUEST_MEMFD, .guest_phys_addr = RAM,
		.memory_size = GMEM_PAGE, .userspace_addr = (unsigned long)ram,
	};

	refused(kvm_set_gmem(vm, 6, 0, RAM, PAGES(1), ram, hidden, 0), EINVAL,
		"a slot of a file without MMAP");
	refused(kvm_set_gmem(vm, 6, 0, RAM, PAGES(1), ram + 1, shared, PAGES(4)), EINVAL,
		"with an address between pages");
	refused(kvm_set_gmem(vm, 6, 0, RAM, PAGES(1), ram, shared, 1), EINVAL,
		"with an offset between pages");
	refused(kvm_set_gmem(vm, 6, 0, RAM, PAGES(1), ram, shared, PAGES(8)), EINVAL,
		"beyond the end");
	refused(kvm_set_gmem(vm, 6, 0, RAM, PAGES(1), ram, shared, -PAGES(1)), EINVAL,
		"with an offset that wraps");
	refused(kvm_set_gmem(vm, 6, KVM_MEM_READONLY, RAM, PAGES(1), ram, shared, 0), EINVAL,
		"read-only");
	refused(kvm_set_gmem(vm, 6, KVM_MEM_LOG_DIRTY_PAGES, RAM, PAGES(1), ram, shared, 0),
		EINVAL, "with a dirty log");
	refused(kvm_set_gmem(other, 6, 0, RAM, PAGES(1), ram, shared, 0), EINVAL,
		"of another VM's file");
	refused(kvm_set_gmem(vm, 6, 0, RAM, PAGES(1), ram, kvm_dev, 0), EINVAL,
		"of what is no such file");
	refused(kvm_set_gmem(vm, 6, 0, RAM, PAGES(1), ram, 999, 0), EBADF,
		"of what is no descriptor");
	refused(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &old), EINVAL,
		"by the call that does not know such files");
	close(other);
}

static void slots(bool ours)
{
	char *anon = anonymous();

	refused(kvm_set_gmem(vm, 2, 0, 0x90000000, PAGES(1), NULL, private_file, 0), 0,
		"a slot of a file without INIT_SHARED, without an address");
	refused(kvm_set_gmem(vm, 3, 0, 0xa0000000, PAGES(2), ram, shared, 0), 0, "a slot");
	refused(kvm_set_gmem(vm, 4, 0, 0xb0000000, PAGES(1), ram, shared, PAGES(1)), EEXIST,
		"another one with a page of the same");
	refused(kvm_set_gmem(vm, 4, 0, 0xb0000000, PAGES(1), ram, shared, PAGES(2)), 0,
		"with the next page");
	refused(kvm_set_gmem(vm, 3, 0, 0xa0000000, PAGES(2), ram, shared, 0), EINVAL,
		"the same slot once more");
	refused(kvm_set_gmem(vm, 3, 0, 0xa1000000, PAGES(2), ram, shared, 0), EINVAL,
		"a slot that moves");
	refused(kvm_set_memory(vm, 3, 0, 0xa0000000, PAGES(2), ram), EINVAL,
		"a slot that becomes one of the VMM's memory");
	refused(kvm_set_memory(vm, 7, 0, 0xd0000000, PAGES(1), anon), 0,
		"a slot of the VMM's memory beside them");
	munmap(anon, RAM_SIZE);
	/* The module's protected VMs keep their slots, whatever is in them. */
	refused(kvm_set_gmem(vm, 3, 0, 0, 0, NULL, 0, 0), ours ? EPERM : 0, "a slot is deleted");
	if (ours)
		tap_skip("it is made again", "it was not deleted");
	else
		refused(kvm_set_gmem(vm, 3, 0, 0xa0000000, PAGES(2), ram, shared, 0), 0,
			"it is made again");
	refused(fallocate(shared, PUNCH, 0, PAGES(1)), 0, "a hole in a slot that has not run");
	tap_ok(!peek(ram) && !*ram, "and there are zeroes again");
}

/* Unprotected VMs of the module have none, and say so. */
static void unprotected(void)
{
	int plain = ioctl(kvm_dev, KVM_CREATE_VM, 0UL);

	tap_ok(!ioctl(plain, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD) &&
		       !ioctl(plain, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD_FLAGS),
	       "an unprotected VM does not announce it");
	refused(kvm_create_gmem(plain, GMEM_PAGE, 3), EINVAL, "and has no such file");
	refused(kvm_set_gmem(plain, 0, 0, RAM, PAGES(1), ram, shared, PAGES(4)), EINVAL,
		"nor a slot of another VM's");
	close(plain);
}

void test_gmem_api(bool ours)
{
	vm = ioctl(kvm_dev, KVM_CREATE_VM, KVM_VM_TYPE_ARM_PROTECTED);
	if (!tap_ok(vm >= 0, "a protected VM"))
		return;
	capabilities(kvm_dev, "/dev/kvm");
	capabilities(vm, "a protected VM");
	creation();
	file_calls();
	mappings();
	holes();
	bad_slots();
	slots(ours);
	if (ours)
		unprotected();
	close(vm);
	tap_ok(!touch(ram + PAGES(5)) && !fallocate(shared, KEEP, 0, PAGES(8)),
	       "the memory outlives the VM's descriptor");
	munmap(ram, PAGES(16));
	close(hidden);
	close(private_file);
	close(shared);
}
