// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/donjon: ledger (who owns which page), counters and log of EL2.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sched/signal.h>

#include "debugfs.h"
#include "el2/call.h"
#include "el2/log.h"
#include "el2/memmap.h"
#include "el2/takeover.h"

static struct dentry *dir;

/* One line of the ledger: pages with one owner and state and, for a guest's, consecutive IPAs. */
struct run {
	u64 start, end;
	u64 state, vm, ipa;
};

/* Asks EL2 for the run of pages at pa, which may be a part of a larger one. */
static bool ask(u64 pa, struct run *run)
{
	struct hyp_result r = hyp_call(DONJON_HC_LEDGER, pa);

	if (r.code || r.x1 <= pa)
		return false;
	*run = (struct run){ .start = pa, .end = r.x1, .state = r.x2, .vm = r.x3, .ipa = r.x4 };
	return true;
}

static bool continues(const struct run *a, const struct run *b)
{
	if (a->end != b->start || a->state != b->state || a->vm != b->vm)
		return false;
	return a->state != DONJON_PAGE_GUEST || a->ipa + (a->end - a->start) == b->ipa;
}

/* The whole run that starts at the first address of RAM from pa on. False: there is none. */
static bool next_run(u64 pa, struct run *run)
{
	const struct donjon_region *ram = memmap_next_ram(takeover_boot(), pa);
	struct run more;
	u64 end;

	if (!ram)
		return false;
	end = ram->base + ram->size;
	if (!ask(max(pa, ram->base), run))
		return false;
	while (run->end < end && ask(run->end, &more) && continues(run, &more)) {
		run->end = more.end;
		cond_resched();
		if (fatal_signal_pending(current))
			return false;
	}
	run->end = min(run->end, end);
	return true;
}

/* The position is the page number behind the last run shown. */
static void *ledger_start(struct seq_file *m, loff_t *pos)
{
	return next_run((u64)*pos << PAGE_SHIFT, m->private) ? m->private : NULL;
}

static void *ledger_next(struct seq_file *m, void *v, loff_t *pos)
{
	const struct run *run = v;

	*pos = run->end >> PAGE_SHIFT;
	return ledger_start(m, pos);
}

static void ledger_stop(struct seq_file *m, void *v)
{
}

static int ledger_line(struct seq_file *m, void *v)
{
	static const struct { const char *owner, *state; } names[] = {
		[DONJON_PAGE_HOST] = { "host", "private" },
		[DONJON_PAGE_HOST_SHARED] = { "host", "shared" },
		[DONJON_PAGE_GUEST_SHARED] = { "guest", "shared" },
		[DONJON_PAGE_GUEST] = { "guest", "private" },
		[DONJON_PAGE_HYP] = { "hyp", "private" },
		[DONJON_PAGE_NOT_RAM] = { "host", "not-ram" },
		[DONJON_PAGE_CLEANING] = { "hyp", "cleaning" },
	};
	const struct run *run = v;
	const char *owner = "?", *state = "?";

	if (run->state < ARRAY_SIZE(names)) {
		owner = names[run->state].owner;
		state = names[run->state].state;
	}
	seq_printf(m, "0x%012llx 0x%012llx %10llu %-5s", run->start, run->end,
		   (run->end - run->start) >> 10, owner);
	if (run->vm)
		seq_printf(m, " %5llu", run->vm);
	else
		seq_puts(m, "     -");
	if (run->state == DONJON_PAGE_GUEST)
		seq_printf(m, " 0x%012llx", run->ipa);
	else
		seq_puts(m, "              -");
	seq_printf(m, " %s\n", state);
	return 0;
}

/* Columns: start end KiB owner VM IPA state. */
static const struct seq_operations ledger_ops = {
	.start = ledger_start, .next = ledger_next, .stop = ledger_stop, .show = ledger_line,
};

static int ledger_open(struct inode *inode, struct file *file)
{
	return __seq_open_private(file, &ledger_ops, sizeof(struct run)) ? 0 : -ENOMEM;
}

static const struct file_operations ledger_fops = {
	.owner = THIS_MODULE,
	.open = ledger_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static int counters_show(struct seq_file *m, void *v)
{
	static const char * const names[DONJON_NR_COUNTERS] = {
		[DONJON_CNT_POOL_FREE] = "pool_free",
		[DONJON_CNT_HOST_TABLES] = "host_tables",
		[DONJON_CNT_HOST_WRITES] = "host_writes",
		[DONJON_CNT_HOST_SPLITS] = "host_splits",
		[DONJON_CNT_HOST_FOLDS] = "host_folds",
		[DONJON_CNT_HOST_MAPS] = "host_maps",
		[DONJON_CNT_GUEST_WRITES] = "guest_writes",
		[DONJON_CNT_GUEST_SPLITS] = "guest_splits",
		[DONJON_CNT_FORCED_RECLAIMS] = "forced_reclaims",
		[DONJON_CNT_HOST_REFUSALS] = "host_refusals",
		[DONJON_CNT_ZEROED_PAGES] = "zeroed_pages",
		[DONJON_CNT_VMS] = "vms",
	};
	unsigned int i;

	for (i = 0; i < DONJON_NR_COUNTERS; i++) {
		struct hyp_result r = hyp_call(DONJON_HC_COUNTER, i);

		if (!r.code)
			seq_printf(m, "%s %llu\n", names[i], r.x1);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int ellog_show(struct seq_file *m, void *v)
{
	log_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ellog);

void debugfs_start(void)
{
	dir = debugfs_create_dir("donjon", NULL);
	debugfs_create_file("ledger", 0400, dir, NULL, &ledger_fops);
	debugfs_create_file("counters", 0400, dir, NULL, &counters_fops);
	debugfs_create_file("log", 0400, dir, NULL, &ellog_fops);
}

void debugfs_stop(void)
{
	debugfs_remove_recursive(dir);
	dir = NULL;
}
