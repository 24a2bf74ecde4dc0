// SPDX-License-Identifier: GPL-2.0-only
#include "vcpu.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exit.h"
#include "util/log.h"
#include "util/thread.h"

#define KICK_SIGNAL SIGUSR1

#define CORE_REG(name)                                                                             \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(name))
#define REG_X0	  CORE_REG(regs.regs[0])
#define REG_PC	  CORE_REG(regs.pc)
#define REG_MPIDR ARM64_SYS_REG(3, 0, 0, 0, 5)

static int get_register(const struct vcpu *vcpu, uint64_t id, uint64_t *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uint64_t)(uintptr_t)value };

	return kvm_call(vcpu->vm->sys, vcpu->fd, KVM_GET_ONE_REG, (unsigned long)&reg);
}

static int set_register(const struct vcpu *vcpu, uint64_t id, uint64_t value, const char *name)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uint64_t)(uintptr_t)&value };
	int ret = kvm_call(vcpu->vm->sys, vcpu->fd, KVM_SET_ONE_REG, (unsigned long)&reg);

	if (ret)
		log_error("vCPU %u: cannot set %s: %s", vcpu->index, name, error_text(-ret));
	return ret;
}

int vcpu_read_mpidr(const struct vcpu *vcpu, uint64_t *mpidr)
{
	int ret = get_register(vcpu, REG_MPIDR, mpidr);

	if (ret)
		log_error("vCPU %u: cannot read MPIDR_EL1: %s", vcpu->index, error_text(-ret));
	return ret;
}

int vcpu_set_entry(const struct vcpu *vcpu, uint64_t entry, uint64_t fdt)
{
	int ret = set_register(vcpu, REG_PC, entry, "pc");

	return ret ? ret : set_register(vcpu, REG_X0, fdt, "x0");
}

static int init_vcpu(struct vcpu *vcpu)
{
	const struct vm *vm = vcpu->vm;
	struct kvm_vcpu_init init = { 0 };
	int ret = kvm_call(vm->sys, vm->fd, KVM_ARM_PREFERRED_TARGET, (unsigned long)&init);

	if (ret)
		return ret;
	memset(init.features, 0, sizeof(init.features));
	init.features[0] = 1u << KVM_ARM_VCPU_PSCI_0_2;
	if (vcpu->index)
		init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
	/*
	 * Asked of the VM, not of /dev/kvm: a protected VM has fewer features, and KVM wants both
	 * of these or none.
	 */
	if (kvm_capability(vm->sys, vm->fd, KVM_CAP_ARM_PTRAUTH_ADDRESS) &&
	    kvm_capability(vm->sys, vm->fd, KVM_CAP_ARM_PTRAUTH_GENERIC))
		init.features[0] |=
			1u << KVM_ARM_VCPU_PTRAUTH_ADDRESS | 1u << KVM_ARM_VCPU_PTRAUTH_GENERIC;
	return kvm_call(vm->sys, vcpu->fd, KVM_ARM_VCPU_INIT, (unsigned long)&init);
}

int vcpu_create(struct vcpu *vcpu, struct vm *vm, unsigned int index)
{
	int ret;

	*vcpu = (struct vcpu){ .vm = vm, .index = index };
	vcpu->fd = kvm_call(vm->sys, vm->fd, KVM_CREATE_VCPU, index);
	if (vcpu->fd < 0) {
		log_error("cannot create vCPU %u: %s", index, error_text(-vcpu->fd));
		return vcpu->fd;
	}
	vcpu->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		vcpu->run = NULL;
		ret = -errno;
		log_error("vCPU %u: cannot map its run page: %s", index, error_text(-ret));
		return ret;
	}
	ret = init_vcpu(vcpu);
	if (ret)
		log_error("cannot initialise vCPU %u: %s", index, error_text(-ret));
	return ret;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	if (vcpu->run)
		munmap(vcpu->run, vcpu->vm->run_size);
	if (vcpu->fd >= 0)
		close(vcpu->fd);
	vcpu->run = NULL;
	vcpu->fd = -1;
}

/* False when KVM cannot inject: a read then gives zeroes, and a write goes nowhere. */
static bool inject_abort(const struct vcpu *vcpu)
{
	struct kvm_vcpu_events events = { .exception.ext_dabt_pending = 1 };

	return vcpu->vm->can_abort &&
	       !kvm_call(vcpu->vm->sys, vcpu->fd, KVM_SET_VCPU_EVENTS, (unsigned long)&events);
}

/* " (pc 0x...)" for the message about an access that goes nowhere. */
static const char *describe_pc(const struct vcpu *vcpu, char *text, size_t size)
{
	uint64_t pc;

	if (vcpu->vm->protection->hides_registers)
		return "pc is not visible for a protected guest";
	if (get_register(vcpu, REG_PC, &pc))
		return "pc is unknown";
	snprintf(text, size, "pc 0x%" PRIx64, pc);
	return text;
}

static void report_unmapped(struct vcpu *vcpu, const char *what, uint64_t ipa, const char *effect)
{
	unsigned int hidden;
	char pc[32];

	if (!rate_allows(&vcpu->unmapped, &hidden))
		return;
	if (hidden)
		log_warn("%u more accesses to unmapped addresses were suppressed", hidden);
	log_warn("guest %s at unmapped IPA 0x%" PRIx64 " (%s); %s", what, ipa,
		 describe_pc(vcpu, pc, sizeof(pc)), effect);
}

static void serve_mmio(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	uint64_t ipa = run->mmio.phys_addr;
	unsigned int length = run->mmio.len;
	bool write = run->mmio.is_write;
	char what[32];

	if (length > sizeof(run->mmio.data))
		length = 0;
	if (!bus_access(vcpu->vm->bus, ipa, run->mmio.data, length, write))
		return;
	if (!write)
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
	snprintf(what, sizeof(what), "%s of %u bytes", write ? "write" : "read", length);
	report_unmapped(vcpu, what, ipa, bus_unmapped_effect(inject_abort(vcpu), write));
}

/*
 * KVM does not step over such an instruction: without an abort the guest would repeat it endlessly.
 */
static void serve_undecoded(struct vcpu *vcpu)
{
	uint64_t ipa = vcpu->run->arm_nisv.fault_ipa;

	if (inject_abort(vcpu))
		report_unmapped(vcpu, "access with an instruction that cannot be emulated", ipa,
				bus_unmapped_effect(true, false));
	else if (stop_now(vcpu->vm->stop, EXIT_CRASHED))
		log_error("vCPU %u: the guest accessed IPA 0x%" PRIx64
			  " with an instruction that cannot be emulated, and the host's KVM cannot "
			  "inject an abort",
			  vcpu->index, ipa);
}

static void *run_vcpu(void *argument)
{
	struct vcpu *vcpu = argument;
	struct vm *vm = vcpu->vm;
	struct exit_action action;

	while (!atomic_load(&vm->stop->requested)) {
		int ret = kvm_call(vm->sys, vcpu->fd, KVM_RUN, 0);

		handle_exit(&action, vcpu->index, ret < 0 ? ret : 0, vcpu->run, vm->lock_limit);
		switch (action.kind) {
		case ACTION_RESUME:
			break;
		case ACTION_MMIO:
			serve_mmio(vcpu);
			break;
		case ACTION_ABORT:
			serve_undecoded(vcpu);
			break;
		case ACTION_STOP:
			if (stop_now(vm->stop, action.code) && *action.why)
				log_error("%s", action.why);
			break;
		}
	}
	return NULL;
}

static void ignore_kick(int signal_number)
{
	(void)signal_number;
}

int vcpu_catch_kick(void)
{
	/* No SA_RESTART: the kick has to end write(2) to a console that blocks, too. */
	struct sigaction action = { .sa_handler = ignore_kick };

	int ret = 0;

	sigemptyset(&action.sa_mask);
	if (sigaction(KICK_SIGNAL, &action, NULL)) {
		ret = -errno;
		log_error("cannot install a handler for the vCPUs' signal: %s", error_text(-ret));
	}
	return ret;
}

int vcpu_start(struct vcpu *vcpu)
{
	char name[64];
	int ret = pthread_create(&vcpu->thread, NULL, run_vcpu, vcpu);

	if (ret) {
		log_error("vCPU %u: cannot start its thread: %s", vcpu->index, error_text(ret));
		return -ret;
	}
	vcpu->running = true;
	/* The kernel keeps 15 letters of a thread's name. */
	snprintf(name, sizeof(name), "vcpu%u %s", vcpu->index, vcpu->vm->name);
	name[15] = '\0';
	pthread_setname_np(vcpu->thread, name);
	return 0;
}

void vcpu_kick(struct vcpu *vcpu)
{
	if (!vcpu->running)
		return;
	/*
	 * Before the signal: a thread that is about to call KVM_RUN then returns from it
	 * immediately.
	 */
	__atomic_store_n(&vcpu->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(vcpu->thread, KICK_SIGNAL);
}

static void nudge(void *context)
{
	vcpu_kick(context);
}

int vcpu_join(struct vcpu *vcpu)
{
	int ret = vcpu->running ? thread_join(vcpu->thread, nudge, vcpu) : 0;

	if (!ret)
		vcpu->running = false;
	else
		log_error("vCPU %u does not stop: it is stuck in the host's KVM, or in a device "
			  "that is; giving up",
			  vcpu->index);
	return ret;
}
