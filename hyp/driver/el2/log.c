// SPDX-License-Identifier: GPL-2.0-only
/*
 * EL2's log: a ring buffer in the host's memory (struct donjon_log) that only EL2 writes to. It is
 * printed with names for the addresses in it.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/ctype.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "abi/boot.h"
#include "firmware.h"
#include "image.h"
#include "log.h"

#define LOG_ORDER	4
#define LOG_PERIOD	HZ

static struct page *log_page;
static u64 log_tail;				/* printed up to here, under log_lock */
static DEFINE_RAW_SPINLOCK(log_lock);

static void log_work(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(log_dwork, log_work);

int log_alloc(void)
{
	struct donjon_log *log;

	log_page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, LOG_ORDER);
	if (!log_page)
		return -ENOMEM;
	log = page_address(log_page);
	log->magic = DONJON_LOG_MAGIC;
	log_tail = 0;
	return 0;
}

void log_free(bool keep)
{
	if (log_page && !keep)
		__free_pages(log_page, LOG_ORDER);
	log_page = NULL;
}

phys_addr_t log_base(void)
{
	return page_to_phys(log_page);
}

size_t log_size(void)
{
	return PAGE_SIZE << LOG_ORDER;
}

/* The symbol that an address of the image belongs to, or NULL. The table is sorted by address. */
static const struct image_symbol *find_symbol(u64 addr)
{
	unsigned int lo = 0, hi = image_nr_symbols;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (image_symbols[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || addr - image_symbols[lo - 1].addr >= max(image_symbols[lo - 1].size, 1ULL))
		return NULL;
	return &image_symbols[lo - 1];
}

/* An address of EL2's, which is named beside it, or of the host's, whose own stay hidden. */
static size_t name_address(char *out, size_t size, u64 addr)
{
	const struct image_symbol *sym = find_symbol(addr);

	if (sym)
		return scnprintf(out, size, "[<%llx>] %s+0x%llx/0x%llx", addr, sym->name,
				 addr - sym->addr, sym->size);
	if (addr >> 63)
		return scnprintf(out, size, "%pS", (void *)addr);
	return scnprintf(out, size, "an address of user space");
}

/* Since boot in nanoseconds, the time at which CNTVCT_EL0 was ticks. Any context. */
static u64 time_of(u64 ticks)
{
	u64 age = read_sysreg(cntvct_el0) - ticks;

	return ktime_get_boot_fast_ns() -
	       mul_u64_u64_div_u64(age, NSEC_PER_SEC, read_sysreg(cntfrq_el0));
}

/* The task of Linux's at an address at a time in the past: now it may be another's, begun since. */
static size_t name_task(char *out, size_t size, u64 addr, u64 ticks)
{
	struct task_struct *process, *task;
	u64 then = time_of(ticks);
	size_t len = 0;

	rcu_read_lock();
	for_each_process_thread(process, task)
		if ((u64)task == addr && task->start_boottime <= then)
			len = scnprintf(out, size, "task %s (%d)", task->comm, task_pid_nr(task));
	rcu_read_unlock();
	return len ?: scnprintf(out, size, "a task that is idle, in user space or gone");
}

/*
 * Of "[<address>]" or "{<task,time>}" at text: writes its name to out and its length to *len, and
 * returns what is behind it. NULL: there is neither.
 */
static const char *add_name(char *out, size_t size, size_t *len, const char *text)
{
	unsigned long long addr, ticks;
	int end = 0;

	if (sscanf(text, "[<%llx>]%n", &addr, &end) == 1 && end)
		*len = name_address(out, size, addr);
	else if (sscanf(text, "{<%llx,%llx>}%n", &addr, &ticks, &end) == 2 && end)
		*len = name_task(out, size, addr, ticks);
	else
		return NULL;
	return text + end;
}

/* Copies one line, with names. Returns its length. */
static size_t add_names(char *out, size_t size, const char *line)
{
	size_t len = 0;

	while (*line && len + 1 < size) {
		size_t named;
		const char *behind = add_name(out + len, size - len, &named, line);

		if (behind) {
			line = behind;
			len += named;
		} else {
			out[len++] = *line++;
		}
	}
	out[len] = 0;
	return len;
}

/*
 * Takes the next line from the ring, also an incomplete one if all is set. False: there is none.
 * *pos is moved on; if EL2 has overwritten it since, to the oldest byte that there is.
 */
static bool next_line(u64 *pos, bool all, char *line, size_t size)
{
	const struct donjon_log *log = log_page ? page_address(log_page) : NULL;
	u64 capacity, head, at;
	size_t len = 0;

	if (!log)
		return false;
	capacity = log_size() - sizeof(*log);
	head = smp_load_acquire(&log->head);
	at = head - *pos > capacity ? head - capacity : *pos;
	while (at < head && len + 1 < size) {
		char c = log->data[at++ % capacity];

		if (c == '\n')
			goto found;
		line[len++] = isprint(c) || c == '\t' ? c : '?';
	}
	if (!len || (!all && len + 1 < size))
		return false;
found:
	line[len] = 0;
	*pos = at;
	return true;
}

/* All but the first few lines that name a task are left out: the host can make any number. */
static bool too_many(const char *line)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

	return strstr(line, "{<") && !___ratelimit(&limit, "donjon: lost pages");
}

static void drain(bool all)
{
	static char line[256], text[384];
	unsigned long flags;

	/*
	 * A panic may have stopped another CPU in here, with the lock: then its lines are lost, but
	 * the host's panic goes on.
	 */
	if (!raw_spin_trylock_irqsave(&log_lock, flags))
		return;
	while (next_line(&log_tail, all, line, sizeof(line))) {
		if (too_many(line))
			continue;
		add_names(text, sizeof(text), line);
		pr_info("%s%s\n", text, firmware_hint(line));
	}
	raw_spin_unlock_irqrestore(&log_lock, flags);
}

void log_drain(void)
{
	drain(true);
}

void log_print(void)
{
	drain(false);
}

static void log_work(struct work_struct *work)
{
	drain(false);
	schedule_delayed_work(&log_dwork, LOG_PERIOD);
}

void log_start(void)
{
	schedule_delayed_work(&log_dwork, LOG_PERIOD);
}

void log_stop(void)
{
	cancel_delayed_work_sync(&log_dwork);
}

void log_show(struct seq_file *m)
{
	u64 pos = 0;
	char line[256];
	char *text = kmalloc(384, GFP_KERNEL);

	while (text && next_line(&pos, true, line, sizeof(line))) {
		add_names(text, 384, line);
		seq_printf(m, "%s\n", text);
	}
	kfree(text);
}
