// SPDX-License-Identifier: GPL-2.0-only
/* Backends on a faked /dev/kvm: required never falls back, and what cannot be is explained. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../memlock.h"
#include "../../protect/protect.h"

/* What the fake host answers. */
static struct {
	int ipa_bits;	     /* KVM_CAP_ARM_VM_IPA_SIZE, 0: no such capability */
	int gmem, gmem_flags; /* KVM_CAP_GUEST_MEMFD, KVM_CAP_GUEST_MEMFD_FLAGS */
	int protected_errno; /* of KVM_CREATE_VM with bit 31; 0: works */
	unsigned long type;  /* of the last KVM_CREATE_VM */
	unsigned int created;
} host;

static int fake_ioctl(int fd, unsigned long request, unsigned long argument)
{
	(void)fd;
	if (request == KVM_CHECK_EXTENSION)
		return argument == KVM_CAP_ARM_VM_IPA_SIZE     ? host.ipa_bits
		       : argument == KVM_CAP_GUEST_MEMFD       ? host.gmem
		       : argument == KVM_CAP_GUEST_MEMFD_FLAGS ? host.gmem_flags
							       : 0;
	if (request == KVM_CREATE_VM) {
		host.type = argument;
		host.created++;
		if ((argument & KVM_VM_TYPE_ARM_PROTECTED) && host.protected_errno) {
			errno = host.protected_errno;
			return -1;
		}
		return open("/dev/null", O_RDONLY);
	}
	errno = ENOTTY;
	return -1;
}

static const struct protection *chosen;
static const char *said;

static int choose(enum protection_mode mode, enum protection_backend backend, bool module,
		  int protected_errno)
{
	const struct kvm_sys sys = { .fd = -1,
				     .module = module ? "/tmp" : "/nonexistent/donjon",
				     .ioctl = fake_ioctl };
	const struct config config = { .protection_mode = mode, .protection_backend = backend };
	int ret;

	memset(&host, 0, sizeof(host));
	host.ipa_bits = 44;
	host.protected_errno = protected_errno;
	capture_begin();
	ret = protection_select(&chosen, &config, &sys);
	said = capture_end();
	return ret;
}

static void module_comes_first(void **state)
{
	(void)state;
	/* Both would create a VM with bit 31: the module's folder tells them apart. */
	assert_int_equal(choose(PROTECTION_REQUIRED, BACKEND_AUTO, true, 0), 0);
	assert_ptr_equal(chosen, &protection_donjon);
	assert_int_equal(choose(PROTECTION_REQUIRED, BACKEND_AUTO, false, 0), 0);
	assert_ptr_equal(chosen, &protection_pkvm);
	assert_int_equal(host.type, KVM_VM_TYPE_ARM_PROTECTED | 40);
	assert_string_equal(said, "");
}

static void required_never_falls_back(void **state)
{
	(void)state;
	assert_int_equal(choose(PROTECTION_REQUIRED, BACKEND_AUTO, false, EINVAL), -ENODEV);
	assert_string_equal(said,
			    "donjon: error: this host cannot protect the guest: donjon: the module "
			    "is not loaded (boot with kvm-arm.mode=none id_aa64mmfr1.vh=0, then "
			    "insmod donjon.ko); pkvm: KVM does not support protected VMs (boot "
			    "Linux 7.3 or newer with kvm-arm.mode=protected). To allow an "
			    "unprotected guest, set [protection] mode = preferred\n");
	assert_int_equal(choose(PROTECTION_REQUIRED, BACKEND_DONJON, false, 0), -ENODEV);
	assert_null(strstr(said, "pkvm"));
	assert_int_equal(choose(PROTECTION_REQUIRED, BACKEND_PKVM, true, 0), -ENODEV);
	assert_non_null(strstr(said, "/dev/kvm belongs to the donjon module"));
	assert_int_equal(choose(PROTECTION_REQUIRED, BACKEND_PKVM, false, ENOMEM), -ENODEV);
	assert_non_null(strstr(said, "Cannot allocate memory"));
}

static void preferred_says_when_it_falls_back(void **state)
{
	(void)state;
	assert_int_equal(choose(PROTECTION_PREFERRED, BACKEND_AUTO, false, EINVAL), 0);
	assert_ptr_equal(chosen, &protection_none);
	assert_non_null(strstr(said, "UNPROTECTED"));
	assert_ptr_equal(strchr(said, '\n') + 1, said + strlen(said)); /* one line */
	assert_int_equal(choose(PROTECTION_PREFERRED, BACKEND_AUTO, true, 0), 0);
	assert_ptr_equal(chosen, &protection_donjon);
	assert_string_equal(said, "");
}

static void off_asks_nothing(void **state)
{
	(void)state;
	assert_int_equal(choose(PROTECTION_OFF, BACKEND_AUTO, true, 0), 0);
	assert_ptr_equal(chosen, &protection_none);
	assert_int_equal(host.created, 0);
	assert_int_equal(protection_none.vm_flags, 0);
	assert_string_equal(said, "");
}

/* What `donjon dtb` describes, and `check` where the host has no KVM. */
static void a_backend_is_expected_without_a_host(void **state)
{
	static const struct {
		enum protection_mode mode;
		enum protection_backend backend;
		const struct protection *expected;
		const char *psci_method;
		uint64_t unprotected_bit;
		bool protects;
	} table[] = {
		{ PROTECTION_REQUIRED, BACKEND_AUTO, &protection_donjon, "smc", 1UL << 35, true },
		{ PROTECTION_PREFERRED, BACKEND_DONJON, &protection_donjon, "smc", 1UL << 35,
		  true },
		{ PROTECTION_REQUIRED, BACKEND_PKVM, &protection_pkvm, "hvc", 0, true },
		{ PROTECTION_OFF, BACKEND_PKVM, &protection_none, "hvc", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct config config = { .protection_mode = table[i].mode,
					       .protection_backend = table[i].backend };
		const struct protection *found = protection_expected(&config);

		assert_ptr_equal(found, table[i].expected);
		assert_string_equal(found->psci_method, table[i].psci_method);
		assert_int_equal(found->unprotected_bit(36), table[i].unprotected_bit);
		assert_int_equal(protection_protects(found), table[i].protects);
	}
}

/* With an unprotected half, RAM and devices have to stay in the lower half of what is asked for. */
static void ipa_size_fits_ram_and_host(void **state)
{
	static const struct {
		int host; /* what it offers, 0: it does not say */
		uint64_t end;
		bool halved;
		int bits;
		unsigned long type;
	} table[] = {
		{ 0, 1UL << 31, false, 40, 0 },
		{ 36, 1UL << 31, false, 36, 36 },
		{ 40, 1UL << 31, false, 40, 40 },
		{ 48, 1UL << 31, false, 40, 40 },
		{ 40, 1UL << 40, false, 40, 40 },
		{ 40, (1UL << 40) + 1, false, -ERANGE, 0 },
		{ 40, 0x42000000, true, 32, 32 },
		{ 40, 1UL << 31, true, 32, 32 },
		{ 40, (1UL << 31) + 1, true, 33, 33 },
		{ 40, 1UL << 39, true, 40, 40 },
		{ 40, (1UL << 39) + 1, true, -ERANGE, 0 },
		{ 32, 1UL << 31, true, 32, 32 },
		{ 32, (1UL << 31) + 1, true, -ERANGE, 0 },
		{ 0, 0x42000000, true, 40, 0 },
	};
	const struct kvm_sys sys = { .fd = -1, .ioctl = fake_ioctl };

	(void)state;
	memset(&host, 0, sizeof(host));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int bits;

		host.ipa_bits = table[i].host;
		bits = kvm_choose_ipa_bits(&sys, table[i].end, table[i].halved);
		assert_int_equal(bits, table[i].bits);
		if (bits < 0)
			continue;
		close(kvm_create_vm(&sys, 0, (unsigned int)bits));
		assert_int_equal(host.type, table[i].type);
	}
}

static void memlock_needs_all_of_a_pinned_guest(void **state)
{
	struct kvm_sys sys = { .fd = -1, .module = "/nonexistent/donjon", .ioctl = fake_ioctl };
	struct memlock lock;
	char text[32];

	(void)state;
	assert_true(protection_pkvm.pins_memory(&sys));
	memlock_query(&lock, protection_donjon.pins_memory(&sys), 64 << 20);
	assert_int_equal(lock.need, 65 << 20);
	memlock_query(&lock, protection_none.pins_memory(&sys), 64 << 20);
	assert_int_equal(lock.need, 0);
	sys.module = "/tmp";
	assert_true(protection_none.pins_memory(&sys));
	lock = (struct memlock){ .have = 8 << 20, .need = 65 << 20 };
	assert_false(memlock_suffices(&lock));
	assert_string_equal(memlock_text(&lock, text, sizeof(text)), "8192 KiB");
	lock.have = 65 << 20;
	assert_true(memlock_suffices(&lock));
	assert_false(memlock_has_room_to_lock(&lock, 64 << 20));
	lock.have = 129 << 20;
	assert_true(memlock_has_room_to_lock(&lock, 64 << 20));
	lock = (struct memlock){ .need = 65 << 20, .unlimited = true };
	assert_true(memlock_suffices(&lock));
	assert_string_equal(memlock_text(&lock, text, sizeof(text)), "unlimited");
}

/* The module's, if it is new enough, and no other backend's: pKVM announces it in vain. */
static void only_the_module_has_guest_memfds(void **state)
{
	static const struct {
		int gmem, flags;
		bool has;
	} table[] = { { 1, 3, true }, { 1, 7, true }, { 1, 1, false }, { 1, 0, false },
		      { 0, 3, false } };
	const struct kvm_sys sys = { .fd = -1, .ioctl = fake_ioctl };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		host.gmem = table[i].gmem;
		host.gmem_flags = table[i].flags;
		assert_int_equal(protection_donjon.has_guest_memfd(&sys), table[i].has);
		assert_false(protection_pkvm.has_guest_memfd(&sys));
		assert_false(protection_none.has_guest_memfd(&sys));
	}
}

/* Its capabilities are not those that mlock(2) asks for. */
static void a_user_namespace_has_no_right_to_lock(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (!child) {
		const struct rlimit limit = { 65536, 65536 };
		struct memlock lock;

		if (setrlimit(RLIMIT_MEMLOCK, &limit) || unshare(CLONE_NEWUSER))
			_exit(2);
		memlock_query(&lock, true, 64 << 20);
		_exit(lock.unlimited || memlock_suffices(&lock));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 2)
		skip(); /* this machine makes none */
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(module_comes_first),
		cmocka_unit_test(required_never_falls_back),
		cmocka_unit_test(preferred_says_when_it_falls_back),
		cmocka_unit_test(off_asks_nothing),
		cmocka_unit_test(a_backend_is_expected_without_a_host),
		cmocka_unit_test(ipa_size_fits_ram_and_host),
		cmocka_unit_test(memlock_needs_all_of_a_pinned_guest),
		cmocka_unit_test(only_the_module_has_guest_memfds),
		cmocka_unit_test(a_user_namespace_has_no_right_to_lock),
	};

	return cmocka_run_group_tests_name("vmm protect", tests, NULL, NULL) != 0;
}
