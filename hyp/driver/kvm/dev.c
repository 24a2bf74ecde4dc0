// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kvm: the calls that need no VM.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "caps.h"
#include "dev.h"
#include "el2/takeover.h"
#include "vm.h"

static bool serving;

static int kvm_open(struct inode *inode, struct file *file)
{
	/* Until the hypervisor runs, the name is only taken so that KVM does not get it. */
	return smp_load_acquire(&serving) ? 0 : -ENODEV;
}

static long kvm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case KVM_GET_API_VERSION:
		return arg ? -EINVAL : KVM_API_VERSION;
	case KVM_CREATE_VM:
		return vm_create(arg);
	case KVM_CHECK_EXTENSION:
		return caps_check_extension(arg, NULL);
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : PAGE_SIZE;
	default:
		return -EINVAL;
	}
}

static const struct file_operations kvm_fops = {
	.owner = THIS_MODULE,
	.open = kvm_open,
	.unlocked_ioctl = kvm_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice kvm_misc = {
	.minor = KVM_MINOR,
	.name = "kvm",
	.fops = &kvm_fops,
};

int kvm_dev_claim(void)
{
	int ret = misc_register(&kvm_misc);

	if (ret == -EBUSY)
		pr_err("/dev/kvm belongs to KVM, so EL2 is not free: %s\n", TAKEOVER_HINT);
	else if (ret)
		pr_err("cannot create /dev/kvm (%d)\n", ret);
	return ret;
}

void kvm_dev_serve(void)
{
	smp_store_release(&serving, true);
}

void kvm_dev_stop(void)
{
	smp_store_release(&serving, false);
}

void kvm_dev_release(void)
{
	kvm_dev_stop();
	misc_deregister(&kvm_misc);
}
