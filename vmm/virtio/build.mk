# SPDX-License-Identifier: GPL-2.0-only
# Virtio: the transport and its threads. Included by vmm/build.mk.

VMM_VIRTIO_CORE := $(addprefix virtio/,chain device host memory mmio queue slots worker)
VMM_VIRTIO := $(VMM_VIRTIO_CORE) virtio/rng

# The tests of the devices' threads once more, watched for data races. Fences are beyond this sanitizer, which gcc says.
VIRTIO_RACES := $(B)/tests/vmm/races_virtio
VIRTIO_RACES_SOURCES := $(patsubst %,vmm/%.c,$(VMM_VIRTIO) bus fault kvm log rate terminal thread \
	$(addprefix tests/unit/,driver support test_virtio_work))
UNIT_TESTS += $(VIRTIO_RACES)

$(VIRTIO_RACES): $(VIRTIO_RACES_SOURCES) $(wildcard vmm/*.h vmm/virtio/*.h vmm/tests/unit/*.h) vmm/virtio/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(filter-out -fsanitize%,$(VMM_TEST_CFLAGS)) -fsanitize=thread -Wno-tsan -DWITHOUT_SLOW_TESTS \
		$(VMM_TEST_INCLUDE) -o $@ $(VIRTIO_RACES_SOURCES) -lcmocka -lfdt
