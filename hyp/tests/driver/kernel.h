/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of Linux as the tested files of the driver use, for the build machine: see build.mk. The
 * test defines what ends in _of_test.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define scnprintf(...)	snprintf(__VA_ARGS__)
#define pr_err(format, ...)	pr_err_of_test(pr_fmt(format), ##__VA_ARGS__)
void pr_err_of_test(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline int kstrtou32(const char *text, unsigned int base, u32 *value)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, base);
	if (*text < '0' || *text > '9' || *end || errno || number > UINT32_MAX)
		return -EINVAL;
	*value = number;
	return 0;
}

struct device_node;
int of_property_read_u32(const struct device_node *node, const char *name, u32 *value);
#define of_find_node_by_path(path)	((struct device_node *)NULL)
#define of_node_put(node)		((void)(node))

#define GFP_KERNEL	    0U
#define __GFP_NOWARN	    1U
#define __GFP_NORETRY	    2U
#define __GFP_RETRY_MAYFAIL 4U
#define PAGE_SHIFT	    12
#define PAGE_SIZE	    4096UL
#define DONJON_MAX_ORDER    10U

#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define READ_ONCE(x)	  (*(volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)  (*(volatile __typeof__(x) *)&(x) = (v))

/* Blocks of 2^order pages; page is what the driver knows of one. */
struct page {
	u64 pa;
	unsigned int order;
};

struct page *alloc_pages_of_test(unsigned int flags, unsigned int order);
void free_pages_of_test(struct page *page, unsigned int order);
void *kzalloc_of_test(size_t size);
void kfree_of_test(void *at);
#define alloc_pages(flags, order)  alloc_pages_of_test(flags, order)
#define __free_pages(page, order)  free_pages_of_test(page, order)
#define kzalloc(size, flags)	   kzalloc_of_test(size)
#define kfree(at)		   kfree_of_test(at)
#define page_to_phys(page)	   ((page)->pa)
/* The marks for the host's tools are not tested here. */
#define phys_to_page(pa)	   (pa)
#define offline_set(page, count)   ((void)(page), (void)(count))
#define offline_clear(page, count) ((void)(page), (void)(count))

static inline unsigned int get_order(u64 size)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < size)
		order++;
	return order;
}

#define DEFINE_MUTEX(name)   int name
#define mutex_lock(mutex)    (++*(mutex))
#define mutex_unlock(mutex)  (--*(mutex))

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name) struct list_head name = { &name, &name }
#define list_entry(at, type, member) ((type *)((char *)(at) - offsetof(type, member)))

static inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	new->prev = head->prev;
	new->next = head;
	head->prev->next = new;
	head->prev = new;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

#define list_for_each_entry(pos, head, member)                                          \
	for (pos = list_entry((head)->next, __typeof__(*pos), member);                  \
	     &pos->member != (head);                                                    \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_safe(pos, n, head, member)                                  \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),                  \
	    n = list_entry(pos->member.next, __typeof__(*pos), member);                 \
	     &pos->member != (head);                                                    \
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

struct hyp_result {
	long code;
	u64 x1, x2, x3, x4;
};

#define hyp_call(...)				hyp_call_filled(__VA_ARGS__, 0, 0, 0)
#define hyp_call_filled(fn, a1, a2, ...)	hyp_call_of_test(fn, a1, a2)
struct hyp_result hyp_call_of_test(u64 fn, u64 a1, u64 a2);
