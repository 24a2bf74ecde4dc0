// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arm PrimeCell Real Time Clock (PL031), DDI 0224, without an alarm: the device tree gives it no
 * interrupt, so Linux's driver registers none. A guest that sets the clock does not change the
 * host's. A protected guest gets the time from the host, and so must not trust it.
 */
#include "pl031.h"

#include <libfdt.h>
#include <time.h>

#include "../../hyp/abi/platform.h"
#include "../boot/fdt.h"

enum {
	RTCDR = 0x000,
	RTCMR = 0x004,
	RTCLR = 0x008,
	RTCCR = 0x00c,
	RTCPERIPHID0 = 0xfe0,
};

#define CR_ENABLED 1u

static uint32_t host_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint32_t)now.tv_sec;
}

static uint64_t pl031_read(void *device, uint64_t offset, unsigned int length)
{
	/* Peripheral and PrimeCell identification, one byte every four: PL031 revision r1p0. */
	static const uint8_t id[] = { 0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	struct pl031 *rtc = device;

	(void)length;
	switch (offset) {
	case RTCDR:
	case RTCLR:
		return (uint32_t)(host_time() + atomic_load(&rtc->offset));
	case RTCMR:
		return atomic_load(&rtc->match);
	case RTCCR:
		return CR_ENABLED;
	}
	if (offset >= RTCPERIPHID0 && offset < RTCPERIPHID0 + 4 * sizeof(id) && !(offset & 3))
		return id[(offset - RTCPERIPHID0) / 4];
	return 0; /* the interrupt registers: none is ever pending */
}

static void pl031_write(void *device, uint64_t offset, unsigned int length, uint64_t value)
{
	struct pl031 *rtc = device;

	(void)length;
	if (offset == RTCLR)
		atomic_store(&rtc->offset, (uint32_t)value - host_time());
	else if (offset == RTCMR)
		atomic_store(&rtc->match, (uint32_t)value);
}

static int pl031_describe(void *device, void *fdt)
{
	static const char compatible[] = "arm,pl031\0arm,primecell";
	int ret;

	(void)device;
	ret = fdt_begin_device(fdt, "pl031", compatible, sizeof(compatible), PLAT_RTC_BASE,
			       PLAT_RTC_SIZE, FDT_NO_INTERRUPT);
	if (!ret)
		ret = fdt_property_u32(fdt, "clocks", FDT_PHANDLE_CLOCK);
	if (!ret)
		ret = fdt_property_string(fdt, "clock-names", "apb_pclk");
	return ret ? ret : fdt_end_node(fdt);
}

const struct device_ops pl031_ops = {
	.name = "clock",
	.read = pl031_read,
	.write = pl031_write,
	.describe = pl031_describe,
};
