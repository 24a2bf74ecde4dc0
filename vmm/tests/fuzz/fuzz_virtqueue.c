// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile driver: the contents of guest memory, and accesses to the registers. The input's first
 * byte chooses the device; then comes a sequence of operations of one byte and its arguments, see
 * operation(). The device's work is done on the same thread, after each operation, so that an input
 * always does the same.
 *
 * Expected: no crash; a chain that the device gets is inside RAM, no longer than its queue and as
 * long as it says; memory around RAM stays untouched (it is not mapped); whatever came before, a
 * reset is a reset, and a good driver then finds a device that works.
 */
#include <errno.h>
#include <linux/virtio_blk.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../hyp/tests/fuzz/harness.h"
#include "../../../hyp/tests/fuzz/input.h"
#include "../../fault.h"
#include "../../util/log.h"
#include "../../virtio/blk.h"
#include "../../virtio/console.h"
#include "../../virtio/device.h"
#include "../../virtio/mmio.h"
#include "../../virtio/rng.h"

#define RAM_IPA	    0x40000000UL
#define RAM_SIZE    0x10000UL
#define PAGE	    0x1000UL
#define UNPROTECTED (1ULL << 35)
#define QUEUES	    2
#define QUEUE_SIZE  16
#define ROUNDS_MAX  8 /* of the worker, after one operation */
#define DISK_SIZE   0x8000

/* Where a good driver has the rings of queue n. */
#define RINGS(queue) (0x1000UL + 0x4000UL * (queue))
#define AVAIL(queue) (RINGS(queue) + 0x1000)
#define USED(queue)  (RINGS(queue) + 0x2000)
#define BUFFER	     0xe000UL

#define STATUS_READY                                                                               \
	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK)

struct echo {
	struct virtio_device virtio;
	struct virtio_chain chain;
	uint8_t config[12];
	unsigned int completed;
};

static uint8_t *ram;
static struct virtio_notify notify;
static struct guest_ram guest = { .ipa = RAM_IPA,
				  .size = RAM_SIZE,
				  .unprotected_bit = UNPROTECTED };
static struct echo echo;
static struct bus bus;
static int disk;	    /* the block device's file */
static char transmitted[4]; /* the last that the console sent, or its beginning */

enum { ECHO, RNG, BLK, CONSOLE, DEVICES };
static struct virtio_device *devices[DEVICES];
static unsigned int current;	      /* the input's */
static struct sigaction outer, inner; /* libFuzzer's handler, and the VMM's */

static bool in_ram(const void *pointer, size_t length)
{
	size_t offset = (size_t)((const uint8_t *)pointer - ram);

	return offset < RAM_SIZE && length <= RAM_SIZE - offset;
}

static void check_chain(const struct virtio_chain *chain, const struct queue *queue)
{
	unsigned int all = chain->count[CHAIN_READABLE] + chain->count[CHAIN_WRITABLE];
	uint64_t bytes[2] = { 0, 0 };

	FUZZ_CHECK(all && all <= queue->size, "%u buffers, the queue has %u", all, queue->size);
	FUZZ_CHECK(chain->head < queue->size, "head %u", chain->head);
	for (unsigned int i = 0; i < all; i++) {
		FUZZ_CHECK(in_ram(chain->iov[i].iov_base, chain->iov[i].iov_len),
			   "buffer %u is not in RAM", i);
		FUZZ_CHECK(chain->iov[i].iov_len, "buffer %u is empty", i);
		bytes[i >= chain->count[CHAIN_READABLE]] += chain->iov[i].iov_len;
	}
	FUZZ_CHECK(bytes[0] == chain->bytes[0] && bytes[1] == chain->bytes[1],
		   "%lu+%lu bytes, it says %u+%u", bytes[0], bytes[1], chain->bytes[0],
		   chain->bytes[1]);
}

/* Any slice is as long as was asked for, or there is none. */
static void check_slice(const struct virtio_chain *chain, enum chain_part part, uint64_t offset,
			uint64_t length)
{
	static struct iovec iov[QUEUE_SIZE_MAX];
	unsigned int count = chain_slice(chain, part, offset, length, iov);
	bool fits = offset <= chain->bytes[part] && length <= chain->bytes[part] - offset;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		FUZZ_CHECK(in_ram(iov[i].iov_base, iov[i].iov_len), "slice is not in RAM");
		sum += iov[i].iov_len;
	}
	FUZZ_CHECK(sum == (fits ? length : 0), "slice of %lu bytes, asked for %lu", sum, length);
}

/* Gives back what it read, as far as it fits. */
static void process(struct virtio_device *device, unsigned int queue)
{
	uint8_t bytes[64] = { 0 };

	while (virtio_pop(device, queue, &echo.chain)) {
		struct virtio_chain *chain = &echo.chain;
		uint32_t length = chain->bytes[CHAIN_READABLE];

		check_chain(chain, &device->queue[queue]);
		length = length < sizeof(bytes) ? length : sizeof(bytes);
		check_slice(chain, CHAIN_READABLE, length, chain->bytes[CHAIN_READABLE]);
		check_slice(chain, CHAIN_WRITABLE, length / 2, length);
		if (chain_read(chain, chain->bytes[CHAIN_READABLE] - length, bytes, length))
			length = 0;
		if (chain_write(chain, 0, bytes, length))
			length = 0;
		show("  queue %u: chain %u, %u+%u bytes, %u written\n", queue, chain->head,
		     chain->bytes[0], chain->bytes[1], length);
		virtio_complete(device, queue, chain, length);
		echo.completed++;
	}
}

static void config_write(struct virtio_device *device, size_t offset, unsigned int length,
			 uint64_t value)
{
	(void)device;
	memcpy(echo.config + offset, &value, length);
}

static const struct virtio_ops ops = { .id = 1, .process = process, .config_write = config_write };

static int no_kvm(int fd, unsigned long request, unsigned long argument)
{
	(void)fd;
	(void)argument;
	return request == KVM_IRQ_LINE ? 0 : -1;
}

/* A fault in RAM is the VMM's, and expected; any other is a finding. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	const struct sigaction *action = in_ram(info->si_addr, 1) ? &inner : &outer;

	if (action->sa_flags & SA_SIGINFO)
		action->sa_sigaction(number, info, context);
	else
		signal(number, SIG_DFL);
}

static void transmit(void *context, const void *bytes, size_t length)
{
	(void)context;
	memcpy(transmitted, bytes, length < 4 ? length : 4);
}

static void input_wanted(void *context)
{
	(void)context;
}

static struct virtio_device *make_echo(void)
{
	static const uint16_t sizes[QUEUES] = { QUEUE_SIZE, QUEUE_SIZE };

	FUZZ_CHECK(!virtio_init(&echo.virtio, &ops, "echo", sizes, QUEUES), "no device");
	echo.virtio.config = echo.config;
	echo.virtio.config_size = sizeof(echo.config);
	echo.virtio.offered = VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
			      VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX) | 0x5;
	return &echo.virtio;
}

static struct virtio_device *make_blk(void)
{
	char name[] = "root", serial[] = "", path[32];
	const struct disk_config config = { name, path, serial, .discard = true };

	disk = memfd_create("disk", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", disk);
	FUZZ_CHECK(disk >= 0 && !ftruncate(disk, DISK_SIZE), "no disk");
	return virtio_blk_create(&config, false);
}

static void make_devices(void)
{
	static const struct virtio_console_host console = { .transmit = transmit,
							    .input_wanted = input_wanted };

	devices[ECHO] = make_echo();
	devices[RNG] = virtio_rng_create();
	devices[BLK] = make_blk();
	devices[CONSOLE] = virtio_console_create(&console);
	for (unsigned int i = 0; i < DEVICES; i++) {
		struct virtio_device *device = devices[i];

		FUZZ_CHECK(device, "no device %u", i);
		device->ram = &guest;
		device->notify = &notify;
		device->index = i;
		for (unsigned int q = 0; q < device->queues; q++)
			device->queue[q].ram = &guest;
		FUZZ_CHECK(!bus_add(&bus, PLAT_VIRTIO_BASE + i * PLAT_VIRTIO_STRIDE,
				    PLAT_VIRTIO_STRIDE, &virtio_mmio_ops, device),
			   "no place");
	}
}

static void begin_once(void)
{
	static const struct kvm_sys sys = { .fd = -1, .ioctl = no_kvm };
	struct sigaction mine = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	uint8_t *area =
		mmap(NULL, RAM_SIZE + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	FUZZ_CHECK(area != MAP_FAILED, "no memory");
	guest.host = ram = area + PAGE;
	sigaction(SIGSEGV, NULL, &outer);
	FUZZ_CHECK(!fault_handler_install(&guest), "no handler");
	sigaction(SIGSEGV, &mine, &inner);
	log_to(fopen("/dev/null", "w"));
	virtio_notify_init(&notify, &sys, -1);
	make_devices();
}

static void work(void)
{
	for (int i = 0; i < ROUNDS_MAX; i++)
		worker_serve(&devices[current]->worker, 0);
}

static void reg_write(uint64_t offset, unsigned int length, uint64_t value)
{
	show("write %u at 0x%lx: 0x%lx\n", length, offset, value);
	bus_access(&bus, PLAT_VIRTIO_BASE + current * PLAT_VIRTIO_STRIDE + offset,
		   (uint8_t *)&value, length, true);
}

static uint64_t reg_read(uint64_t offset, unsigned int length)
{
	uint64_t value = 0;

	bus_access(&bus, PLAT_VIRTIO_BASE + current * PLAT_VIRTIO_STRIDE + offset,
		   (uint8_t *)&value, length, false);
	show("read %u at 0x%lx: 0x%lx\n", length, offset, value);
	return value;
}

static int hidden[RAM_SIZE / PAGE]; /* what the guest keeps to itself: a protection, 0 all of it */
static bool any_hidden;

static void share_all(void)
{
	mprotect(ram, RAM_SIZE, PROT_READ | PROT_WRITE);
}

static void hide_again(void)
{
	for (unsigned int i = 0; any_hidden && i < RAM_SIZE / PAGE; i++)
		if (hidden[i] != (PROT_READ | PROT_WRITE))
			mprotect(ram + i * PAGE, PAGE, hidden[i]);
}

static void hide_nothing(void)
{
	share_all();
	any_hidden = false;
	for (unsigned int i = 0; i < RAM_SIZE / PAGE; i++)
		hidden[i] = PROT_READ | PROT_WRITE;
}

/* What Linux does. */
static void negotiate(uint32_t low, uint32_t high)
{
	reg_write(VIRTIO_MMIO_STATUS, 4, 0);
	reg_write(VIRTIO_MMIO_STATUS, 4, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 4, 0);
	reg_write(VIRTIO_MMIO_DRIVER_FEATURES, 4, low);
	reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 4, 1);
	reg_write(VIRTIO_MMIO_DRIVER_FEATURES, 4, high);
	reg_write(VIRTIO_MMIO_STATUS, 4, STATUS_READY);
}

static void enable(unsigned int queue, uint32_t size, uint64_t unprotected)
{
	const uint64_t base = RAM_IPA | unprotected;

	reg_write(VIRTIO_MMIO_QUEUE_SEL, 4, queue);
	reg_write(VIRTIO_MMIO_QUEUE_NUM, 4, size);
	reg_write(VIRTIO_MMIO_QUEUE_DESC_LOW, 4, (uint32_t)(base + RINGS(queue)));
	reg_write(VIRTIO_MMIO_QUEUE_DESC_HIGH, 4, base >> 32);
	reg_write(VIRTIO_MMIO_QUEUE_AVAIL_LOW, 4, (uint32_t)(base + AVAIL(queue)));
	reg_write(VIRTIO_MMIO_QUEUE_AVAIL_HIGH, 4, base >> 32);
	reg_write(VIRTIO_MMIO_QUEUE_USED_LOW, 4, (uint32_t)(base + USED(queue)));
	reg_write(VIRTIO_MMIO_QUEUE_USED_HIGH, 4, base >> 32);
	reg_write(VIRTIO_MMIO_QUEUE_READY, 4, 1);
}

static void put(uint64_t offset, const void *bytes, size_t length)
{
	if (offset > RAM_SIZE - length)
		return;
	share_all();
	memcpy(ram + offset, bytes, length);
	hide_again();
}

static void put16(uint64_t offset, uint16_t value)
{
	put(offset, &value, sizeof(value));
}

static uint16_t get16(uint64_t offset)
{
	uint16_t value;

	share_all();
	memcpy(&value, ram + offset, sizeof(value));
	hide_again();
	return value;
}

static void offer(unsigned int queue, uint16_t head)
{
	uint16_t index = get16(AVAIL(queue) + 2);

	put16(AVAIL(queue) + 4 + 2 * (index % QUEUE_SIZE), head);
	put16(AVAIL(queue) + 2, (uint16_t)(index + 1));
	show("queue %u: chain %u is available\n", queue, head);
	reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 4, queue);
}

/* An address: mostly in RAM, sometimes with the unprotected bit, sometimes anywhere. */
static uint64_t any_address(struct input *in)
{
	uint16_t choice = input_16(in);

	if ((choice & 0xf) == 0xf)
		return input_wild(in);
	return (RAM_IPA + (choice & 0xfff0)) | ((choice & 1) ? UNPROTECTED : 0);
}

/* A length: mostly small. */
static uint32_t any_length(struct input *in)
{
	uint8_t choice = input_8(in);

	return choice >= 0xf0 ? (uint32_t)input_wild(in) : choice;
}

static void describe(uint64_t at, struct input *in)
{
	struct vring_desc descriptor = { .addr = any_address(in),
					 .len = any_length(in),
					 .flags = input_8(in) };

	descriptor.next = descriptor.flags & 0x80 ? input_16(in) : descriptor.flags >> 3;
	descriptor.flags &= 7;
	show("descriptor at 0x%lx: 0x%lx, %u bytes, flags %u, next %u\n", at,
	     (unsigned long)descriptor.addr, descriptor.len, descriptor.flags, descriptor.next);
	put(at, &descriptor, sizeof(descriptor));
}

static void set_up(struct input *in)
{
	uint8_t how = input_8(in);

	hide_nothing();
	memset(ram, 0, RAM_SIZE);
	negotiate((how & 1 ? 1u << VIRTIO_RING_F_INDIRECT_DESC : 0) |
			  (how & 2 ? 1u << VIRTIO_RING_F_EVENT_IDX : 0),
		  how & 4 ? 0 : 1);
	enable(0, 1u << (how >> 5), how & 8 ? UNPROTECTED : 0);
	enable(1, QUEUE_SIZE, 0);
	reg_write(VIRTIO_MMIO_STATUS, 4, STATUS_READY | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void hide_page(struct input *in)
{
	uint8_t which = input_8(in);

	show("page %u becomes private%s\n", which & 0xf, which & 0x10 ? " for writing" : "");
	hidden[which & 0xf] = which & 0x10 ? PROT_READ : PROT_NONE;
	any_hidden = true;
	hide_again();
}

static void odd_access(struct input *in)
{
	static const uint8_t typed[0x1000];
	uint8_t what = input_8(in);
	uint64_t offset = input_16(in) & 0xfff;
	unsigned int length = 1u << (what & 3);

	if ((what & 8) && current == CONSOLE)
		virtio_console_input(devices[CONSOLE], typed, offset);
	else if (what & 4)
		reg_write(offset, length, input_wild(in));
	else
		reg_read(offset, length);
}

static void operation(struct input *in)
{
	uint8_t what = input_8(in);
	unsigned int queue = (what >> 3) & 1;
	uint64_t at;

	switch (what & 7) {
	case 0:
		set_up(in);
		break;
	case 1:
		at = 4 * (uint64_t)(input_8(in) & 0x3f);
		reg_write(at, 4, what & 0x80 ? input_wild(in) : input_8(in));
		break;
	case 2:
		odd_access(in);
		break;
	case 3:
		describe(RINGS(queue) + 16 * (uint64_t)(what >> 4), in);
		break;
	case 4: /* of an indirect table */
		at = any_address(in) - RAM_IPA;
		describe(at, in);
		break;
	case 5:
		offer(queue, what >> 4);
		break;
	case 6:
		at = input_16(in);
		put16(at, what & 0x80 ? (uint16_t)input_wild(in) : input_8(in));
		break;
	case 7:
		hide_page(in);
		break;
	}
	work();
}

/* Makes descriptors 0 to @count - 1, one chain at BUFFER with 0x400 bytes for each, available. */
static void request(unsigned int queue, const struct vring_desc *descriptor, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct vring_desc copy = descriptor[i];

		copy.addr = RAM_IPA + BUFFER + 0x400 * i;
		copy.flags |= i + 1 < count ? VRING_DESC_F_NEXT : 0;
		copy.next = (uint16_t)(i + 1);
		put(RINGS(queue) + 16 * i, &copy, sizeof(copy));
	}
	offer(queue, 0);
	work();
	FUZZ_CHECK(get16(USED(queue) + 2) == 1, "no answer; used index %u, status 0x%lx",
		   get16(USED(queue) + 2), reg_read(VIRTIO_MMIO_STATUS, 4));
	FUZZ_CHECK(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4) == VIRTIO_MMIO_INT_VRING,
		   "no interrupt");
}

static void check_blk(void)
{
	static const struct vring_desc read_sector[] = {
		{ .len = 16 },
		{ .len = 512, .flags = VRING_DESC_F_WRITE },
		{ .len = 1, .flags = VRING_DESC_F_WRITE }
	};
	uint8_t sector[512];

	put(BUFFER, &(struct virtio_blk_outhdr){ .type = VIRTIO_BLK_T_IN, .sector = 3 }, 16);
	put(BUFFER + 0x800, "\xff", 1);
	request(0, read_sector, 3);
	FUZZ_CHECK(pread(disk, sector, sizeof(sector), 3 * 512) == sizeof(sector), "no sector");
	FUZZ_CHECK(!ram[BUFFER + 0x800] && !memcmp(ram + BUFFER + 0x400, sector, sizeof(sector)),
		   "status %u", ram[BUFFER + 0x800]);
}

/* Whatever the driver did, a reset brings back a device that works. */
static void check_still_works(void)
{
	static const struct vring_desc out[] = { { .len = 4 } },
				       in[] = { { .len = 8, .flags = VRING_DESC_F_WRITE } },
				       both[] = { { .len = 4 },
						  { .len = 8, .flags = VRING_DESC_F_WRITE } };

	show("a good driver\n");
	hide_nothing();
	reg_write(VIRTIO_MMIO_STATUS, 4, 0);
	FUZZ_CHECK(!reg_read(VIRTIO_MMIO_STATUS, 4) && !reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4),
		   "reset, but not all is zero");
	memset(ram, 0, RAM_SIZE);
	negotiate(1u << VIRTIO_RING_F_EVENT_IDX, 1);
	FUZZ_CHECK(reg_read(VIRTIO_MMIO_STATUS, 4) == STATUS_READY, "features are refused");
	enable(0, QUEUE_SIZE, 0);
	enable(1, QUEUE_SIZE, 0);
	reg_write(VIRTIO_MMIO_STATUS, 4, STATUS_READY | VIRTIO_CONFIG_S_DRIVER_OK);
	work();
	put(BUFFER, "fuzz", 4);
	switch (current) {
	case ECHO:
		request(0, both, 2);
		FUZZ_CHECK(!memcmp(ram + BUFFER + 0x400, "fuzz\0", 5), "no echo");
		break;
	case RNG:
		request(0, in, 1);
		break;
	case BLK:
		check_blk();
		break;
	case CONSOLE:
		memset(transmitted, 0, sizeof(transmitted));
		request(1, out, 1);
		FUZZ_CHECK(!memcmp(transmitted, "fuzz", 4), "nothing was sent");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = input_of(bytes, size);

	if (!ram)
		begin_once();
	current = input_8(&in) % DEVICES;
	hide_nothing();
	memset(ram, 0, RAM_SIZE);
	reg_write(VIRTIO_MMIO_STATUS, 4, 0);
	work();
	while (input_left(&in)) {
		operation(&in);
		FUZZ_CHECK(!(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4) & ~3UL), "interrupt status");
		FUZZ_CHECK(reg_read(VIRTIO_MMIO_VERSION, 4) == 2, "version");
	}
	check_still_works();
	return 0;
}
