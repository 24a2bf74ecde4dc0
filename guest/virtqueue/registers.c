// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers: of every size, at every offset, with any value, in any order, from several CPUs at
 * once.
 */
#include "virtqueue/virtqueue.h"

#include "lib/rsi.h"
#include "lib/sysreg.h"
#include "lib/trap.h"

#define STRESS_ROUNDS	3000

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* An access may be answered or refused by an abort; either way the guest goes on. */
static void access(uint64_t address, unsigned int size, bool write, uint64_t value)
{
	trap_expect();
	switch (size) {
	case 1:
		if (write)
			__asm__ volatile("strb %w0, [%1]" : : "r"(value), "r"(address) : "memory");
		else
			__asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
		break;
	case 2:
		if (write)
			__asm__ volatile("strh %w0, [%1]" : : "r"(value), "r"(address) : "memory");
		else
			__asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
		break;
	case 4:
		if (write)
			mmio_write32(address, (uint32_t)value);
		else
			mmio_read32(address);
		break;
	case 8:
		if (write)
			__asm__ volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
		else
			__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
		break;
	default:
		/* Two registers: no syndrome, so nobody can emulate it. */
		if (write)
			__asm__ volatile("stp %0, %0, [%1]"
					 :
					 : "r"(value), "r"(address)
					 : "memory");
		else
			__asm__ volatile("ldp %0, x9, [%1]"
					 : "=r"(value)
					 : "r"(address)
					 : "x9", "memory");
	}
	trap_done();
}

/*
 * What nobody can emulate ends an unprotected guest: KVM_RUN fails. A Realm takes an abort.
 */
static void every_size(const struct device *device)
{
	unsigned int most = rsi_unprotected_bit() ? 16 : 8;

	for (unsigned int size = 1; size <= most; size *= 2)
		for (uint64_t reg = 0; reg < REG_CONFIG + 0x80; reg += size) {
			access(device->base + reg, size, false, 0);
			access(device->base + reg, size, true, ~0UL);
		}
	/* The end of the device's page, and what lies behind its configuration. */
	for (unsigned int size = 1; size <= most; size *= 2) {
		access(device->base + REG_END - size, size, false, 0);
		access(device->base + REG_END - size, size, true, ~0UL);
	}
	attacks++;
	device_must_work(device, "accesses of every size");
}

/* Values that mean something somewhere, more often than any. */
static uint32_t value_of(uint64_t random)
{
	static const uint32_t values[] = { 0,  1,  2,	3,    4,   7,	   8,		15,
					   16, 64, 128, 0xff, 256, 0x8000, 0x80000000U, ~0U };

	return random & 0x100 ? (uint32_t)(random >> 32) : values[random >> 16 & 15];
}

void register_stress(const struct device *devices, unsigned int count, uint64_t seed,
		     volatile uint32_t *stop)
{
	uint64_t state = seed;

	while (!*stop) {
		uint64_t random = next(&state);
		const struct device *device = &devices[random % count];
		uint64_t reg = random >> 40 & 0xfc;

		if (random & 0x1000)
			reg_read(device, reg);
		else
			reg_write(device, reg, value_of(random));
	}
}

static void stress(const struct device *device)
{
	uint64_t state = device->id + 1;

	for (unsigned int i = 0; i < STRESS_ROUNDS; i++) {
		uint64_t random = next(&state);

		/*
		 * Now and then the queue is a good one, so that the stress also meets a device at
		 * work.
		 */
		if (random % 256 == 0) {
			device_start(device);
			request_fill(device);
			request_submit(device, 0);
		}
		reg_write(device, random >> 40 & 0xfc, value_of(random));
	}
	attacks++;
	device_must_work(device, "a stress of registers");
}

void attack_registers(const struct device *device)
{
	every_size(device);
	stress(device);
}
