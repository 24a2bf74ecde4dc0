// SPDX-License-Identifier: GPL-2.0-only
/* What a host's kernel and its administrator do to all of its processes and to its memory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "life.h"

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

#define BUFFER_PAGES	8UL
#define SAMPLES_A_SECOND 500UL

static int fail(const char *what)
{
	fprintf(stderr, "donjon-life: %s: %s\n", what, strerror(errno));
	return 1;
}

/* -- CPU affinity -- */

static unsigned int move_each(const char *pid, unsigned long round)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int moved = 0;
	struct dirent *entry;
	char path[64];
	cpu_set_t set;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		pid_t thread = (pid_t)atol(entry->d_name);

		if (thread <= 0)
			continue;
		CPU_ZERO(&set);
		CPU_SET((round + moved / 2) % (unsigned long)cpus, &set);
		moved += !sched_setaffinity(thread, sizeof(set), &set);
	}
	if (folder)
		closedir(folder);
	return moved;
}

static void free_each(const char *pid)
{
	struct dirent *entry;
	char path[64];
	cpu_set_t set;
	DIR *folder;

	memset(&set, 0xff, sizeof(set));
	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		if (atol(entry->d_name) > 0)
			sched_setaffinity((pid_t)atol(entry->d_name), sizeof(set), &set);
	if (folder)
		closedir(folder);
}

int move_threads(char **args)
{
	unsigned long rounds = strtoul(args[1], NULL, 0), moves = 0, i;

	for (i = 0; i < rounds; i++) {
		unsigned int moved = move_each(args[0], i);

		if (!moved)
			return fail("no thread can be moved");
		moves += moved;
		usleep(1000);
	}
	free_each(args[0]);
	printf("# %lu moves of threads\n", moves);
	return 0;
}

/* -- perf -- */

struct event {
	int fd;
	struct perf_event_mmap_page *buffer;
	unsigned long samples;
};

static int open_event(struct event *e, unsigned int type, unsigned long config, int cpu)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = config,
		.freq = 1,
		.sample_freq = SAMPLES_A_SECOND,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_ADDR | PERF_SAMPLE_CPU | PERF_SAMPLE_CALLCHAIN |
			       PERF_SAMPLE_PHYS_ADDR | PERF_SAMPLE_REGS_USER |
			       PERF_SAMPLE_STACK_USER,
		.sample_regs_user = (1ULL << 33) - 1,
		.sample_stack_user = 1024,
		.mmap = 1,
		.comm = 1,
		.task = 1,
	};

	e->samples = 0;
	e->fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (e->fd < 0)
		return -1;
	e->buffer = mmap(NULL, (1 + BUFFER_PAGES) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 e->fd, 0);
	return e->buffer == MAP_FAILED ? -1 : 0;
}

/* Counts what is in the buffer. */
static void drain(struct event *e)
{
	uint64_t head = __atomic_load_n(&e->buffer->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = e->buffer->data_tail;

	while (tail < head) {
		const struct perf_event_header *h =
			(void *)((char *)e->buffer + PAGE + tail % (BUFFER_PAGES * PAGE));

		e->samples += h->type == PERF_RECORD_SAMPLE;
		tail += h->size;
	}
	__atomic_store_n(&e->buffer->data_tail, tail, __ATOMIC_RELEASE);
}

int sample(char **args)
{
	static const struct {
		unsigned int type;
		unsigned long config;
		const char *name;
	} kinds[] = {
		{ PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, "cycles" },
		{ PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, "cpu-clock" },
	};
	static struct event events[2 * MANY];
	unsigned long wanted = strtoul(args[0], NULL, 0), least;
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN), n = 0, cpu, i;

	for (i = 0; i < 2; i++)
		for (cpu = 0; cpu < cpus && cpu < MANY; cpu++)
			if (open_event(&events[n++], kinds[i].type, kinds[i].config, cpu))
				return fail(kinds[i].name);
	do {
		usleep(10000);
		for (i = 0, least = ~0UL; i < n; i++) {
			drain(&events[i]);
			if (events[i].samples < least)
				least = events[i].samples;
		}
	} while (least < wanted);
	printf("# perf: at least %lu samples of %d events\n", least, n);
	return 0;
}

/* -- Memory -- */

int merge(char **args)
{
	if (prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0))
		return fail("PR_SET_MEMORY_MERGE");
	return wait_last(args);
}

int wait_last(char **args)
{
	if (setpriority(PRIO_PROCESS, 0, 19))
		return fail("setpriority");
	execvp(args[0], args);
	return fail(args[0]);
}

static _Noreturn void wait_for_end(void)
{
	printf("# ready\n");
	fflush(stdout);
	for (;;)
		pause();
}

/* Each page is written; 2 MiB pages where there are any, as they are quicker. */
static char *take(size_t size, int advice)
{
	char *p = mmap(NULL, size + BLOCK, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	p = (char *)(((uintptr_t)p + BLOCK - 1) & ~(BLOCK - 1));
	madvise(p, size, advice);
	for (size_t i = 0; i < size; i += PAGE)
		p[i] = 1;
	return p;
}

int fill(char **args)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* So that it is this process that is killed, as everybody can ask of the killer. */
	if (fd < 0 || write(fd, "1000", 4) != 4)
		return fail("oom_score_adj");
	close(fd);
	for (unsigned long total = 0;; total += 16) {
		if (!take(16UL << 20, total % 32 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
			return fail("mmap");
	}
}

int twins(char **args)
{
	char *p = take(strtoul(args[0], NULL, 0) << 20, MADV_MERGEABLE);

	if (!p)
		return fail("memory");
	wait_for_end();
}
