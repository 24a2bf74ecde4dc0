#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The trusted part stays small enough to be read: the lines of code of the EL2 image and of its ABI,
# without comments and blank lines. (Not platform.h: that is between a VMM and its guest.) 6,000 is
# the takeover, the ledger, guests and their hardening; above that, random numbers of its own, how
# the host's kernel may touch a guest's page and live, and memory that comes after the load. Keeping
# DMA out, later, has the rest up to 7,000.

cd "$(dirname "$0")/../.." || exit 1
limit=6300
! grep -rq 'abi/platform.h' hyp/el2 hyp/driver || exit 1
lines=$(find hyp/abi hyp/el2 -path hyp/el2/arch/fake -prune -o -name '*.[chS]' ! -name platform.h \
	-exec cat {} + |
	awk -f scripts/lib/code-lines.awk)
echo 1..1
if [ "$lines" -lt $limit ]; then
	echo "ok 1 - EL2 has $lines lines of code, fewer than $limit"
else
	echo "not ok 1 - EL2 has $lines lines of code, not fewer than $limit"
	exit 1
fi
