// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panic prints what is known, zeroes what belongs to guests, and injects an SError into the host,
 * whose driver prints the log with names of functions.
 */
#include <arch/guest.h>
#include <arch/layout.h>
#include <arch/percpu.h>
#include <arch/sysreg.h>
#include <el2/console.h>
#include <el2/panic.h>
#include <el2/init.h>
#include <el2/spinlock.h>
#include <el2/vm.h>

#define MAX_FRAMES 32

static bool panicked;

/*
 * Frame records: the caller's record and the return address. Only what lies on one of this CPU's
 * stacks is followed.
 */
static void back_trace(uint64_t fp)
{
	uint64_t base = STACKS_VA + (uint64_t)this_cpu()->index * STACK_SPACING;
	unsigned int i;

	for (i = 0; i < MAX_FRAMES; i++) {
		uint64_t off = fp - base;
		const uint64_t *record = (const uint64_t *)fp;

		if (fp & 15 || !((off >= STACK_BOTTOM && off <= STACK_BOTTOM + STACK_SIZE - 16) ||
				 (off >= PANIC_BOTTOM && off <= PANIC_BOTTOM + PANIC_SIZE - 16)))
			break;
		printk("EL2:   [<%lx>]\n", record[1] - 4);
		if (record[0] <= fp)
			break;
		fp = record[0];
	}
}

/* The registers may hold secrets of a guest. */
static _Noreturn void leave_with_nothing(void)
{
	asm volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, "
		     "19, 20, 21, 22, 23, 24, 25, 26,"
		     " 27, 28, 29, 30\n\tmov x\\n, xzr\n\t.endr\n\tisb\n\teret");
	__builtin_unreachable();
}

static _Noreturn void stop(void)
{
	for (;;)
		asm volatile("wfe");
}

/* Returns to the host's exception level, where it takes the SError, never to the caller. */
static _Noreturn void give_up(void)
{
	phase_set(DONJON_PHASE_DEAD);
	vms_destroy_secrets(false);
	spin_break_all();
	printk("EL2: guest memory scrubbed; %s\n", this_cpu()->vcpu ? "stop" : "SError to host");
	if (!this_cpu()->vcpu) {
		inject_serror((uint64_t)EC_SERROR << ESR_EC_SHIFT | ESR_IL);
		leave_with_nothing();
	}
	stop();
}

static void stop_unless_first(void)
{
	console_panic();
	if (__atomic_exchange_n(&panicked, true, __ATOMIC_ACQ_REL))
		stop();
}

_Noreturn void el2_panic(const char *what, const char *file, unsigned int line)
{
	stop_unless_first();
	printk("EL2: panic on CPU %u: %s (%s:%u)\n", this_cpu()->index, what, file, line);
	back_trace((uint64_t)__builtin_frame_address(0));
	give_up();
}

/* Called by vectors.S: an exception of EL2 itself. */
_Noreturn void el2_fault_panic(uint64_t sp, uint64_t fp, uint64_t lr)
{
	stop_unless_first();
	printk("EL2: panic on CPU %u: exception at EL2\n", this_cpu()->index);
	printk("EL2: ESR %lx FAR %lx ELR [<%lx>] SPSR %lx\n", read_sysreg(esr_el2),
	       read_sysreg(far_el2), read_sysreg(elr_el2), read_sysreg(spsr_el2));
	printk("EL2: SP %lx FP %lx LR [<%lx>] HCR %lx VTTBR %lx\n", sp, fp, lr,
	       read_sysreg(hcr_el2), read_sysreg(vttbr_el2));
	back_trace(fp);
	/*
	 * Where the host was is overwritten. It takes the SError as from 0, of the level that
	 * SP_EL0 tells: in Linux's kernel it is a task. What came from the host itself is kept.
	 */
	if (SPSR_EL(read_sysreg(spsr_el2)) > 1) {
		write_sysreg(elr_el2, 0);
		write_sysreg(spsr_el2, PSR_DAIF | (read_sysreg(sp_el0) >> 63 ? PSR_MODE_EL1H : 0));
	}
	give_up();
}
