// SPDX-License-Identifier: GPL-2.0-only
#include "driver.h"

#include "support.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../fault.h"
#include "../../virtio/device.h"
#include "../../virtio/mmio.h"

#define NOTIFY_MAX 16

/* The calls that the fake KVM got. */
static struct {
	bool eventfds;
	int irqfd[PLAT_NR_IRQS];   /* by GSI */
	unsigned int edges, level; /* of KVM_IRQ_LINE */
	struct {
		uint64_t ipa, value;
		int fd;
	} notify[NOTIFY_MAX];
	unsigned int notifies;
} kvm;

static int fake_irqfd(const struct kvm_irqfd *irqfd)
{
	assert_true(irqfd->gsi < PLAT_NR_IRQS && !irqfd->flags);
	kvm.irqfd[irqfd->gsi] = dup((int)irqfd->fd);
	return 0;
}

static int fake_ioeventfd(const struct kvm_ioeventfd *notify)
{
	assert_int_equal(notify->len, 4);
	assert_int_equal(notify->flags, KVM_IOEVENTFD_FLAG_DATAMATCH);
	assert_true(kvm.notifies < NOTIFY_MAX);
	kvm.notify[kvm.notifies].ipa = notify->addr;
	kvm.notify[kvm.notifies].value = notify->datamatch;
	kvm.notify[kvm.notifies++].fd = dup(notify->fd);
	return 0;
}

/* An interrupt that is configured as an edge: rising ones count. */
static int fake_irq_line(const struct kvm_irq_level *line)
{
	assert_int_equal(line->irq, 1u << 24 | (32 + PLAT_VIRTIO_SPI));
	if (line->level && !__atomic_exchange_n(&kvm.level, 1, __ATOMIC_SEQ_CST))
		__atomic_add_fetch(&kvm.edges, 1, __ATOMIC_SEQ_CST);
	if (!line->level)
		__atomic_store_n(&kvm.level, 0, __ATOMIC_SEQ_CST);
	return 0;
}

static int fake_ioctl(int fd, unsigned long request, unsigned long argument)
{
	(void)fd;
	switch (request) {
	case KVM_CHECK_EXTENSION:
		return kvm.eventfds && (argument == KVM_CAP_IRQFD || argument == KVM_CAP_IOEVENTFD);
	case KVM_IRQFD:
		return fake_irqfd((const struct kvm_irqfd *)argument);
	case KVM_IOEVENTFD:
		return fake_ioeventfd((const struct kvm_ioeventfd *)argument);
	case KVM_IRQ_LINE:
		return fake_irq_line((const struct kvm_irq_level *)argument);
	}
	errno = ENOTTY;
	return -1;
}

uint8_t *ram_make(void)
{
	uint8_t *ram =
		mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(ram != MAP_FAILED);
	return ram;
}

void ram_free(uint8_t *ram)
{
	munmap(ram, RAM_SIZE);
}

struct driver driver_rings(uint8_t *ram, unsigned int queue, uint16_t size, uint64_t unprotected)
{
	uint64_t at = RINGS_AT(queue), ipa = (RAM_IPA + at) | unprotected;

	return (struct driver){
		.size = size,
		.table = (void *)(ram + at),
		.avail = (void *)(ram + at + 0x4000),
		.used = (void *)(ram + at + 0x8000),
		.table_ipa = ipa,
		.avail_ipa = ipa + 0x4000,
		.used_ipa = ipa + 0x8000,
	};
}

void driver_describe(struct driver *driver, unsigned int index, uint64_t ipa, uint32_t length,
		     uint16_t flags, uint16_t next)
{
	driver->table[index] = (struct vring_desc){ ipa, length, flags, next };
}

void driver_offer(struct driver *driver, uint16_t head)
{
	driver->avail[2 + driver->next % driver->size] = head;
	driver->next++;
	__atomic_store_n(&driver->avail[1], driver->next, __ATOMIC_RELEASE);
}

uint16_t driver_used(const struct driver *driver)
{
	return __atomic_load_n(&driver->used[1], __ATOMIC_ACQUIRE);
}

static const uint32_t *used_element(const struct driver *driver, uint16_t index)
{
	return (const void *)&driver->used[2 + 4 * (index % driver->size)];
}

uint32_t driver_used_id(const struct driver *driver, uint16_t index)
{
	return used_element(driver, index)[0];
}

uint32_t driver_used_length(const struct driver *driver, uint16_t index)
{
	return used_element(driver, index)[1];
}

void machine_begin(struct machine *machine, struct virtio_device *device, bool eventfds,
		   uint64_t unprotected)
{
	memset(&kvm, 0, sizeof(kvm));
	for (unsigned int i = 0; i < PLAT_NR_IRQS; i++)
		kvm.irqfd[i] = -1;
	kvm.eventfds = eventfds;
	*machine = (struct machine){
		.ram = { .host = ram_make(),
			 .ipa = RAM_IPA,
			 .size = RAM_SIZE,
			 .fd = -1,
			 .unprotected_bit = unprotected },
		.sys = { .fd = -1, .ioctl = fake_ioctl },
		.eventfds = eventfds,
	};
	assert_int_equal(fault_handler_install(&machine->ram), 0);
	assert_int_equal(virtio_add(&machine->virtio, &machine->bus, device, unprotected != 0), 0);
	assert_int_equal(virtio_start(&machine->virtio, &machine->ram, &machine->sys, -1), 0);
}

int machine_stop(struct machine *machine)
{
	return virtio_stop(&machine->virtio);
}

void machine_end(struct machine *machine)
{
	virtio_destroy(&machine->virtio);
	for (unsigned int i = 0; i < PLAT_NR_IRQS; i++)
		if (kvm.irqfd[i] >= 0)
			close(kvm.irqfd[i]);
	for (unsigned int i = 0; i < kvm.notifies; i++)
		close(kvm.notify[i].fd);
	ram_free(machine->ram.host);
}

uint64_t reg_read_sized(struct machine *machine, uint64_t offset, unsigned int length)
{
	uint64_t value = 0;

	assert_int_equal(bus_access(&machine->bus, PLAT_VIRTIO_BASE + offset, (uint8_t *)&value,
				    length, false),
			 0);
	return value;
}

void reg_write_sized(struct machine *machine, uint64_t offset, unsigned int length, uint64_t value)
{
	assert_int_equal(bus_access(&machine->bus, PLAT_VIRTIO_BASE + offset, (uint8_t *)&value,
				    length, true),
			 0);
}

uint32_t reg_read(struct machine *machine, uint64_t offset)
{
	return (uint32_t)reg_read_sized(machine, offset, 4);
}

void reg_write(struct machine *machine, uint64_t offset, uint32_t value)
{
	const uint64_t one = 1;

	for (unsigned int i = 0; i < kvm.notifies; i++) {
		if (kvm.notify[i].ipa != PLAT_VIRTIO_BASE + offset || kvm.notify[i].value != value)
			continue;
		assert_int_equal(write(kvm.notify[i].fd, &one, sizeof(one)), sizeof(one));
		return;
	}
	reg_write_sized(machine, offset, 4, value);
}

static unsigned int take_interrupts(const struct machine *machine)
{
	uint64_t count = 0;

	if (!machine->eventfds)
		return __atomic_exchange_n(&kvm.edges, 0, __ATOMIC_SEQ_CST);
	if (read(kvm.irqfd[PLAT_VIRTIO_SPI], &count, sizeof(count)) != sizeof(count))
		return 0;
	return (unsigned int)count;
}

static void sleep_1ms(void)
{
	poll(NULL, 0, 1);
}

unsigned int interrupts(struct machine *machine, int wait_ms)
{
	unsigned int count = take_interrupts(machine);

	for (; !count && wait_ms > 0; wait_ms--) {
		sleep_1ms();
		count = take_interrupts(machine);
	}
	return count;
}

void driver_enable(struct machine *machine, unsigned int queue, const struct driver *driver)
{
	reg_write(machine, VIRTIO_MMIO_QUEUE_SEL, queue);
	reg_write(machine, VIRTIO_MMIO_QUEUE_NUM, driver->size);
	reg_write(machine, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)driver->table_ipa);
	reg_write(machine, VIRTIO_MMIO_QUEUE_DESC_HIGH, (uint32_t)(driver->table_ipa >> 32));
	reg_write(machine, VIRTIO_MMIO_QUEUE_AVAIL_LOW, (uint32_t)driver->avail_ipa);
	reg_write(machine, VIRTIO_MMIO_QUEUE_AVAIL_HIGH, (uint32_t)(driver->avail_ipa >> 32));
	reg_write(machine, VIRTIO_MMIO_QUEUE_USED_LOW, (uint32_t)driver->used_ipa);
	reg_write(machine, VIRTIO_MMIO_QUEUE_USED_HIGH, (uint32_t)(driver->used_ipa >> 32));
	reg_write(machine, VIRTIO_MMIO_QUEUE_READY, 1);
}

uint32_t driver_negotiate(struct machine *machine, uint64_t features)
{
	reg_write(machine, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	reg_write(machine, VIRTIO_MMIO_STATUS,
		  VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	reg_write(machine, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	reg_write(machine, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	reg_write(machine, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	reg_write(machine, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
	reg_write(machine, VIRTIO_MMIO_STATUS,
		  VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			  VIRTIO_CONFIG_S_FEATURES_OK);
	return reg_read(machine, VIRTIO_MMIO_STATUS);
}

bool driver_wait_used(const struct driver *driver, uint16_t count)
{
	for (int i = 0; i < limit_ms() && driver_used(driver) != count; i++)
		sleep_1ms();
	return driver_used(driver) == count;
}

bool wait_needs_reset(struct machine *machine)
{
	for (int i = 0; i < limit_ms() &&
			!(reg_read(machine, VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET);
	     i++)
		sleep_1ms();
	return reg_read(machine, VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
}
