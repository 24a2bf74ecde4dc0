// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scripts in the nested host, against EL2 itself: raw calls through /dev/donjon_attack, memory of
 * the host's by mmap() of that file (user space) and by the kernel's own address, and a guest with
 * a program of ours (agent.S).
 */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <unistd.h>

#include <abi/run.h>
#include <abi/smccc.h>
#include "kmod.h"
#include "tap.h"
#include "target.h"

#define WORDS	    (SCRIPT_PAGE / 8)
#define GIB	    (1UL << 30)
#define MAX_GIBS    16
#define POOL_ENOUGH 48
#define POOL_ORDER  6
#define EXITS_MAX   100000
#define INTID	    40UL
#define LR_PENDING  (1UL << 62 | 1UL << 60 | 0xa0UL << 48 | INTID) /* of group 1 */
#define DEVICE_TREE "/proc/device-tree/reserved-memory"

enum agent_end { END_DONE = 16, END_MIXED = 24, END_INTERRUPTED = 32, END_ABORTED = 40 };

extern const char agent[], agent_end[];

static int device_file = -1;
static uint64_t first_hyp;

/* -- The world -- */

static __thread sigjmp_buf back;

static void refused(int number)
{
	siglongjmp(back, number);
}

static void note_hyp(const struct run *run, void *context)
{
	uint64_t *first = context;

	if (run->state == DONJON_PAGE_HYP && !*first)
		*first = run->start;
}

static void note_gibs(const struct run *run, void *context)
{
	bool *has = context;

	for (uint64_t gib = run->start / GIB;
	     run->state == DONJON_PAGE_HYP && gib <= (run->end - 1) / GIB; gib++)
		if (gib < MAX_GIBS)
			has[gib] = true;
}

static bool give_to_pool(unsigned int order, uint64_t pa)
{
	return pa && !kmod_call(DONJON_HC_POOL_DONATE, pa, PAGE << order, 0, 0, 0, NULL);
}

/*
 * Where EL2 has a page in each GiB of RAM, each has its table in the host's stage 2 for good: then
 * what scripts count of tables does not depend on where the host's allocator finds memory.
 */
static bool anchor(uint64_t gib)
{
	uint64_t pages[256], found = 0;
	unsigned int n;

	/* Larger pieces reach other parts of memory than the single pages of this CPU's list. */
	for (n = 0; n < 256 && !found; n++) {
		pages[n] = kmod_alloc(9);
		if (!pages[n])
			break;
		if (pages[n] / GIB == gib)
			found = pages[n];
	}
	while (n--)
		if (pages[n] != found)
			kmod_free(pages[n], 9);
	return !found || give_to_pool(9, found);
}

static bool anchors(void)
{
	bool has[MAX_GIBS] = {false};
	uint64_t start, end;

	kmod_walk(note_gibs, has);
	for (unsigned int i = 0; kmod_region(i, &start, &end); i++)
		for (uint64_t gib = start / GIB; gib <= (end - 1) / GIB && gib < MAX_GIBS; gib++)
			if (!has[gib] && !anchor(gib))
				return false;
	return true;
}

static bool init(char why[WHY_SIZE])
{
	struct sigaction action = {.sa_handler = refused, .sa_flags = SA_NODEFER};

	kmod_open();
	device_file = open("/dev/donjon_attack", O_RDWR | O_CLOEXEC);
	sigaction(SIGBUS, &action, NULL);
	kmod_walk(note_hyp, &first_hyp);
	if (!anchors())
		snprintf(why, WHY_SIZE, "EL2's pool refused a page");
	else
		return true;
	return false;
}

static bool begin(char why[WHY_SIZE])
{
	if (kmod_counter(DONJON_CNT_VMS))
		snprintf(why, WHY_SIZE, "there are VMs already; end them");
	else if (kmod_counter(DONJON_CNT_POOL_FREE) < POOL_ENOUGH &&
		 !give_to_pool(POOL_ORDER, kmod_alloc(POOL_ORDER)))
		snprintf(why, WHY_SIZE, "EL2's pool cannot be fed");
	else
		return true;
	return false;
}

static bool check(char why[WHY_SIZE])
{
	(void)why;
	return true;
}

static bool end(char why[WHY_SIZE])
{
	uint64_t n = kmod_counter(DONJON_CNT_VMS);

	if (n)
		snprintf(why, WHY_SIZE, "%lu VMs", n);
	return !n;
}

static uint64_t hyp_page(void)
{
	return first_hyp;
}

static uint64_t device(void)
{
	return AGENT_DEVICE; /* the nested host has its UART where guests have it */
}

static uint64_t big_endian(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* scripts/host --reserve has taken this memory from the kernel. */
static bool reserved(uint64_t pa, uint64_t size)
{
	DIR *folder = opendir(DEVICE_TREE);
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		char name[sizeof(DEVICE_TREE) + sizeof(entry->d_name) + 8];
		uint8_t reg[16];
		FILE *file;

		if (strncmp(entry->d_name, "donjon-test@", 12))
			continue;
		snprintf(name, sizeof(name), "%s/%s/reg", DEVICE_TREE, entry->d_name);
		file = fopen(name, "r");
		if (file && fread(reg, 1, sizeof(reg), file) == sizeof(reg))
			found = pa >= big_endian(reg) &&
				pa + size <= big_endian(reg) + big_endian(reg + 8);
		if (file)
			fclose(file);
	}
	if (folder)
		closedir(folder);
	return found;
}

static uint64_t edge(enum edge which, unsigned int order, char why[WHY_SIZE])
{
	uint64_t start = 0, end = 0, first = 0, size = PAGE << order, pa, page[WORDS] = {0};

	for (unsigned int i = 0; kmod_region(i, &start, &end); i++)
		first = i ? first : start;
	pa = which == EDGE_FIRST ? first : end - size;
	if (!reserved(pa, size)) {
		snprintf(why, WHY_SIZE,
			 "the kernel uses 0x%lx; boot with scripts/host --reserve 0x%lx:0x200000",
			 pa, pa & ~(BLOCK - 1));
		return 0;
	}
	for (uint64_t off = 0; off < size; off += PAGE)
		if (kmod_memory(pa + off, page, PAGE, ATTACK_LINEAR, true))
			return 0;
	return pa;
}

/* -- The host -- */

static int64_t call(uint64_t id, const uint64_t a[SCRIPT_ARGS], uint64_t r[4])
{
	return kmod_call(id, a[0], a[1], a[2], a[3], a[4], r);
}

static void examine(const uint64_t words[WORDS], struct contents *contents)
{
	contents->word = words[0];
	contents->mixed = false;
	for (unsigned int i = 0; i < WORDS; i++)
		contents->mixed |= words[i] != contents->word;
}

/* Memory as user space of the host sees it: the 2 MiB around pa are mapped, and stay so until
 * others are. */
static void *user_address(uint64_t pa)
{
	static __thread char *window;
	static __thread uint64_t base;

	if (!window || pa - base >= BLOCK) {
		if (window)
			munmap(window, BLOCK);
		base = pa & ~(BLOCK - 1);
		window = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, device_file,
			      (off_t)base);
		if (window == MAP_FAILED)
			tap_give_up("the memory at 0x%lx cannot be mapped", base);
	}
	return window + (pa - base);
}

static int64_t user_access(uint64_t pa, bool write, struct contents *contents)
{
	uint64_t *page = user_address(pa), words[WORDS];

	/* Without the mask of signals: SIGBUS is not blocked in its handler. */
	if (sigsetjmp(back, 0))
		return ANSWER_REFUSED;
	for (unsigned int i = 0; write && i < WORDS; i++)
		((volatile uint64_t *)page)[i] = contents->word;
	memcpy(words, page, PAGE);
	examine(words, contents);
	return DONJON_OK;
}

static int64_t host(enum actor actor, uint64_t pa, bool write, struct contents *contents)
{
	uint64_t words[WORDS];

	if (actor == ACTOR_USER)
		return user_access(pa, write, contents);
	for (unsigned int i = 0; i < WORDS; i++)
		words[i] = contents->word;
	if (kmod_memory(pa, words, PAGE, ATTACK_LINEAR, write))
		return ANSWER_REFUSED;
	examine(words, contents);
	return DONJON_OK;
}

static void load_agent(uint64_t pa)
{
	uint64_t words[WORDS] = {0};

	memcpy(words, agent, (size_t)(agent_end - agent));
	kmod_memory(pa, words, PAGE, ATTACK_LINEAR, true);
}

/* -- The guest -- */

struct talk {
	struct script_vm *vm;
	struct donjon_run run;
	uint64_t command, word; /* for the program */
	uint64_t result, end;	/* from it */
	int64_t outcome;	/* of an exit that the command cannot survive */
	bool told;		/* the command has been read */
};

/* Up to the next exit that means something. A DONJON_E_* code. */
static int64_t resume(struct talk *t)
{
	struct donjon_run *page = user_address(t->vm->run_pa[0]);
	int64_t code;

	do {
		*page = t->run;
		code = kmod_call(DONJON_HC_VCPU_RUN, t->vm->handle, 0, 0, 0, 0, NULL);
		t->run = *page;
		t->run.entry_flags = 0;
	} while (!code && t->run.exit == DONJON_EXIT_INTERRUPT);
	return code;
}

/* The program talks, or reaches for a device that does not exist. True: it waits for a command. */
static bool serve(struct talk *t)
{
	uint64_t offset = t->run.ipa - AGENT_DEVICE;

	t->run.entry_flags = DONJON_ENTRY_MMIO;
	if (t->run.write && offset >= END_DONE && offset <= END_ABORTED) {
		t->end = offset;
		t->result = t->run.mmio_data;
	} else if (!t->run.write && offset == 8)
		t->run.mmio_data = t->word;
	else if (!t->run.write && offset == 0) {
		if (t->told)
			return true;
		t->told = true;
		t->run.mmio_data = t->command;
	} else
		t->run.entry_flags = DONJON_ENTRY_ABORT;
	return false;
}

/* The command cannot go on: an interrupt ends it. */
static void interrupt(struct talk *t, int64_t outcome)
{
	t->outcome = outcome;
	t->run.nr_lrs = 1;
	t->run.lr[0] = LR_PENDING;
}

/* Runs until the program waits for a command (again). */
static int64_t converse(struct talk *t)
{
	for (unsigned int i = 0; i < EXITS_MAX; i++) {
		int64_t code = resume(t);

		if (code)
			return code;
		switch (t->run.exit) {
		case DONJON_EXIT_MMIO:
			if (serve(t))
				return DONJON_OK;
			break;
		case DONJON_EXIT_MEMORY:
			interrupt(t, ANSWER_MISSING);
			break;
		case DONJON_EXIT_POISONED:
			interrupt(t, DONJON_E_POISONED);
			break;
		case DONJON_EXIT_TOPUP:
			interrupt(t, ANSWER_TOPUP);
			break;
		case DONJON_EXIT_SHARE:
			break;
		case DONJON_EXIT_RECALL:
			t->run.entry_flags = DONJON_ENTRY_RELEASED;
			break;
		default:
			return DONJON_E_INTERNAL;
		}
	}
	return DONJON_E_INTERNAL;
}

static bool is_conversion(enum guest_op op)
{
	return op == GUEST_TO_SHARED || op == GUEST_TO_PRIVATE;
}

/* The program tells how far it got, in bits [2:0] why not further (agent.S). */
static int64_t converted(const struct talk *t, struct contents *contents)
{
	static const int64_t answers[8] = {
		DONJON_OK,	   DONJON_E_INVALID,  DONJON_E_DENIED,	 DONJON_E_NOT_SUPPORTED,
		DONJON_E_INTERNAL, DONJON_E_INTERNAL, DONJON_E_INTERNAL, DONJON_E_INTERNAL,
	};

	contents->word = t->result & ~7UL;
	if (t->outcome)
		return t->outcome;
	return t->end == END_DONE ? answers[t->result & 7] : DONJON_E_INTERNAL;
}

static int64_t answer_of(const struct talk *t, enum guest_op op, struct contents *contents)
{
	if (is_conversion(op))
		return converted(t, contents);
	if (t->outcome)
		return t->outcome;
	if (t->end == END_ABORTED)
		return ANSWER_REFUSED;
	if (t->end == END_INTERRUPTED)
		return DONJON_E_INTERNAL;
	if (op == GUEST_SHARE || op == GUEST_UNSHARE)
		return (int64_t)t->result == SMCCC_INVALID_PARAMETER ? DONJON_E_INVALID
								     : (int64_t)t->result;
	contents->word = t->result;
	contents->mixed = t->end == END_MIXED;
	return DONJON_OK;
}

static int64_t guest(struct script_vm *vm, enum guest_op op, uint64_t ipa,
		     struct contents *contents)
{
	struct talk t = {.vm = vm, .told = true};
	int64_t code;

	/* The first time up to its first command; later a run without an answer, which repeats the
	 * question. */
	if (!vm->parked || op == GUEST_NOTHING) {
		code = converse(&t);
		vm->parked = !code;
		if (code || op == GUEST_NOTHING)
			return code;
	}
	/* The question that is open is answered by the command. */
	t = (struct talk){.vm = vm, .command = ipa | op, .word = contents->word};
	code = converse(&t);
	return code ?: answer_of(&t, op, contents);
}

/* -- Two CPUs at once -- */

struct side {
	void (*act)(void *);
	void *argument;
	unsigned int cpu;
	unsigned int *ready;
};

static void pin(unsigned int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu % (unsigned int)sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void *one_side(void *argument)
{
	struct side *side = argument;

	pin(side->cpu);
	__atomic_fetch_add(side->ready, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(side->ready, __ATOMIC_ACQUIRE) < 2)
		sched_yield();
	side->act(side->argument);
	return NULL;
}

static void at_once(void (*act)(void *), void *a, void *b, bool reversed)
{
	unsigned int ready = 0;
	struct side one = {act, a, reversed, &ready}, other = {act, b, !reversed, &ready};
	pthread_t thread;

	if (pthread_create(&thread, NULL, one_side, &other)) {
		act(a);
		act(b);
		return;
	}
	one_side(&one);
	pthread_join(thread, NULL);
}

const struct target target = {
	.init = init,
	.begin = begin,
	.check = check,
	.end = end,
	.ram = kmod_region,
	.hyp_page = hyp_page,
	.device = device,
	.firmware = device,
	.alloc = kmod_alloc,
	.free = kmod_free,
	.edge = edge,
	.call = call,
	.host = host,
	.load_agent = load_agent,
	.guest = guest,
	.at_once = at_once,
};
