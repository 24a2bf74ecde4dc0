// SPDX-License-Identifier: GPL-2.0-only
/*
 * Split virtqueues against good, bad and hostile drivers: a chain that a device gets is always
 * whole, bounded and inside RAM.
 */
#include "driver.h"

#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../fault.h"

#define SIZE	    8
#define UNPROTECTED (1ULL << 39)

static uint8_t *ram;
static struct guest_ram guest;
static struct queue queue;
static struct driver driver;
static struct virtio_chain chain;
static const char *why;

/* A queue that is ready, with rings of zeroes. */
static void begin(bool event_idx, bool indirect)
{
	const struct guest_ram of_guest = { .host = ram, .ipa = RAM_IPA, .size = RAM_SIZE };

	/* In each test anew: cmocka catches the same signals. */
	assert_int_equal(fault_handler_install(&of_guest), 0);
	memset(ram, 0, RAM_SIZE);
	guest = (struct guest_ram){
		.host = ram, .ipa = RAM_IPA, .size = RAM_SIZE, .unprotected_bit = UNPROTECTED
	};
	driver = driver_rings(ram, 0, SIZE, 0);
	queue = (struct queue){ .ram = &guest, .size_max = SIZE };
	queue_reset(&queue);
	queue.desc = driver.table_ipa;
	queue.avail = driver.avail_ipa;
	queue.used = driver.used_ipa;
	queue.event_idx = event_idx;
	queue.indirect = indirect;
	assert_int_equal(queue_enable(&queue, &why), 0);
}

static int setup(void **state)
{
	(void)state;
	ram = ram_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ram_free(ram);
	return 0;
}

static uint64_t buffer(uint64_t offset)
{
	return RAM_IPA + BUFFERS_AT + offset;
}

static void chains_arrive_in_order(void **state)
{
	(void)state;
	begin(false, false);
	assert_int_equal(queue_pop(&queue, &chain, &why), 0);
	driver_describe(&driver, 5, buffer(0), 16, VRING_DESC_F_NEXT, 2);
	driver_describe(&driver, 2, buffer(100) | UNPROTECTED, 1,
			VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 7);
	driver_describe(&driver, 7, RAM_IPA + RAM_SIZE - 1, 1, VRING_DESC_F_WRITE, 0);
	driver_describe(&driver, 1, RAM_IPA, RAM_SIZE, 0, 0);
	driver_offer(&driver, 5);
	driver_offer(&driver, 1);
	assert_int_equal(queue_pop(&queue, &chain, &why), 1);
	assert_int_equal(chain.head, 5);
	assert_int_equal(chain.count[CHAIN_READABLE], 1);
	assert_int_equal(chain.count[CHAIN_WRITABLE], 2);
	assert_int_equal(chain.bytes[CHAIN_READABLE], 16);
	assert_int_equal(chain.bytes[CHAIN_WRITABLE], 2);
	assert_ptr_equal(chain.iov[0].iov_base, ram + BUFFERS_AT);
	assert_ptr_equal(chain.iov[1].iov_base, ram + BUFFERS_AT + 100);
	assert_ptr_equal(chain.iov[2].iov_base, ram + RAM_SIZE - 1);
	assert_int_equal(queue_pop(&queue, &chain, &why), 1);
	assert_int_equal(chain.head, 1);
	assert_int_equal(chain.bytes[CHAIN_READABLE], RAM_SIZE);
	assert_int_equal(queue_pop(&queue, &chain, &why), 0);
	assert_int_equal(queue_push(&queue, 1, 7, &why), 0);
	assert_int_equal(queue_push(&queue, 5, 0, &why), 0);
	assert_int_equal(driver_used(&driver), 2);
	assert_int_equal(driver_used_id(&driver, 0), 1);
	assert_int_equal(driver_used_length(&driver, 0), 7);
	assert_int_equal(driver_used_id(&driver, 1), 5);
}

static void indices_wrap(void **state)
{
	(void)state;
	begin(true, false);
	driver_describe(&driver, 3, buffer(0), 4, 0, 0);
	for (unsigned int i = 0; i < 3 * 65536 + 5; i++) {
		/* Always asks for the next interrupt, so each push deserves one. */
		driver.avail[2 + SIZE] = (uint16_t)i;
		driver_offer(&driver, 3);
		assert_int_equal(queue_pop(&queue, &chain, &why), 1);
		assert_int_equal(queue_push(&queue, chain.head, i, &why), 0);
		assert_int_equal(driver_used_length(&driver, (uint16_t)i), i);
		assert_int_equal(queue_wants_interrupt(&queue, &why), 1);
		assert_int_equal(queue_pop(&queue, &chain, &why), 0);
	}
	assert_int_equal(driver_used(&driver), 5);
}

/* The queue refuses to begin when what the driver wrote makes no sense. */
static void bad_queues_are_refused(void **state)
{
	static const struct {
		uint32_t size;
		uint64_t desc, avail, used;
		const char *why;
	} bad[] = {
		{ 0, 0, 0, 0, "size" },
		{ 3, 0, 0, 0, "size" },
		{ 16, 0, 0, 0, "size" },
		{ 0x10008, 0, 0, 0, "size" },
		{ UINT32_MAX, 0, 0, 0, "size" },
		{ SIZE, 8, 0, 0, "aligned" },
		{ SIZE, 0, 1, 0, "aligned" },
		{ SIZE, 0, 0, 2, "aligned" },
		{ SIZE, RAM_SIZE - 16 * SIZE + 16, 0, 0, "RAM" },
		{ SIZE, 0, RAM_SIZE - 6 - 2 * SIZE + 2, 0, "RAM" },
		{ SIZE, 0, 0, RAM_SIZE - 8 - 8 * SIZE + 4, "RAM" },
		{ SIZE, -RAM_IPA, 0, 0, "RAM" },
		{ SIZE, -16UL, 0, 0, "RAM" },
		{ SIZE, 0, UINT64_MAX - 1 - RAM_IPA, 0, "RAM" },
		{ SIZE, 0, 0, 1UL << 62, "RAM" },
		{ SIZE, 2 * UNPROTECTED, 0, 0, "RAM" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(false, false);
		queue_reset(&queue);
		queue.size = bad[i].size;
		queue.desc = RAM_IPA + bad[i].desc;
		queue.avail = RAM_IPA + bad[i].avail;
		queue.used = RAM_IPA + bad[i].used;
		assert_int_equal(queue_enable(&queue, &why), -EINVAL);
		assert_non_null(strstr(why, bad[i].why));
		assert_false(queue.ready);
	}
	queue.size = SIZE;
	queue.desc = RAM_IPA + RAM_SIZE - 16 * SIZE;
	queue.avail = (RAM_IPA + RAM_SIZE - 6 - 2 * SIZE) | UNPROTECTED;
	queue.used = RAM_IPA + RAM_SIZE - 8 - 8 * SIZE;
	assert_int_equal(queue_enable(&queue, &why), 0);
}

/* Offers the chain at descriptor 0, which is to be refused for @reason. */
static void refused(const char *reason)
{
	driver_offer(&driver, 0);
	why = "";
	assert_int_equal(queue_pop(&queue, &chain, &why), -EPROTO);
	if (!strstr(why, reason))
		fail_msg("refused with '%s', expected '%s'", why, reason);
}

static void bad_descriptors_are_refused(void **state)
{
	static const struct {
		uint64_t ipa;
		uint32_t length;
		uint16_t flags, next;
		const char *why;
	} bad[] = {
		{ RAM_IPA, 0, 0, 0, "empty" },
		{ RAM_IPA - 1, 1, 0, 0, "not in RAM" },
		{ RAM_IPA + RAM_SIZE, 1, 0, 0, "not in RAM" },
		{ RAM_IPA + RAM_SIZE - 1, 2, 0, 0, "not in RAM" },
		{ RAM_IPA, UINT32_MAX, 0, 0, "not in RAM" },
		{ RAM_IPA, RAM_SIZE + 1, VRING_DESC_F_WRITE, 0, "not in RAM" },
		{ UINT64_MAX, 2, 0, 0, "not in RAM" },
		{ 0, 1, 0, 0, "not in RAM" },
		{ RAM_IPA | 2 * UNPROTECTED, 1, 0, 0, "not in RAM" },
		{ RAM_IPA, 1, VRING_DESC_F_NEXT, SIZE, "outside its table" },
		{ RAM_IPA, 1, VRING_DESC_F_NEXT, UINT16_MAX, "outside its table" },
		{ RAM_IPA, 1, VRING_DESC_F_NEXT, 0, "a loop" },
		{ RAM_IPA, 16, VRING_DESC_F_INDIRECT, 0, "not negotiated" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(i % 2, false);
		driver_describe(&driver, 0, bad[i].ipa, bad[i].length, bad[i].flags, bad[i].next);
		refused(bad[i].why);
	}
	begin(false, false);
	driver_describe(&driver, 0, buffer(0), 1, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
	driver_describe(&driver, 1, buffer(0), 1, 0, 0);
	refused("follows a device-writable");
	begin(false, false);
	driver_offer(&driver, SIZE);
	assert_int_equal(queue_pop(&queue, &chain, &why), -EPROTO);
	assert_non_null(strstr(why, "outside its table"));
}

static void longest_chain_is_the_queue(void **state)
{
	(void)state;
	begin(false, false);
	for (unsigned int i = 0; i < SIZE; i++)
		driver_describe(&driver, i, buffer(i), 1, i + 1 < SIZE ? VRING_DESC_F_NEXT : 0,
				(uint16_t)(i + 1));
	driver_offer(&driver, 0);
	assert_int_equal(queue_pop(&queue, &chain, &why), 1);
	assert_int_equal(chain.count[CHAIN_READABLE], SIZE);
	driver_describe(&driver, SIZE - 1, buffer(0), 1, VRING_DESC_F_NEXT, 3);
	refused("a loop");
}

static void chain_is_below_4_gib(void **state)
{
	struct guest_ram large = { .host = ram, .ipa = RAM_IPA, .size = 1ULL << 32 };

	(void)state;
	begin(false, false);
	queue.ram = &large; /* nothing reads the buffers */
	driver_describe(&driver, 0, RAM_IPA, 0x80000000, VRING_DESC_F_NEXT, 1);
	driver_describe(&driver, 1, RAM_IPA, 0x7fffffff, VRING_DESC_F_WRITE, 0);
	driver_offer(&driver, 0);
	assert_int_equal(queue_pop(&queue, &chain, &why), 1);
	driver_describe(&driver, 1, RAM_IPA, 0x80000000, VRING_DESC_F_WRITE, 0);
	refused("4 GiB");
}

static void index_jumps_are_refused(void **state)
{
	static const uint16_t jumps[] = { SIZE + 1, 0x8000, UINT16_MAX };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(i % 2, false);
		driver.avail[1] = jumps[i];
		assert_int_equal(queue_pop(&queue, &chain, &why), -EPROTO);
		assert_non_null(strstr(why, "advanced"));
	}
}

/* Puts descriptors into the indirect table. */
static void describe_indirect(unsigned int index, uint64_t ipa, uint32_t length, uint16_t flags,
			      uint16_t next)
{
	struct vring_desc *table = (void *)(ram + TABLE_AT);

	table[index] = (struct vring_desc){ ipa, length, flags, next };
}

static void indirect_tables_are_followed(void **state)
{
	(void)state;
	begin(true, true);
	/* One readable descriptor in the queue's table, then the rest in its own. */
	driver_describe(&driver, 4, buffer(0), 3, VRING_DESC_F_NEXT, 0);
	driver_describe(&driver, 0, (RAM_IPA + TABLE_AT) | UNPROTECTED, 3 * 16,
			VRING_DESC_F_INDIRECT | VRING_DESC_F_WRITE, 0);
	describe_indirect(0, buffer(10), 2, VRING_DESC_F_NEXT, 2);
	describe_indirect(2, buffer(20), 5, VRING_DESC_F_WRITE, 0);
	driver_offer(&driver, 4);
	assert_int_equal(queue_pop(&queue, &chain, &why), 1);
	assert_int_equal(chain.count[CHAIN_READABLE], 2);
	assert_int_equal(chain.count[CHAIN_WRITABLE], 1);
	assert_int_equal(chain.bytes[CHAIN_READABLE], 5);
	assert_int_equal(chain.bytes[CHAIN_WRITABLE], 5);
	assert_ptr_equal(chain.iov[2].iov_base, ram + BUFFERS_AT + 20);
	/* As long as the queue, and no longer. */
	begin(false, true);
	driver_describe(&driver, 0, RAM_IPA + TABLE_AT, SIZE * 16, VRING_DESC_F_INDIRECT, 0);
	for (unsigned int i = 0; i < SIZE; i++)
		describe_indirect(i, buffer(0), 1, i + 1 < SIZE ? VRING_DESC_F_NEXT : 0,
				  (uint16_t)(i + 1));
	driver_offer(&driver, 0);
	assert_int_equal(queue_pop(&queue, &chain, &why), 1);
	describe_indirect(SIZE - 1, buffer(0), 1, VRING_DESC_F_NEXT, 0);
	refused("a loop");
}

/* Neither table has a loop, but both together are longer than its queue. */
static void tables_add_up(void **state)
{
	(void)state;
	begin(false, true);
	driver_describe(&driver, 0, buffer(0), 1, VRING_DESC_F_NEXT, 1);
	driver_describe(&driver, 1, RAM_IPA + TABLE_AT, SIZE * 16, VRING_DESC_F_INDIRECT, 0);
	for (unsigned int i = 0; i < SIZE; i++)
		describe_indirect(i, buffer(0), 1, i + 1 < SIZE ? VRING_DESC_F_NEXT : 0,
				  (uint16_t)(i + 1));
	refused("longer than its queue");
}

static void bad_indirect_tables_are_refused(void **state)
{
	static const struct {
		uint64_t ipa;
		uint32_t length;
		uint16_t flags;
		const char *why;
	} bad[] = {
		{ RAM_IPA + TABLE_AT, 0, 0, "length" },
		{ RAM_IPA + TABLE_AT, 15, 0, "length" },
		{ RAM_IPA + TABLE_AT, 17, 0, "length" },
		{ RAM_IPA + TABLE_AT, 16 * (SIZE + 1), 0, "length" },
		{ RAM_IPA + TABLE_AT, 0xfffffff0, 0, "length" },
		{ RAM_IPA + TABLE_AT, 16, VRING_DESC_F_NEXT, "next" },
		{ RAM_IPA + RAM_SIZE - 16, 32, 0, "not in RAM" },
		{ UINT64_MAX - 15, 16, 0, "not in RAM" },
		{ RAM_IPA + TABLE_AT, 16, 0, "contains an indirect" },
		{ RAM_IPA + TABLE_AT + 16, 16, 0, "outside its table" },
		{ RAM_IPA + TABLE_AT + 32, 16, 0, "a loop" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(i % 2, true);
		describe_indirect(0, RAM_IPA + TABLE_AT, 16, VRING_DESC_F_INDIRECT, 0);
		describe_indirect(1, buffer(0), 1, VRING_DESC_F_NEXT, 1);
		describe_indirect(2, buffer(0), 1, VRING_DESC_F_NEXT, 0);
		driver_describe(&driver, 0, bad[i].ipa, bad[i].length,
				VRING_DESC_F_INDIRECT | bad[i].flags, 0);
		refused(bad[i].why);
	}
	/* A table at an unaligned address is read, too: Linux allocates it anywhere. */
	begin(false, true);
	memcpy(ram + TABLE_AT + 9, &(struct vring_desc){ buffer(0), 1, 0, 0 }, 16);
	driver_describe(&driver, 0, RAM_IPA + TABLE_AT + 9, 16, VRING_DESC_F_INDIRECT, 0);
	driver_offer(&driver, 0);
	assert_int_equal(queue_pop(&queue, &chain, &why), 1);
}

static void interrupts_follow_the_flag(void **state)
{
	(void)state;
	begin(false, false);
	assert_int_equal(queue_push(&queue, 0, 0, &why), 0);
	assert_int_equal(queue_wants_interrupt(&queue, &why), 1);
	assert_int_equal(queue_wants_interrupt(&queue, &why), 0); /* nothing new */
	driver.avail[0] = 1;
	assert_int_equal(queue_push(&queue, 0, 0, &why), 0);
	assert_int_equal(queue_wants_interrupt(&queue, &why), 0);
	driver.avail[0] = 0;
	assert_int_equal(queue_push(&queue, 0, 0, &why), 0);
	assert_int_equal(queue_wants_interrupt(&queue, &why), 1);
}

static void interrupts_follow_the_event_index(void **state)
{
	unsigned int wanted = 0;

	(void)state;
	begin(true, false);
	driver.avail[0] = 1;	    /* means nothing here */
	driver.avail[2 + SIZE] = 5; /* after the sixth */
	for (unsigned int i = 0; i < 20; i++) {
		assert_int_equal(queue_push(&queue, 0, 0, &why), 0);
		if (queue_wants_interrupt(&queue, &why) == 1) {
			assert_int_equal(i, 5);
			wanted++;
		}
	}
	assert_int_equal(wanted, 1);
	/* Several pushes at once, and the wish among them. */
	driver.avail[2 + SIZE] = 22;
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(queue_push(&queue, 0, 0, &why), 0);
	assert_int_equal(queue_wants_interrupt(&queue, &why), 1);
}

/* An empty queue says from which index on it wants to be notified. */
static void device_asks_for_notifications(void **state)
{
	(void)state;
	begin(true, false);
	driver_describe(&driver, 0, buffer(0), 1, 0, 0);
	for (unsigned int i = 0; i < 3; i++)
		driver_offer(&driver, 0);
	while (queue_pop(&queue, &chain, &why) == 1)
		assert_int_equal(queue_push(&queue, 0, 0, &why), 0);
	assert_int_equal(driver.used[2 + 4 * SIZE], 3);
}

/*
 * Each round is two changes of the thread, which take long on a busy machine: as many rounds as
 * SECONDS have, if those are not fewer than ROUNDS_MIN.
 */
#define ROUNDS_MAX 200000U
#define ROUNDS_MIN 1000U
#define SECONDS	   20

static atomic_uint notifications;
static atomic_bool enough, ended;

/*
 * Makes the next chain available as soon as the last one is used, and notifies as it is asked to.
 */
static void *hasty_driver(void *argument)
{
	(void)argument;
	for (unsigned int i = 0; i < ROUNDS_MAX && !(i >= ROUNDS_MIN && enough); i++) {
		uint16_t before = driver.next;

		driver_offer(&driver, 0);
		atomic_thread_fence(memory_order_seq_cst);
		if (__atomic_load_n(&driver.used[2 + 4 * SIZE], __ATOMIC_RELAXED) == before)
			atomic_fetch_add(&notifications, 1);
		while (driver_used(&driver) != driver.next)
			sched_yield();
	}
	ended = true;
	return NULL;
}

/* A chain that comes while the device says that it goes to sleep is found or notified. */
static void no_chain_is_overlooked(void **state)
{
	time_t start = time(NULL), limit = start + limit_ms() / 1000;
	unsigned int heard = 0, served = 0;
	pthread_t thread;

	(void)state;
	begin(true, false);
	driver_describe(&driver, 0, buffer(0), 1, 0, 0);
	notifications = 0;
	enough = ended = false;
	pthread_create(&thread, NULL, hasty_driver, NULL);
	while (!ended) {
		enough = time(NULL) - start >= SECONDS;
		if (queue_pop(&queue, &chain, &why) == 1) {
			assert_int_equal(queue_push(&queue, 0, 0, &why), 0);
			served++;
			continue;
		}
		while (!ended && notifications == heard) {
			sched_yield();
			/* The thread would wait endlessly then: the queue cannot continue. */
			if (time(NULL) > limit)
				_exit(1);
		}
		heard = notifications;
	}
	pthread_join(thread, NULL);
	assert_int_equal(driver_used(&driver), (uint16_t)served);
	assert_true(served >= ROUNDS_MIN);
}

/* Pages that a protected guest has stopped sharing: the queue fails, and the process survives. */
static void private_pages_are_violations(void **state)
{
	static const uint64_t at[] = { 0x10000, 0x14000, TABLE_AT };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(false, true);
		driver_describe(&driver, 0, RAM_IPA + TABLE_AT, 16, VRING_DESC_F_INDIRECT, 0);
		describe_indirect(0, buffer(0), 1, 0, 0);
		driver_offer(&driver, 0);
		mprotect(ram + at[i], 4096, PROT_NONE);
		assert_int_equal(queue_pop(&queue, &chain, &why), -EPROTO);
		mprotect(ram + at[i], 4096, PROT_READ | PROT_WRITE);
		assert_non_null(strstr(why, "private guest memory"));
	}
	begin(true, false);
	mprotect(ram + 0x18000, 4096, PROT_READ);
	assert_int_equal(queue_pop(&queue, &chain, &why), -EPROTO);
	assert_int_equal(queue_push(&queue, 0, 0, &why), -EPROTO);
	mprotect(ram + 0x18000, 4096, PROT_READ | PROT_WRITE);
	assert_int_equal(driver_used(&driver), 0);
	assert_int_equal(queue_push(&queue, 0, 0, &why), 0);
	mprotect(ram + 0x14000, 4096, PROT_NONE);
	assert_int_equal(queue_wants_interrupt(&queue, &why), -EPROTO);
	mprotect(ram + 0x14000, 4096, PROT_READ | PROT_WRITE);
}

static void chains_are_read_and_written_across_buffers(void **state)
{
	struct iovec iov[QUEUE_SIZE_MAX];
	uint8_t bytes[16] = { 0 };

	(void)state;
	begin(false, false);
	memcpy(ram + BUFFERS_AT, "abcdef", 6);
	driver_describe(&driver, 0, buffer(0), 2, VRING_DESC_F_NEXT, 1);
	driver_describe(&driver, 1, buffer(2), 1, VRING_DESC_F_NEXT, 2);
	driver_describe(&driver, 2, buffer(3), 3, VRING_DESC_F_NEXT, 3);
	driver_describe(&driver, 3, buffer(100), 4, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 4);
	driver_describe(&driver, 4, buffer(200), 4, VRING_DESC_F_WRITE, 0);
	driver_offer(&driver, 0);
	assert_int_equal(queue_pop(&queue, &chain, &why), 1);
	assert_int_equal(chain_read(&chain, 1, bytes, 4), 0);
	assert_memory_equal(bytes, "bcde\0", 5);
	assert_int_equal(chain_read(&chain, 0, bytes, 6), 0);
	assert_memory_equal(bytes, "abcdef\0", 7);
	assert_int_equal(chain_read(&chain, 6, bytes, 0), 0);
	assert_int_equal(chain_read(&chain, 1, bytes, 6), -ERANGE);
	assert_int_equal(chain_read(&chain, UINT64_MAX, bytes, 2), -ERANGE);
	assert_int_equal(chain_read(&chain, 7, bytes, 1), -ERANGE);
	assert_int_equal(chain_write(&chain, 3, "XYZ", 3), 0);
	assert_memory_equal(ram + BUFFERS_AT + 100, "\0\0\0X\0", 5);
	assert_memory_equal(ram + BUFFERS_AT + 200, "YZ\0", 3);
	assert_int_equal(chain_write(&chain, 8, "X", 1), -ERANGE);
	assert_int_equal(chain_slice(&chain, CHAIN_WRITABLE, 0, 8, iov), 2);
	assert_int_equal(chain_slice(&chain, CHAIN_WRITABLE, 2, 4, iov), 2);
	assert_ptr_equal(iov[0].iov_base, ram + BUFFERS_AT + 102);
	assert_int_equal(iov[0].iov_len, 2);
	assert_int_equal(iov[1].iov_len, 2);
	assert_int_equal(chain_slice(&chain, CHAIN_WRITABLE, 4, 1, iov), 1);
	assert_ptr_equal(iov[0].iov_base, ram + BUFFERS_AT + 200);
	assert_int_equal(chain_slice(&chain, CHAIN_WRITABLE, 4, UINT64_MAX, iov), 0);
	mprotect(ram + BUFFERS_AT, 4096, PROT_NONE);
	assert_int_equal(chain_read(&chain, 0, bytes, 1), -EFAULT);
	assert_int_equal(chain_write(&chain, 0, bytes, 8), -EFAULT);
	mprotect(ram + BUFFERS_AT, 4096, PROT_READ | PROT_WRITE);
}

/* Another CPU of the guest changes a descriptor between good and bad all the time. */
static void *flip(void *argument)
{
	const bool *stop = argument;
	volatile struct vring_desc *descriptor = &driver.table[0];

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		descriptor->len = 16;
		descriptor->addr = RAM_IPA + RAM_SIZE - 16;
		descriptor->flags = VRING_DESC_F_NEXT;
		descriptor->len = UINT32_MAX;
		descriptor->addr = UINT64_MAX - 4;
		descriptor->next = UINT16_MAX;
		descriptor->flags = VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT;
		descriptor->next = 1;
	}
	return NULL;
}

static void descriptors_are_read_once(void **state)
{
	unsigned int taken = 0, bad = 0;
	bool stop = false;
	pthread_t thread;

	(void)state;
	begin(false, true);
	driver_describe(&driver, 1, buffer(0), 1, 0, 0);
	pthread_create(&thread, NULL, flip, &stop);
	/* Both kinds have to occur, or this shows nothing; the thread may be slow to start. */
	while (taken + bad < 200000 || ((!taken || !bad) && taken + bad < 1000000000)) {
		driver.avail[1] = ++driver.next;
		if (queue_pop(&queue, &chain, &why) != 1) {
			bad++;
			queue.next_avail++;
			continue;
		}
		taken++;
		for (unsigned int i = 0; i < chain.count[0] + chain.count[1]; i++) {
			uint64_t offset = (uint64_t)((uint8_t *)chain.iov[i].iov_base - ram);

			assert_true(offset < RAM_SIZE && chain.iov[i].iov_len <= RAM_SIZE - offset);
		}
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(taken && bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_arrive_in_order),
		cmocka_unit_test(indices_wrap),
		cmocka_unit_test(bad_queues_are_refused),
		cmocka_unit_test(bad_descriptors_are_refused),
		cmocka_unit_test(longest_chain_is_the_queue),
		cmocka_unit_test(chain_is_below_4_gib),
		cmocka_unit_test(index_jumps_are_refused),
		cmocka_unit_test(indirect_tables_are_followed),
		cmocka_unit_test(tables_add_up),
		cmocka_unit_test(bad_indirect_tables_are_refused),
		cmocka_unit_test(interrupts_follow_the_flag),
		cmocka_unit_test(interrupts_follow_the_event_index),
		cmocka_unit_test(device_asks_for_notifications),
		cmocka_unit_test(no_chain_is_overlooked),
		cmocka_unit_test(private_pages_are_violations),
		cmocka_unit_test(chains_are_read_and_written_across_buffers),
		cmocka_unit_test(descriptors_are_read_once),
	};

	return cmocka_run_group_tests_name("virtio queue", tests, setup, teardown) != 0;
}
