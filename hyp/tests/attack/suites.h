/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of donjon-attack: each prints TAP and returns an exit status. */
#pragma once

int suite_client(void);	 /* documented KVM calls alone do it, protected and unprotected */
int suite_memory(void);	 /* user space and the VMM's own mapping against a guest's memory */
int suite_kernel(void);	 /* the host's kernel against a guest's and EL2's memory */
int suite_api(void);	 /* a malicious VMM against registers, slots and lifetimes */
int suite_calls(void);	 /* every call to EL2, with every wrong argument */
int suite_objects(void); /* calls on a VM of our own: states, activation, zeroing, the end */
int suite_entries(void); /* VCPU_RUN and SMCs at the wrong moment */
int suite_recall(void);	 /* a host that is to let go of a page and does something else */
int suite_blocks(void);	 /* 2 MiB pages in the ledger: entries, splits, tables */
int suite_rsi(void);	 /* a guest that speaks as a Realm, seen from the host */
int suite_impdef(void); /* registers of single cores that give away caches */
int suite_pmu(void);	/* the host's performance counters while a guest runs */
int suite_registers(void); /* what the host reads of system registers after a guest's run */
int suite_touch(void);	/* the host's kernel touches a guest's page, from all its places */
int suite_walk(void);	/* a table of the host's comes and goes under EL2's walk of it */
int suite_leave_vm(void); /* leaves a VM behind */
int suite_panic(void);	 /* asks a debug image of EL2 to panic */
int suite_panic_locked(void); /* the same by an exception, with a lock taken */

/* Calls from all CPUs at once. args: "calls=N", "seed=S", and NULL behind the last. */
int suite_stress(char **args);

/*
 * Searches a running VMM's guest memory (scan.c). 0: only what may be read can be, and the secret
 * cannot.
 */
int scan(const char *pid, const char *text);
int scan_mem(const char *pid, const char *text);

/* What a host does in its ordinary life: host_reads.c. */
int links(const char *what, const char *folder);
int kcore(void);

/* Makes the SMC with x0 to x7 from numbers as text, NULL behind the last; prints x0 to x3. */
int smc_of_user(char **words);

/* The demonstration's line: makes a running VMM read its guest's memory. 0: it was refused. */
int demo(const char *pid);
