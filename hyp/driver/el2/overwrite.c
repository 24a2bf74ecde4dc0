// SPDX-License-Identifier: GPL-2.0-only
/*
 * The variable is that of the TCG's "PC Client Platform Reset Attack Mitigation Specification".
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/arm-smccc.h>
#include <linux/atomic.h>
#include <linux/efi.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "abi/smccc.h"
#include "compat.h"
#include "overwrite.h"

#define CLEAR_MEMORY	BIT(0)		/* the other bits are firmware's */

static atomic_t vms;			/* protected ones */
static DEFINE_MUTEX(lock);
static bool wanted;			/* under lock */
static bool requested;			/* by us; the work's */
static bool firmware_zeroes;		/* it has PSCI MEM_PROTECT */

/*
 * Makes CLEAR_MEMORY what *want says, or leaves it (NULL); *was: what it was. EFI_NOT_FOUND:
 * firmware has no such variable, and would not heed one that it does not know.
 */
static efi_status_t exchange(const bool *want, bool *was)
{
	efi_guid_t guid = EFI_GUID(0xe20939be, 0x32d4, 0x41be, 0xa1, 0x50, 0x89, 0x7f, 0x85, 0xd4,
				   0x98, 0x29);
	efi_char16_t name[] = L"MemoryOverwriteRequestControl";
	unsigned long size = 1;
	efi_status_t status;
	u8 old = 0, new;
	u32 attr;

	if (!efivar_supports_writes() || efivar_lock())
		return EFI_NOT_FOUND;
	status = efivar_get_variable(name, &guid, &attr, &size, &old);
	*was = old & CLEAR_MEMORY;
	new = (want ? *want : *was) ? old | CLEAR_MEMORY : old & ~CLEAR_MEMORY;
	if (status == EFI_SUCCESS && new != old)
		status = efivar_set_variable_locked(name, &guid, attr, 1, &new, false);
	efivar_unlock();
	return status;
}

/* A thread of the kernel's: efivar_lock() gives up where a signal is pending. */
static void update(struct work_struct *work)
{
	bool want = wanted, was;
	efi_status_t status;

	if (!want && !requested)
		return;
	status = exchange(&want, &was);
	if (status == EFI_SUCCESS)
		/* What somebody else has asked for is not withdrawn. */
		requested = want && !was;
	else if (status != EFI_NOT_FOUND)
		pr_warn_once("UEFI's memory overwrite request cannot be changed: status 0x%lx\n",
			     status);
}

static DECLARE_WORK(work, update);

void overwrite_ask_firmware(void)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_invoke(PSCI_FEATURES, PSCI_MEM_PROTECT, &res);
	firmware_zeroes = (int)res.a0 == PSCI_RET_SUCCESS;
}

void overwrite_start(void)
{
	bool was;

	pr_info("after a reset that EL2 does not see, guests' memory is %s\n",
		firmware_zeroes			    ? "zeroed by firmware (PSCI MEM_PROTECT)" :
		exchange(NULL, &was) == EFI_SUCCESS ? "overwritten by UEFI, if root lets it" :
						      "readable");
}

/* Under the lock until it is done, so that who comes second does not go on before. */
static void want(bool on)
{
	if (wanted == on)
		return;
	wanted = on;
	schedule_work(&work);
	flush_work(&work);
}

void overwrite_stop(void)
{
	mutex_lock(&lock);
	if (!atomic_read(&vms))
		want(false);
	mutex_unlock(&lock);
}

void overwrite_vm_begins(void)
{
	atomic_inc(&vms);
	mutex_lock(&lock);
	want(true);
	mutex_unlock(&lock);
}

void overwrite_vm_ended(void)
{
	atomic_dec(&vms);
}

IMPORT_SYMBOLS(EFIVAR);
