# SPDX-License-Identifier: GPL-2.0-only
-include $(foreach part,unit model script proofs fuzz order mutants attack,hyp/tests/$(part)/build.mk)
