# SPDX-License-Identifier: GPL-2.0-only
-include $(foreach part,unit spec donation proofs fuzz tlb mutants attack counts coverage,hyp/tests/$(part)/build.mk)
