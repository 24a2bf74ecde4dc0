// SPDX-License-Identifier: GPL-2.0-only
/*
 * EL2's codes as errno values and as text.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "call.h"
#include "errors.h"

static const struct {
	int err;
	const char *text;
} codes[] = {
	[-DONJON_OK] = { 0, "done" },
	[-DONJON_E_NOT_SUPPORTED] = { -EOPNOTSUPP, "not supported by this EL2 image" },
	[-DONJON_E_INVALID] = { -EINVAL, "invalid argument" },
	[-DONJON_E_PHASE] = { -EIO, "EL2 is not ready yet, ends, or has panicked" },
	[-DONJON_E_DENIED] = { -EPERM, "denied: owner or state of the page, or a protected VM" },
	[-DONJON_E_NO_POOL] = { -ENOMEM, "the pool of pages for tables is short" },
	[-DONJON_E_BUSY] = { -EBUSY, "in use, or there can be no more" },
	[-DONJON_E_NOT_FOUND] = { -ENOENT, "no such VM, vCPU or mapping" },
	[-DONJON_E_EXISTS] = { -EEXIST, "exists already" },
	[-DONJON_E_POISONED] = { -EFAULT, "the host took the page by force" },
	[-DONJON_E_DYING] = { -EIO, "the VM is being torn down" },
	[-DONJON_E_OFF] = { -EAGAIN, "powered off" },
	[-DONJON_E_CPU] = { -ENODEV, "this CPU has EL2 in the VHE form (E2H), no 4 KiB pages "
					   "at stage 2, or other features than the first" },
	[-DONJON_E_INTERNAL] = { -EIO, "forced failure, or EL2 has panicked" },
	[-DONJON_E_NO_CACHE] = { -ENOMEM, "the VM's cache of pages for tables is short" },
};

int hyp_errno(long code)
{
	if (code > 0 || -code >= (long)ARRAY_SIZE(codes))
		return -EIO;
	return codes[-code].err;
}

const char *hyp_strerror(long code)
{
	if (code == (long)DONJON_STUB_ERR)
		return "Linux's stub answered: EL2 is not taken";
	if (code > 0 || -code >= (long)ARRAY_SIZE(codes))
		return "unknown code";
	return codes[-code].text;
}
