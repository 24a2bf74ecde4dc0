// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test only: registers itself as the UEFI variables of a machine that has none, with the one
 * variable MemoryOverwriteRequestControl. Parameters: its byte, how often it was written, and
 * whether it is missing.
 */
#include <linux/efi.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/version.h>

#define ATTRIBUTES \
	(EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)

static const efi_char16_t the_name[] = L"MemoryOverwriteRequestControl";

static uint request = 0x10;
module_param(request, uint, 0644);
static uint writes;
module_param(writes, uint, 0444);
static bool missing;
module_param(missing, bool, 0644);
static bool refuse;
module_param(refuse, bool, 0644);

static bool is_it(const efi_char16_t *name, const efi_guid_t *vendor)
{
	efi_guid_t guid;

	return !missing && !guid_parse("e20939be-32d4-41be-a150-897f85d49829", &guid) &&
	       !efi_guidcmp(*vendor, guid) && !memcmp(name, the_name, sizeof(the_name));
}

static efi_status_t get(efi_char16_t *name, efi_guid_t *vendor, u32 *attr, unsigned long *size,
			void *data)
{
	if (!is_it(name, vendor))
		return EFI_NOT_FOUND;
	if (*size < 1)
		return EFI_BUFFER_TOO_SMALL;
	*size = 1;
	*attr = ATTRIBUTES;
	*(u8 *)data = request;
	return EFI_SUCCESS;
}

static efi_status_t get_next(unsigned long *size, efi_char16_t *name, efi_guid_t *vendor)
{
	return EFI_NOT_FOUND;
}

static efi_status_t set(efi_char16_t *name, efi_guid_t *vendor, u32 attr, unsigned long size,
			void *data)
{
	if (!is_it(name, vendor) || attr != ATTRIBUTES || size != 1)
		return EFI_INVALID_PARAMETER;
	writes++;
	if (refuse)
		return EFI_DEVICE_ERROR;
	request = *(u8 *)data;
	return EFI_SUCCESS;
}

static const struct efivar_operations ops = {
	.get_variable = get,
	.get_next_variable = get_next,
	.set_variable = set,
};
static struct efivars efivars;

static int __init donjon_efivars_init(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return efivars_register(&efivars, &ops);
#else
	return efivars_register(&efivars, &ops, NULL);
#endif
}
module_init(donjon_efivars_init);

static void __exit donjon_efivars_exit(void)
{
	efivars_unregister(&efivars);
}
module_exit(donjon_efivars_exit);

MODULE_DESCRIPTION("Test only: UEFI's memory overwrite request");
MODULE_LICENSE("GPL");
