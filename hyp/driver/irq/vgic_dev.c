// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt controller as a KVM device: KVM_DEV_TYPE_ARM_VGIC_V3 with the attributes that set
 * it up (Linux Documentation/virt/kvm/devices/arm-vgic-v3.rst). Saving and restoring its registers
 * is not served.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vgic.h"
#include "vgic_dev.h"
#include "vm_types.h"

#define DEFAULT_IRQS	256U

/* The number of redistributors in a region: with the older interface, that of vCPUs. */
static u64 region_count(const struct vm *vm, const struct vgic_region *region)
{
	unsigned int i, count = 0;

	if (region->count)
		return region->count;
	for (i = 0; i < DONJON_MAX_VCPUS; i++)
		count += !!vm->vcpus[i];
	return max(count, 1U);
}

/* A range is aligned and inside the IPA space. */
static int check_range(const struct vm *vm, u64 base, u64 size)
{
	if (!IS_ALIGNED(base, SZ_64K) || base + size < base)
		return -EINVAL;
	return base + size > vm_ipa_limit(vm) ? -E2BIG : 0;
}

static bool overlaps_dist(const struct vm *vm, u64 base, u64 size)
{
	u64 dist = vm->vgic.dist_base;

	return dist != VGIC_NO_ADDR && base < dist + VGIC_DIST_SIZE && dist < base + size;
}

/* One of the first nr regions, as far as they are known: there may be more vCPUs later. */
static bool overlaps_regions(const struct vm *vm, unsigned int nr, u64 base, u64 size)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct vgic_region *r = &vm->vgic.regions[i];

		if (base < r->base + region_count(vm, r) * VGIC_REDIST_SIZE &&
		    r->base < base + size)
			return true;
	}
	return false;
}

/* The vCPUs so far that have no redistributor in the regions so far. */
static bool vcpus_without_region(const struct vm *vm)
{
	unsigned int i, need = 0;
	u64 have = 0;

	for (i = 0; i < DONJON_MAX_VCPUS; i++)
		need += !!vm->vcpus[i];
	for (i = 0; i < vm->vgic.nr_regions; i++)
		have += vm->vgic.regions[i].count ?: DONJON_MAX_VCPUS;
	return have < need;
}

static int set_dist(struct vm *vm, u64 base)
{
	int ret;

	if (vm->vgic.dist_base != VGIC_NO_ADDR)
		return -EEXIST;
	ret = check_range(vm, base, VGIC_DIST_SIZE);
	if (!ret)
		vm->vgic.dist_base = base;
	return ret;
}

/* count 0: the older interface, one region for the redistributors of all vCPUs. */
static int add_region(struct vm *vm, u64 base, u32 count, u32 index)
{
	struct vgic *vgic = &vm->vgic;
	u64 size;
	int ret;

	/* The older interface and the newer one exclude each other. */
	if (vgic->nr_regions && (!count || !vgic->regions[0].count))
		return count || vgic->regions[0].count ? -EINVAL : -EEXIST;
	if (count && index < vgic->nr_regions)
		return -EEXIST;
	if (count && (index != vgic->nr_regions || index >= VGIC_MAX_REGIONS))
		return -EINVAL;
	size = (u64)(count ?: 1) * VGIC_REDIST_SIZE;
	ret = check_range(vm, base, size);
	if (ret)
		return ret;
	/* As in KVM, one that no vCPU needs yet meets the distributor only at the first run. */
	if (overlaps_regions(vm, vgic->nr_regions, base, size) ||
	    ((!count || vcpus_without_region(vm)) && overlaps_dist(vm, base, size)))
		return -EINVAL;
	vgic->regions[vgic->nr_regions] = (struct vgic_region){
		.base = base, .count = count, .index = index,
	};
	/* Another thread's vCPU may be about to begin the first run. */
	smp_store_release(&vgic->nr_regions, vgic->nr_regions + 1);
	return 0;
}

static int set_addr(struct vm *vm, u64 type, u64 addr)
{
	/* Also after KVM_DEV_ARM_VGIC_CTRL_INIT, which needs no addresses. */
	if (READ_ONCE(vm->activated))
		return -EBUSY;
	switch (type) {
	case KVM_VGIC_V3_ADDR_TYPE_DIST:
		return set_dist(vm, addr);
	case KVM_VGIC_V3_ADDR_TYPE_REDIST:
		return add_region(vm, addr, 0, 0);
	case KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION:
		/* count 63:52, base 51:16, flags 15:12, index 11:0 */
		if (!(addr >> 52) || (addr & 0xf000))
			return -EINVAL;
		return add_region(vm, addr & GENMASK_ULL(51, 16), addr >> 52, addr & 0xfff);
	default:
		return -ENXIO;
	}
}

static int get_addr(struct vm *vm, u64 type, u64 *addr)
{
	const struct vgic *vgic = &vm->vgic;
	u32 index;

	switch (type) {
	case KVM_VGIC_V3_ADDR_TYPE_DIST:
		*addr = vgic->dist_base;
		return 0;
	case KVM_VGIC_V3_ADDR_TYPE_REDIST:
		*addr = vgic->nr_regions ? vgic->regions[0].base : VGIC_NO_ADDR;
		return 0;
	case KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION:
		index = *addr & 0xfff;
		if (index >= vgic->nr_regions)
			return -ENOENT;
		*addr = (u64)vgic->regions[index].count << 52 | vgic->regions[index].base | index;
		return 0;
	default:
		return -ENXIO;
	}
}

static int set_nr_irqs(struct vm *vm, u32 nr)
{
	if (nr < VGIC_MIN_IRQS || nr > VGIC_MAX_IRQS || nr % 32)
		return -EINVAL;
	if (vm->vgic.ready || vm->vgic.nr_irqs)
		return -EBUSY;
	vm->vgic.nr_irqs = nr;
	return 0;
}

static int initialise(struct vm *vm)
{
	struct vgic *vgic = &vm->vgic;
	struct vgic_irq *spis;
	u32 nr = vgic->nr_irqs ?: DEFAULT_IRQS;

	if (vgic->ready)
		return 0;
	spis = kvcalloc(nr - VGIC_NR_PRIVATE, sizeof(*spis), GFP_KERNEL_ACCOUNT);
	if (!spis)
		return -ENOMEM;
	for (vgic->nr_irqs = VGIC_NR_PRIVATE; vgic->nr_irqs < nr; vgic->nr_irqs++)
		spis[vgic->nr_irqs - VGIC_NR_PRIVATE].group1 = true;
	vgic->spis = spis;
	/* Other threads look at it without vm->lock. */
	smp_store_release(&vgic->ready, true);
	return 0;
}

int vgic_check_ready(struct vm *vm)
{
	const struct vgic *vgic = &vm->vgic;
	unsigned int i;
	u64 size;

	if (!vgic->created)
		return 0;
	if (vgic->dist_base == VGIC_NO_ADDR || vcpus_without_region(vm))
		return -ENXIO;
	/* Only now the number of vCPUs is known, and so the size of every region. */
	for (i = 0; i < vgic->nr_regions; i++) {
		const struct vgic_region *r = &vgic->regions[i];

		size = region_count(vm, r) * VGIC_REDIST_SIZE;
		if (check_range(vm, r->base, size) || overlaps_dist(vm, r->base, size) ||
		    overlaps_regions(vm, i, r->base, size))
			return -EINVAL;
	}
	return vgic->ready ? 0 : -EBUSY;
}

/* -- The file -- */

static int set_attr(struct vm *vm, const struct kvm_device_attr *attr)
{
	void __user *user = (void __user *)(unsigned long)attr->addr;
	u64 addr;
	u32 nr;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		if (copy_from_user(&addr, user, sizeof(addr)))
			return -EFAULT;
		return set_addr(vm, attr->attr, addr);
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		if (get_user(nr, (u32 __user *)user))
			return -EFAULT;
		return set_nr_irqs(vm, nr);
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return attr->attr == KVM_DEV_ARM_VGIC_CTRL_INIT ? initialise(vm) : -ENXIO;
	default:
		return -ENXIO;
	}
}

static int get_attr(struct vm *vm, const struct kvm_device_attr *attr)
{
	void __user *user = (void __user *)(unsigned long)attr->addr;
	u64 addr;
	int ret;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		if (copy_from_user(&addr, user, sizeof(addr)))
			return -EFAULT;
		ret = get_addr(vm, attr->attr, &addr);
		if (!ret && copy_to_user(user, &addr, sizeof(addr)))
			ret = -EFAULT;
		return ret;
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		return put_user(vm->vgic.nr_irqs, (u32 __user *)user);
	default:
		return -ENXIO;
	}
}

static int has_attr(const struct kvm_device_attr *attr)
{
	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return attr->attr == KVM_VGIC_V3_ADDR_TYPE_DIST ||
		       attr->attr == KVM_VGIC_V3_ADDR_TYPE_REDIST ||
		       attr->attr == KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		return 0;
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return attr->attr == KVM_DEV_ARM_VGIC_CTRL_INIT ? 0 : -ENXIO;
	default:
		return -ENXIO;
	}
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vm *vm = file->private_data;
	struct kvm_device_attr attr;
	long ret;

	if (vm->mm != current->mm)
		return -EIO;
	if (cmd != KVM_SET_DEVICE_ATTR && cmd != KVM_GET_DEVICE_ATTR && cmd != KVM_HAS_DEVICE_ATTR)
		return -ENOTTY;
	if (copy_from_user(&attr, (void __user *)arg, sizeof(attr)))
		return -EFAULT;
	if (attr.flags)
		return -EINVAL;
	if (cmd == KVM_HAS_DEVICE_ATTR)
		return has_attr(&attr);
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	ret = cmd == KVM_SET_DEVICE_ATTR ? set_attr(vm, &attr) : get_attr(vm, &attr);
	mutex_unlock(&vm->lock);
	return ret;
}

/*
 * If it is closed before it is initialised, it has never existed: kvmtool tries a GICv3 with an ITS
 * first, and one without only after it has closed the first.
 */
static int dev_release(struct inode *inode, struct file *file)
{
	struct vm *vm = file->private_data;

	mutex_lock(&vm->lock);
	if (!vm->vgic.ready) {
		vm->vgic.created = false;
		vm->vgic.dist_base = VGIC_NO_ADDR;
		vm->vgic.nr_regions = 0;
		vm->vgic.nr_irqs = 0;
	}
	mutex_unlock(&vm->lock);
	vm_put(vm);
	return 0;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = dev_ioctl,
	.release = dev_release,
	.llseek = noop_llseek,
};

int vgic_create_device(struct vm *vm, struct kvm_create_device *dev)
{
	int fd;

	if (dev->type != KVM_DEV_TYPE_ARM_VGIC_V3)
		return -ENODEV;
	if (dev->flags & ~KVM_CREATE_DEVICE_TEST)
		return -EINVAL;
	if (dev->flags & KVM_CREATE_DEVICE_TEST)
		return 0;
	if (vm->vgic.created)
		return -EEXIST;
	if (vm->activated)
		return -EBUSY;
	vm_get(vm);
	fd = anon_inode_getfd("kvm-arm-vgic-v3", &dev_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		vm_put(vm);
		return fd;
	}
	vm->vgic.created = true;
	dev->fd = fd;
	return 0;
}
