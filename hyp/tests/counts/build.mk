# SPDX-License-Identifier: GPL-2.0-only
#
# make counts [UPDATE=1]   the table of figures per operation, compared with
#                          hyp/tests/counts/baseline.txt
#
# build/nested/bin/donjon-counts is a program for the nested host over the attacks' way to call EL2;
# the TLB checker's plugin watches it, and counts.py counts.

$(eval $(call nested_program,donjon-counts,hyp/tests/counts/operations.c \
	hyp/tests/counts/bounds.c))

.PHONY: counts
counts: all
	$(Q)CROSS=$(CROSS) hyp/tests/counts/counts.sh $(if $(filter-out 0,$(UPDATE)),--update)
