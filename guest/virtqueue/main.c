// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtqueue: a guest that means harm to the devices of its VMM: broken queues, wild and private
 * addresses, registers of odd sizes, stress, resets in the middle of requests. After each attack
 * the device must work again, and at the end the guest powers off by itself.
 *
 * The disk's contents stay as they are: what would write to it is refused.
 */
#include "virtqueue/virtqueue.h"

#include "lib/console.h"
#include "lib/hyp.h"
#include "lib/rsi.h"
#include "lib/sysreg.h"

#define MAX_DEVICES	8
#define STACK_SIZE	8192
#define STRESS_SECONDS	1

volatile struct shared *shared;
uint64_t private_page;
unsigned int attacks, resets;

static struct device devices[MAX_DEVICES];
static unsigned int count;
static volatile uint32_t stop;
static unsigned char stack[STACK_SIZE] __attribute__((aligned(16)));
static struct secondary secondary __attribute__((aligned(64)));

/* Two blocks: one is shared, in the other lies the page that is not. */
static void find_memory(void)
{
	struct range area = guest_largest_free();
	uint64_t block = (area.base + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);

	if (block + 2 * BLOCK_SIZE > area.base + area.size)
		fail("no room for two blocks of 2 MiB: give the VM more memory");
	private_page = block + BLOCK_SIZE;
	if (rsi_unprotected_bit()) {
		rsi_convert(block, BLOCK_SIZE, RIPAS_EMPTY);
		/*
		 * The page behind `converted` in the shared block is private, for a buffer that
		 * runs into it.
		 */
		rsi_convert(block + sizeof(struct shared), PAGE_SIZE, RIPAS_RAM);
		rsi_map_shared(block, BLOCK_SIZE);
		block |= rsi_unprotected_bit();
	}
	shared = (volatile struct shared *)block;
}

static void find_devices(void)
{
	uint64_t base;

	while (count < MAX_DEVICES && guest_virtio(count, &base)) {
		struct device *device = &devices[count++];

		if (rsi_unprotected_bit())
			rsi_map_device(base, REG_END);
		else
			mmu_map(base, REG_END, MMU_DEVICE);
		device->base = rsi_unprotected_bit() | base;
		device->id = reg_read(device, REG_DEVICE_ID);
		/* A console answers what is sent to it. */
		device->queue = device->id == ID_CONSOLE;
		if (reg_read(device, REG_MAGIC) != VIRTIO_MAGIC)
			fail("no virtio device at 0x%lx", base);
	}
	if (!count)
		fail("no virtio device in the device tree");
}

static void stress_main(uint64_t seed)
{
	register_stress(devices, count, seed, &stop);
}

/* All registers of all devices from two CPUs at once, one of which also uses the queues. */
static void stress_by_two(void)
{
	uint64_t mpidr, end = counter() + STRESS_SECONDS * counter_frequency();

	if (!guest_cpu(1, &mpidr))
		return;
	secondary = (struct secondary){ (uint64_t)stack + STACK_SIZE, stress_main, 0x5eed };
	if (guest_cpu_on(mpidr, &secondary))
		fail("the second CPU cannot be switched on");
	while (counter() < end)
		for (unsigned int i = 0; i < count; i++) {
			request_fill(&devices[i]);
			request_submit(&devices[i], 0);
			reg_write(&devices[i], REG_STATUS, 0);
		}
	stop = 1;
	dsb_sy();
	while (psci_affinity_info(mpidr) != PSCI_AFFINITY_OFF)
		if (counter() > end + 60 * counter_frequency())
			fail("the second CPU does not end");
	attacks++;
	for (unsigned int i = 0; i < count; i++)
		device_must_work(&devices[i], "a stress from two CPUs");
}

void guest_main(void)
{
	rsi_start();
	find_memory();
	find_devices();
	for (unsigned int i = 0; i < count; i++) {
		attack_queues(&devices[i]);
		attack_blocks(&devices[i]);
		attack_registers(&devices[i]);
	}
	stress_by_two();
	for (unsigned int i = 0; i < count; i++)
		reg_write(&devices[i], REG_STATUS, 0);
	printf("virtqueue: %u devices, %u attacks, %u wanted a reset\n", count, attacks, resets);
}
