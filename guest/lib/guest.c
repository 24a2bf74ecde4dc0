// SPDX-License-Identifier: GPL-2.0-only
#include "lib/guest.h"

#include "abi/platform.h"
#include "lib/args.h"
#include "lib/console.h"
#include "lib/fdt.h"
#include "lib/hyp.h"
#include "lib/mmu.h"
#include "lib/string.h"
#include "lib/sysreg.h"
#include "lib/trap.h"

_Static_assert(GUEST_LINK_BASE == PLAT_RAM_BASE, "build.mk links at the start of RAM");

/* A device tree is smaller than this by the arm64 boot protocol. */
#define DTB_MAX 0x200000UL

/* More than mmu_enable() and what it calls use of a stack. */
#define EARLY_STACK 256

#define NOBODY (~0UL)		/* no CPU's affinity */

extern const char _start[], _text_end[], _end[];
extern void secondary_entry(void);

static struct range ram;
static struct range dtb_range;
static struct fdt tree;

void fail(const char *fmt, ...)
{
	static uint64_t failing = NOBODY;
	uint64_t nobody = NOBODY, self = read_sysreg(mpidr_el1) & 0xff00ffffffUL;
	va_list args;

	/* Before the MMU is on there is one CPU only, and exclusive accesses need not work. */
	if (!(read_sysreg(sctlr_el1) & 1)) {
		nobody = failing;
		failing = self;
	} else {
		__atomic_compare_exchange_n(&failing, &nobody, self, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	}
	/* Another CPU reports already, and will reset all. */
	while (nobody != NOBODY && nobody != self)
		__asm__ volatile("wfi" : : : "memory");
	/* A fault while reporting a fault: do not report forever. */
	if (nobody == NOBODY) {
		va_start(args, fmt);
		printf("FAIL: ");
		console_vprintf(fmt, args);
		printf("\n");
		va_end(args);
	}
	psci_system_reset();
}

struct range guest_ram(void)
{
	return ram;
}

struct range guest_image(void)
{
	return (struct range){ (uint64_t)_start, (uint64_t)(_end - _start) };
}

static uint64_t cells_of(const char *path, const char *name, uint64_t otherwise)
{
	uint32_t len;
	const void *prop = fdt_find(&tree, path, 0, name, &len);
	uint64_t val;

	return prop && fdt_cells(prop, len, 0, 1, &val) ? val : otherwise;
}

static void read_memory_node(void)
{
	uint32_t len = 0, address_cells = (uint32_t)cells_of("/", "#address-cells", 2);
	uint32_t size_cells = (uint32_t)cells_of("/", "#size-cells", 1);
	const void *reg = fdt_find(&tree, "/memory", 0, "reg", &len);
	struct range image = guest_image();

	if (!fdt_cells(reg, len, 0, address_cells, &ram.base) ||
	    !fdt_cells(reg, len, address_cells, size_cells, &ram.size))
		fail("device tree: no usable reg in /memory");
	if (ram.base % PAGE_SIZE || ram.size % PAGE_SIZE || ram.base + ram.size < ram.base ||
	    ram.base + ram.size > MMU_RAM_END)
		fail("device tree: /memory 0x%lx + 0x%lx is not whole pages below 512 GiB",
		     ram.base, ram.size);
	if (image.base < ram.base || image.base + image.size > ram.base + ram.size)
		fail("image 0x%lx + 0x%lx is not inside /memory 0x%lx + 0x%lx", image.base,
		     image.size, ram.base, ram.size);
}

static void read_device_tree(const void *dtb)
{
	uint32_t len;
	const char *text;

	if (!fdt_open(&tree, dtb, DTB_MAX))
		fail("no device tree at %p (x0 at entry)", dtb);
	dtb_range.base = (uint64_t)dtb & ~(PAGE_SIZE - 1);
	dtb_range.size = (((uint64_t)dtb + tree.total_size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1)) -
			 dtb_range.base;
	read_memory_node();

	text = fdt_find(&tree, "/chosen", 0, "bootargs", &len);
	args_init(text, text ? len : 0);
	text = fdt_find(&tree, "/psci", 0, "method", &len);
	if (text && len == 4 && memcmp(text, "smc", 4) == 0)
		hyp_set_conduit(CONDUIT_SMC);
}

static void map_memory(void)
{
	struct range image = guest_image();
	uint64_t text_size = (uint64_t)(_text_end - _start);

	mmu_map(PLAT_UART_BASE, PLAT_UART_SIZE, MMU_DEVICE);
	mmu_map(ram.base, image.base - ram.base, MMU_DATA);
	mmu_map(image.base, text_size, MMU_CODE);
	mmu_map(image.base + text_size, ram.base + ram.size - image.base - text_size, MMU_DATA);
}

/*
 * What fails before this prints to a UART that nobody has switched on, which a VMM does not mind.
 */
static void start_console(void)
{
	char console[8];

	args_string("console", "", console, sizeof(console));
	if (strcmp(console, "none") == 0)
		console_mute();
	else
		console_init();
}

void guest_start(const void *dtb)
{
	if ((read_sysreg(CurrentEL) >> 2) != 1)
		fail("entered at EL%lu, want EL1", read_sysreg(CurrentEL) >> 2);
	read_device_tree(dtb);
	start_console();
	map_memory();
	mmu_enable();
	/* SErrors are reported too; interrupts stay masked, no payload uses them. */
	__asm__ volatile("msr daifclr, #4" : : : "memory");
	guest_main();
	psci_system_off();
}

unsigned int guest_free(struct range free[MAX_FREE_RANGES])
{
	struct range image = guest_image();
	struct range used[2] = { image, dtb_range };
	uint64_t pos = ram.base;
	unsigned int n = 0;

	if (dtb_range.base < image.base) {
		used[0] = dtb_range;
		used[1] = image;
	}
	for (unsigned int i = 0; i < 2; i++) {
		if (used[i].base > pos)
			free[n++] = (struct range){ pos, used[i].base - pos };
		if (used[i].base + used[i].size > pos)
			pos = used[i].base + used[i].size;
	}
	if (pos < ram.base + ram.size)
		free[n++] = (struct range){ pos, ram.base + ram.size - pos };
	return n;
}

struct range guest_largest_free(void)
{
	struct range free[MAX_FREE_RANGES], best = { 0, 0 };
	unsigned int n = guest_free(free);

	for (unsigned int i = 0; i < n; i++)
		if (free[i].size > best.size)
			best = free[i];
	return best;
}

bool guest_cpu(unsigned int nth, uint64_t *mpidr)
{
	uint32_t len = 0, cells = (uint32_t)cells_of("/cpus", "#address-cells", 1);
	const void *reg = fdt_find(&tree, "/cpus/cpu", nth, "reg", &len);

	return fdt_cells(reg, len, 0, cells, mpidr);
}

bool guest_virtio(unsigned int nth, uint64_t *base)
{
	uint32_t len = 0, cells = (uint32_t)cells_of("/", "#address-cells", 2);
	const void *reg = fdt_find(&tree, "/virtio_mmio", nth, "reg", &len);

	return fdt_cells(reg, len, 0, cells, base);
}

int64_t guest_cpu_on(uint64_t mpidr, const struct secondary *s)
{
	/*
	 * The other CPU uses these before its MMU is on: they must be in memory, and no old line
	 * hide them later.
	 */
	cache_clean_invalidate((uint64_t)s, sizeof(*s));
	cache_clean_invalidate(s->stack_top - EARLY_STACK, EARLY_STACK);
	return psci_cpu_on(mpidr, (uint64_t)&secondary_entry, (uint64_t)s);
}
