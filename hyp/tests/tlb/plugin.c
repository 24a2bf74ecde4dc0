// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCG plugin of QEMU that watches EL2 from outside: the unmodified image, all CPUs. It writes
 * what EL2 does to translation tables, TLBs and caches as a stream of events (stream.h) for
 * check.py, and which instructions it has executed for coverage.py.
 *
 *   -plugin donjon-tlb.so,out=FILE    the stream
 *   -plugin donjon-tlb.so,pcs=FILE    addresses of executed instructions, one a line, after
 *                                       lines "image ADDRESS": where the image lay
 *
 * What belongs to EL2 is decided by the exception level when code is translated. Donjon's EL2
 * begins where a table that maps IMAGE_VA is put into TTBR0_EL2. Callbacks on instructions come
 * before they are executed, those on stores after; so under locks the stream keeps the order across
 * CPUs.
 */
#include <abi/hypercall.h>
#include <arch/layout.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "qemu.h"
#include "shadow.h"
#include "stream.h"

#define MAX_CPUS	64
#define NR_X		31
#define MAX_IMAGES	16
#define MAX_ZERO	(2UL << 20)
#define DSB_STORES	2 /* bit of CRm: waits for stores */
#define DSB_DOMAIN(crm) ((crm) >> 2)
#define DOMAIN_NSH	1
#define VM_INDEX	0xff
#define GUEST_VMID	2 /* of the VM with index 0 */
#define CTR_DIC		29
#define FIXMAP_END	(FIXBLOCK_VA + (1UL << 30))

static struct cpu {
	struct qemu_plugin_register *x[NR_X], *cpsr, *esr, *far, *hpfar, *vbar, *tcr_el1;
	struct qemu_plugin_register *sctlr_el1, *ctr;
	GByteArray *buffer;
	bool known, active, called;
	uint64_t root; /* EL2's stage 1 */
	uint64_t vtcr;
	uint64_t published; /* the stores' clock at the last DSB that waits for stores */
	uint64_t entered;   /* instructions at the last exception */
	uint64_t call[5];   /* x0 to x4 of a call */
	uint64_t line;	    /* of the data caches, bytes */
} cpus[MAX_CPUS];

struct executed {
	struct executed *next;
	uint64_t pc;
	bool yes;
};

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_VERSION;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int this_cpu; /* of the callback that holds the lock */
static qemu_plugin_u64 instructions;
static struct executed *executed;
static uint64_t zva_size, image_pa[MAX_IMAGES];
static unsigned int nr_images;
static const char *out_path, *pcs_path;

/* -- Registers and memory -- */

static uint64_t read_register(struct cpu *cpu, struct qemu_plugin_register *reg)
{
	uint64_t value = 0;

	if (!reg)
		return 0;
	g_byte_array_set_size(cpu->buffer, 0);
	if (qemu_plugin_read_register(reg, cpu->buffer) <= 0)
		return 0;
	memcpy(&value, cpu->buffer->data, cpu->buffer->len < 8 ? cpu->buffer->len : 8);
	return value;
}

static uint64_t x(struct cpu *cpu, unsigned int n)
{
	return n < NR_X ? read_register(cpu, cpu->x[n]) : 0;
}

static bool read_va(uint64_t va, void *to, unsigned int size)
{
	GByteArray *buffer = cpus[this_cpu].buffer;

	g_byte_array_set_size(buffer, 0);
	if (!qemu_plugin_read_memory_vaddr(va, buffer, size) || buffer->len < size)
		return false;
	memcpy(to, buffer->data, size);
	return true;
}

/* While the MMU is off, addresses are physical. */
static bool read_pa(uint64_t pa, void *to, unsigned int size)
{
	return read_va((cpus[this_cpu].active ? LINEAR_VA : 0) + pa, to, size);
}

bool memory_is_zero(uint64_t va, uint64_t size)
{
	static uint8_t contents[PAGE];
	static const uint8_t zeros[PAGE];
	uint64_t end = va + size, part;

	for (; va < end; va += part) {
		part = PAGE - va % PAGE < end - va ? PAGE - va % PAGE : end - va;
		if (!read_va(va, contents, part) || memcmp(contents, zeros, part))
			return false;
	}
	return true;
}

static void table_is_live(const struct page *page, bool fresh)
{
	stream_table(this_cpu, page, fresh);
}

/* Callbacks begin and end with these. NULL: this CPU does not run Donjon's EL2. */
static struct cpu *enter(unsigned int index)
{
	pthread_mutex_lock(&lock);
	this_cpu = index;
	return cpus[index].active ? &cpus[index] : NULL;
}

static void leave(void)
{
	pthread_mutex_unlock(&lock);
}

/* -- Roots of tables -- */

/* The concatenated tables of a stage 2 for ia_bits, which begin at this level. */
static bool link_root(uint64_t root, unsigned int ia_bits, int level, uint64_t published)
{
	unsigned int bits = 12 + 9 * (4 - level), i,
		     n = ia_bits > bits ? 1U << (ia_bits - bits) : 1;
	bool good = true;

	for (i = 0; i < n && good; i++)
		good = shadow_link(root + i * PAGE, level, published);
	return good;
}

/* The level at which pgtable.c begins: at most 16 tables in a row, and never below level 1. */
static int start_level(unsigned int ia_bits)
{
	return ia_bits <= 12 + 9 * 3 + 4 ? 1 : 0;
}

static void vm_created(struct cpu *cpu, unsigned int index)
{
	uint64_t root = cpu->call[3];
	unsigned int ia_bits = cpu->call[2], vmid = GUEST_VMID + (x(cpu, 1) & VM_INDEX);

	if (link_root(root, ia_bits, start_level(ia_bits), cpu->published))
		stream_line(index, "R %u g %lx %u %d %u", index, root, ia_bits,
			    start_level(ia_bits), vmid);
}

static void vm_page_destroyed(struct cpu *cpu, unsigned int index)
{
	uint64_t pa = x(cpu, 1), what = x(cpu, 2), i;

	for (i = 0; what == DONJON_VM_PAGE_LAST && i < DONJON_VM_PAGES; i++)
		shadow_forget(pa + i * PAGE);
	if (what == DONJON_VM_PAGE_CACHE)
		shadow_forget(pa);
	if (what == DONJON_VM_PAGE_LAST)
		stream_line(index, "D %u %lx", index, pa);
}

static void host_root(struct cpu *cpu, unsigned int index, uint64_t vttbr)
{
	unsigned int ia_bits = 64 - (cpu->vtcr & 63);
	int level = 2 - (int)(cpu->vtcr >> 6 & 3);
	uint64_t root = vttbr & PA_MASK & ~1UL;
	struct page *page = shadow_find(root);

	if (!root || (page && page->entry))
		return;
	if (link_root(root, ia_bits, level, cpu->published))
		stream_line(index, "R %u h %lx %u %d %lu", index, root, ia_bits, level,
			    vttbr >> 48);
}

/* TTBR0_EL2 is about to change: Donjon comes or goes. */
static void el2_root(struct cpu *cpu, unsigned int index, uint64_t root)
{
	unsigned int i, active = 0;
	uint64_t image;

	for (i = 0; i < MAX_CPUS; i++)
		active += cpus[i].active;
	if (cpu->active) {
		cpu->active = false;
		stream_line(index, "Q %u", index);
		return;
	}
	if (!active) {
		shadow_reset();
		stream_line(index, "N %u", index);
		if (!shadow_link(root, 0, 0) || !shadow_translate(root, IMAGE_VA, &image)) {
			shadow_reset(); /* not Donjon's */
			return;
		}
		stream_line(index, "R %u e %lx 48 0 0", index, root);
		if (nr_images < MAX_IMAGES)
			image_pa[nr_images++] = image;
	} else if (!shadow_find(root)) {
		return;
	}
	cpu->active = true;
	cpu->called = false;
	cpu->root = root;
	cpu->line = 4UL << (read_register(cpu, cpu->ctr) >> 16 & 15);
	stream_line(index, "F %u %lu", index, read_register(cpu, cpu->ctr) >> CTR_DIC & 1);
}

/* -- Events -- */

static void on_vector(unsigned int index, void *offset)
{
	struct cpu *cpu = enter(index);
	uint64_t esr;
	unsigned int i;

	if (cpu) {
		esr = read_register(cpu, cpu->esr);
		cpu->entered = qemu_plugin_u64_get(instructions, index);
		for (i = 0; i < 5; i++)
			cpu->call[i] = x(cpu, i);
		cpu->called = esr >> 26 == 0x16;
		stream_line(index, "E %u %lx %lx %lx %lx %lx %lx %lx %lx %lx", index,
			    (unsigned long)(uintptr_t)offset, esr, read_register(cpu, cpu->far),
			    read_register(cpu, cpu->hpfar), cpu->call[0], cpu->call[1],
			    cpu->call[2], cpu->call[3], cpu->call[4]);
	}
	leave();
}

static void on_eret(struct cpu *cpu, unsigned int index)
{
	stream_line(index, "X %u %lu %lx %lx %lx %lx", index,
		    qemu_plugin_u64_get(instructions, index) - cpu->entered, x(cpu, 0), x(cpu, 1),
		    x(cpu, 2), x(cpu, 3));
	if (cpu->called && !x(cpu, 0)) {
		if (cpu->call[0] == DONJON_HC_VM_CREATE)
			vm_created(cpu, index);
		else if (cpu->call[0] == DONJON_HC_VM_DESTROY)
			vm_page_destroyed(cpu, index);
	}
	cpu->called = false;
}

static void on_msr(struct cpu *cpu, unsigned int index, enum op op, uint64_t value)
{
	static const char *const names[] = {
		[OP_MSR_VTTBR] = "vttbr", [OP_MSR_VTCR] = "vtcr", [OP_MSR_VBAR] = "vbar"};

	if (op == OP_MSR_VTCR)
		cpu->vtcr = value;
	if (op == OP_MSR_VTTBR)
		host_root(cpu, index, value);
	stream_line(index, "M %u %s %lx %lx %lx", index, names[op], value,
		    read_register(cpu, cpu->tcr_el1), read_register(cpu, cpu->sctlr_el1));
}

/* Where va lies in physical memory, for what EL2 reaches through its linear map or the fixmap. */
static bool physical(struct cpu *cpu, uint64_t va, uint64_t *pa)
{
	if (va - LINEAR_VA < 1UL << PA_LIMIT_BITS) {
		*pa = va - LINEAR_VA;
		return true;
	}
	return va >= FIXMAP_VA && va < FIXMAP_END && shadow_translate(cpu->root, va, pa);
}

static void on_zero(struct cpu *cpu, unsigned int index, uint64_t va, uint64_t size)
{
	uint64_t part, pa;

	for (; size; va += part, size -= part) {
		part = PAGE - va % PAGE < size ? PAGE - va % PAGE : size;
		if (!physical(cpu, va, &pa))
			continue;
		shadow_zero(pa, part);
		stream_gather(index, 'Z', va, pa, part);
	}
}

static void on_instruction(unsigned int index, void *userdata)
{
	uint32_t word = (uint32_t)(uintptr_t)userdata;
	struct cpu *cpu = enter(index);
	enum op op = insn_decode(word);
	uint64_t pa, va;

	if (op == OP_MSR_TTBR0)
		el2_root(&cpus[index], index, x(&cpus[index], INSN_RT(word)));
	else if (cpu)
		switch (op) {
		case OP_DSB:
			if (INSN_CRM(word) & DSB_STORES && DSB_DOMAIN(INSN_CRM(word)) != DOMAIN_NSH)
				cpu->published = shadow_clock();
			stream_line(index, "B %u %u", index, INSN_CRM(word));
			break;
		case OP_ISB:
			stream_line(index, "S %u", index);
			break;
		case OP_ERET:
			on_eret(cpu, index);
			break;
		case OP_TLBI:
			stream_line(index, "I %u %u %u %u %lx", index, INSN_OP1(word),
				    INSN_CRM(word), INSN_OP2(word), x(cpu, INSN_RT(word)));
			break;
		case OP_DC_ZVA:
			on_zero(cpu, index, x(cpu, INSN_RT(word)) & ~(zva_size - 1), zva_size);
			break;
		case OP_SET:
			va = x(cpu, INSN_RT(word));
			on_zero(cpu, index, va,
				x(cpu, INSN_RN(word)) <= MAX_ZERO ? x(cpu, INSN_RN(word)) : 0);
			break;
		case OP_DC_CIVAC:
			va = x(cpu, INSN_RT(word)) & ~(cpu->line - 1);
			if (physical(cpu, va, &pa))
				stream_gather(index, 'C', va, pa, cpu->line);
			break;
		case OP_IC_IALLUIS:
			stream_line(index, "K %u", index);
			break;
		case OP_UNKNOWN:
			stream_line(index, "O %u %x", index, word);
			break;
		default:
			on_msr(cpu, index, op, x(cpu, INSN_RT(word)));
		}
	leave();
}

/* The instruction behind MRS Xt, DCZID_EL0. */
static void on_dczid(unsigned int index, void *rt)
{
	enter(index);
	zva_size = 4UL << (x(&cpus[index], (uintptr_t)rt) & 15);
	leave();
}

static void table_store(struct cpu *cpu, unsigned int index, uint64_t pa, uint64_t value)
{
	uint64_t old;

	if (shadow_store(pa, value, cpu->published, &old))
		stream_line(index, "W %u %lx %lx %lx", index, pa, old, value);
}

static void on_store(unsigned int index, qemu_plugin_meminfo_t info, uint64_t va, void *unused)
{
	qemu_plugin_mem_value value;
	struct cpu *cpu;
	uint64_t pa, word;

	(void)unused;
	if (va - LINEAR_VA >= 1UL << PA_LIMIT_BITS && (va < FIXMAP_VA || va >= FIXMAP_END))
		return;
	cpu = enter(index);
	if (cpu && physical(cpu, va, &pa)) {
		value = qemu_plugin_mem_get_value(info);
		if (va >= FIXMAP_VA && va < FIXMAP_END &&
		    !(value.type == QEMU_PLUGIN_MEM_VALUE_U128
			      ? value.data.u128.low | value.data.u128.high
			      : value.data.u64)) {
			on_zero(cpu, index, va, value.type == QEMU_PLUGIN_MEM_VALUE_U128 ? 16 : 8);
		} else if (value.type == QEMU_PLUGIN_MEM_VALUE_U64) {
			table_store(cpu, index, pa, value.data.u64);
		} else if (value.type == QEMU_PLUGIN_MEM_VALUE_U128) {
			table_store(cpu, index, pa, value.data.u128.low);
			table_store(cpu, index, pa + 8, value.data.u128.high);
		} else if (read_va(va & ~7UL, &word, 8)) {
			table_store(cpu, index, pa & ~7UL, word);
		}
	}
	leave();
}

/* A lock is two halfwords: the next ticket, and the one that is served. */
static void on_lock(unsigned int index, qemu_plugin_meminfo_t info, uint64_t va, void *kind)
{
	struct cpu *cpu = enter(index);

	(void)info;
	if (cpu)
		stream_line(index, "%c %u %lx %lu", (char)(uintptr_t)kind, index,
			    (uintptr_t)kind == 'U' ? va - 2 : va,
			    qemu_plugin_u64_get(instructions, index) - cpu->entered);
	leave();
}

static void on_executed(unsigned int index, void *userdata)
{
	(void)index;
	((struct executed *)userdata)->yes = true;
}

/* -- Translation -- */

static void want_pc(struct qemu_plugin_insn *insn, uint64_t pc)
{
	struct executed *e = calloc(1, sizeof(*e));

	if (!e)
		abort();
	e->pc = pc;
	pthread_mutex_lock(&lock);
	e->next = executed;
	executed = e;
	pthread_mutex_unlock(&lock);
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_executed, QEMU_PLUGIN_CB_NO_REGS, e);
}

static void want_instruction(struct qemu_plugin_insn *insn, uint32_t word)
{
	qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							    instructions, 1);
	if (insn_decode(word) != OP_NONE)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_R_REGS,
						       (void *)(uintptr_t)word);
	if (insn_is_ticket(word) || insn_is_release(word))
		qemu_plugin_register_vcpu_mem_cb(insn, on_lock, QEMU_PLUGIN_CB_R_REGS,
						 QEMU_PLUGIN_MEM_W,
						 (void *)(uintptr_t)(insn_is_ticket(word) ? 'L'
											  : 'U'));
	else if (!insn_zeroes(word))
		qemu_plugin_register_vcpu_mem_cb(insn, on_store, QEMU_PLUGIN_CB_R_REGS,
						 QEMU_PLUGIN_MEM_W, NULL);
}

/* The CPU that translates, by asking all who might: exactly one thread runs this for its own CPU.
 */
static void translated(struct qemu_plugin_tb *tb, struct cpu *cpu)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i;
	uint64_t vbar = read_register(cpu, cpu->vbar);
	uint32_t word = 0, before = 0;

	for (i = 0; i < n; i++, before = word) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn);

		if (qemu_plugin_insn_data(insn, &word, sizeof(word)) != sizeof(word))
			continue;
		if (pcs_path)
			want_pc(insn, pc);
		if (!out_path) {
			if (insn_decode(word) == OP_MSR_TTBR0) /* tells where the image lies */
				want_instruction(insn, word);
			continue;
		}
		/* Before the callbacks of the instruction itself. */
		if (pc - vbar < 0x800 && !(pc & 0x7f))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_vector,
							       QEMU_PLUGIN_CB_R_REGS,
							       (void *)(uintptr_t)(pc - vbar));
		if (i && insn_reads_dczid(before))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_dczid,
							       QEMU_PLUGIN_CB_R_REGS,
							       (void *)(uintptr_t)INSN_RT(before));
		want_instruction(insn, word);
	}
}

/* Each CPU translates in its own thread (or all in one, in turn); the register handles are the same
 * for all. */
static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static __thread struct cpu translator;

	(void)id;
	if (!translator.known) {
		GByteArray *buffer = g_byte_array_new();

		translator = cpus[0];
		translator.buffer = buffer;
	}
	if ((read_register(&translator, translator.cpsr) >> 2 & 3) == 2)
		translated(tb, &translator);
}

static void find_registers(struct cpu *cpu)
{
	GArray *list = qemu_plugin_get_registers();
	const qemu_plugin_reg_descriptor *reg = (const qemu_plugin_reg_descriptor *)list->data;
	const struct {
		const char *name;
		struct qemu_plugin_register **to;
	} wanted[] = {
		{"cpsr", &cpu->cpsr},	    {"ESR_EL2", &cpu->esr},   {"FAR_EL2", &cpu->far},
		{"HPFAR_EL2", &cpu->hpfar}, {"VBAR_EL2", &cpu->vbar}, {"TCR_EL1", &cpu->tcr_el1},
		{"CTR_EL0", &cpu->ctr},	    {"SCTLR", &cpu->sctlr_el1},
	};
	unsigned int i, j;

	for (i = 0; i < list->len; i++) {
		unsigned int n;
		char rest;

		if (sscanf(reg[i].name, "x%u%c", &n, &rest) == 1 && n < NR_X)
			cpu->x[n] = reg[i].handle;
		for (j = 0; j < sizeof(wanted) / sizeof(wanted[0]); j++)
			if (!strcmp(reg[i].name, wanted[j].name))
				*wanted[j].to = reg[i].handle;
	}
	g_array_free(list, 1);
	for (j = 0; j < sizeof(wanted) / sizeof(wanted[0]); j++)
		if (!*wanted[j].to)
			fprintf(stderr, "donjon-tlb: QEMU shows no register %s\n",
				wanted[j].name);
}

static void on_cpu(qemu_plugin_id_t id, unsigned int index)
{
	(void)id;
	if (index >= MAX_CPUS) {
		fprintf(stderr, "donjon-tlb: more than %d CPUs\n", MAX_CPUS);
		abort();
	}
	pthread_mutex_lock(&lock);
	cpus[index].buffer = g_byte_array_new();
	find_registers(&cpus[index]);
	cpus[index].known = true;
	pthread_mutex_unlock(&lock);
}

static void write_pcs(void)
{
	FILE *file = fopen(pcs_path, "w");
	struct executed *e;
	unsigned int i;

	if (!file) {
		perror(pcs_path);
		return;
	}
	for (i = 0; i < nr_images; i++)
		fprintf(file, "image %lx\n", image_pa[i]);
	for (e = executed; e; e = e->next)
		if (e->yes)
			fprintf(file, "%lx\n", e->pc);
	fclose(file);
}

static void at_exit(qemu_plugin_id_t id, void *unused)
{
	(void)id, (void)unused;
	pthread_mutex_lock(&lock);
	if (pcs_path)
		write_pcs();
	stream_close();
	pthread_mutex_unlock(&lock);
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4)) {
			out_path = strdup(argv[i] + 4);
		} else if (!strncmp(argv[i], "pcs=", 4)) {
			pcs_path = strdup(argv[i] + 4);
		} else {
			fprintf(stderr,
				"donjon-tlb: unknown argument '%s'; there are out=FILE and "
				"pcs=FILE\n",
				argv[i]);
			return -1;
		}
	}
	if (!stream_open(out_path)) {
		perror(out_path);
		return -1;
	}
	shadow_init(read_pa, table_is_live);
	instructions.score = qemu_plugin_scoreboard_new(sizeof(uint64_t));
	qemu_plugin_register_vcpu_init_cb(id, on_cpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
