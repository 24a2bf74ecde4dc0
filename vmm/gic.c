// SPDX-License-Identifier: GPL-2.0-only
#include "gic.h"

#include <errno.h>
#include <unistd.h>

#include "../hyp/abi/platform.h"
#include "util/log.h"

static int set(const struct kvm_sys *sys, int gic, uint32_t group, uint64_t attribute, void *value,
	       const char *what)
{
	struct kvm_device_attr attr = { .group = group,
					.attr = attribute,
					.addr = (uint64_t)(uintptr_t)value };
	int ret = kvm_call(sys, gic, KVM_SET_DEVICE_ATTR, (unsigned long)&attr);

	if (ret)
		log_error("the guest's GICv3: cannot %s: %s", what, error_text(-ret));
	return ret;
}

int gic_create(const struct kvm_sys *sys, int vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t distributor = PLAT_GICD_BASE, redistributor = PLAT_GICR_BASE;
	uint32_t interrupts = PLAT_NR_IRQS;
	int gic, ret = kvm_call(sys, vm, KVM_CREATE_DEVICE, (unsigned long)&device);

	if (ret) {
		log_error("KVM cannot create a GICv3: %s%s", error_text(-ret),
			  ret == -ENODEV ? "; the host itself must have one" : "");
		return ret;
	}
	gic = (int)device.fd;
	ret = set(sys, gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &distributor,
		  "set the distributor's address");
	if (!ret)
		ret = set(sys, gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
			  &redistributor, "set the redistributors' address");
	if (!ret)
		ret = set(sys, gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &interrupts,
			  "set the number of interrupts");
	if (ret) {
		close(gic);
		return ret;
	}
	return gic;
}

int gic_init(const struct kvm_sys *sys, int gic)
{
	return set(sys, gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL,
		   "initialise it");
}
