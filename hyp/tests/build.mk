# SPDX-License-Identifier: GPL-2.0-only
-include $(foreach part,unit spec lib donation proofs fuzz tlb mutants attack counts coverage \
	kvm efivars conduit driver kexec life e2h,hyp/tests/$(part)/build.mk)
