// SPDX-License-Identifier: GPL-2.0-only
#include "exit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/log.h"

__attribute__((format(printf, 3, 4))) static void stop(struct exit_action *action,
						       enum exit_code code, const char *format, ...)
{
	va_list args;

	action->kind = ACTION_STOP;
	action->code = code;
	va_start(args, format);
	vsnprintf(action->why, sizeof(action->why), format, args);
	va_end(args);
}

static void handle_lost_page(struct exit_action *action, unsigned int vcpu,
			     const struct kvm_run *run)
{
	if (run->exit_reason == KVM_EXIT_MEMORY_FAULT)
		stop(action, EXIT_CRASHED,
		     "vCPU %u: the host lost the page of guest memory at IPA 0x%" PRIx64
		     ": something on the host accessed it, so it was zeroed and reclaimed; the "
		     "host's kernel log may name it",
		     vcpu, (uint64_t)run->memory_fault.gpa);
	else
		stop(action, EXIT_CRASHED,
		     "vCPU %u: the host lost a page of guest memory, or cannot pin it: something "
		     "on the host accessed it, so it was zeroed and reclaimed",
		     vcpu);
}

static void handle_no_memory(struct exit_action *action, unsigned int vcpu, const char *lock_limit)
{
	const char *others = "the limit of this process's memory cgroup is reached, or the host is "
			     "out of memory";

	if (!*lock_limit)
		stop(action, EXIT_HOST_CANNOT,
		     "vCPU %u: KVM_RUN cannot get memory for the guest: %s", vcpu, others);
	else
		stop(action, EXIT_HOST_CANNOT,
		     "vCPU %u: KVM_RUN cannot get memory for the guest: RLIMIT_MEMLOCK (%s) is "
		     "exhausted (raise it with `ulimit -l` or LimitMEMLOCK=, or grant "
		     "CAP_IPC_LOCK), %s",
		     vcpu, lock_limit, others);
}

/* KVM_RUN's errnos on arm64; what protected guests add is from Linux 7.3's pkvm_mem_abort(). */
static void handle_error(struct exit_action *action, unsigned int vcpu, int error,
			 const struct kvm_run *run, const char *lock_limit)
{
	switch (-error) {
	case EINTR:
	case EAGAIN:
		action->kind = ACTION_RESUME;
		return;
	case ENOMEM:
		handle_no_memory(action, vcpu, lock_limit);
		return;
	case EIO:
		stop(action, EXIT_VMM_ERROR,
		     "vCPU %u: KVM_RUN rejects the memory that backs guest RAM: it must be "
		     "anonymous or a memfd ([vm] backing), not a file or hugetlbfs",
		     vcpu);
		return;
	case EFAULT:
		handle_lost_page(action, vcpu, run);
		return;
	case EHWPOISON:
		stop(action, EXIT_CRASHED,
		     "vCPU %u: a page of guest memory has a hardware memory error", vcpu);
		return;
	case EPERM:
		stop(action, EXIT_VMM_ERROR,
		     "vCPU %u: KVM_RUN is not permitted: the VM belongs to another process, or it "
		     "is being torn down",
		     vcpu);
		return;
	case ENOEXEC:
		stop(action, EXIT_VMM_ERROR, "vCPU %u: KVM_RUN: the vCPU is not initialised", vcpu);
		return;
	case ENOSYS:
		stop(action, EXIT_CRASHED,
		     "vCPU %u: the guest accessed a device with an instruction that cannot be "
		     "emulated (a pair, a vector or one with write-back), or ran code outside its "
		     "RAM",
		     vcpu);
		return;
	case EINVAL:
		stop(action, EXIT_VMM_ERROR,
		     "vCPU %u: KVM_RUN: Invalid argument: the vCPU, its features or its GIC are in "
		     "a state that KVM cannot run",
		     vcpu);
		return;
	case ENODEV:
	case ENXIO:
		stop(action, EXIT_VMM_ERROR,
		     "vCPU %u: KVM_RUN: the interrupt controller or the timer is not ready", vcpu);
		return;
	}
	stop(action, EXIT_VMM_ERROR, "vCPU %u: KVM_RUN: %s", vcpu, error_text(-error));
}

static void handle_system_event(struct exit_action *action, unsigned int vcpu,
				const struct kvm_run *run)
{
	switch (run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		action->kind = ACTION_STOP;
		action->code = EXIT_POWERED_OFF;
		return;
	case KVM_SYSTEM_EVENT_RESET:
		/*
		 * The end of a panic, by the options that cmdline.c prepends; an ordinary reboot is
		 * SYSTEM_RESET.
		 */
		if (run->system_event.ndata &&
		    run->system_event.data[0] & KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2) {
			stop(action, EXIT_CRASHED,
			     "the guest crashed: it asked for a warm reset (PSCI SYSTEM_RESET2), "
			     "as Linux does after a panic");
			return;
		}
		stop(action, EXIT_RESET, "the guest asked for a reset");
		return;
	case KVM_SYSTEM_EVENT_CRASH:
		stop(action, EXIT_CRASHED, "the guest crashed (KVM_SYSTEM_EVENT_CRASH on vCPU %u)",
		     vcpu);
		return;
	}
	stop(action, EXIT_VMM_ERROR, "vCPU %u: unknown system event %u", vcpu,
	     run->system_event.type);
}

static void handle_internal_error(struct exit_action *action, unsigned int vcpu,
				  const struct kvm_run *run)
{
	char data[160] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < run->internal.ndata && i < 6; i++)
		used += (size_t)snprintf(data + used, sizeof(data) - used, " 0x%" PRIx64,
					 (uint64_t)run->internal.data[i]);
	stop(action, EXIT_VMM_ERROR, "vCPU %u: KVM internal error %u%s%s", vcpu,
	     run->internal.suberror, used ? ", data" : "", data);
}

void handle_exit(struct exit_action *action, unsigned int vcpu, int error,
		 const struct kvm_run *run, const char *lock_limit)
{
	*action = (struct exit_action){ .kind = ACTION_RESUME };
	if (error) {
		handle_error(action, vcpu, error, run, lock_limit);
		return;
	}
	switch (run->exit_reason) {
	case KVM_EXIT_MMIO:
		action->kind = ACTION_MMIO;
		return;
	case KVM_EXIT_ARM_NISV:
		action->kind = ACTION_ABORT;
		return;
	case KVM_EXIT_INTR:
		return;
	case KVM_EXIT_SYSTEM_EVENT:
		handle_system_event(action, vcpu, run);
		return;
	case KVM_EXIT_SHUTDOWN:
		stop(action, EXIT_CRASHED, "vCPU %u: the guest stopped in an unrecoverable state",
		     vcpu);
		return;
	case KVM_EXIT_FAIL_ENTRY:
		stop(action, EXIT_VMM_ERROR,
		     "vCPU %u: cannot enter the guest, hardware reason 0x%" PRIx64, vcpu,
		     (uint64_t)run->fail_entry.hardware_entry_failure_reason);
		return;
	case KVM_EXIT_INTERNAL_ERROR:
		handle_internal_error(action, vcpu, run);
		return;
	case KVM_EXIT_MEMORY_FAULT:
		stop(action, EXIT_CRASHED,
		     "vCPU %u: guest memory at IPA 0x%" PRIx64 " is no longer available", vcpu,
		     (uint64_t)run->memory_fault.gpa);
		return;
	}
	stop(action, EXIT_VMM_ERROR, "vCPU %u: unknown KVM exit reason %u", vcpu, run->exit_reason);
}
