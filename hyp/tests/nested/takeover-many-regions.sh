#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# kernels: 6.12
# host: --module no
# host: --dts hyp/tests/nested/too-many-regions.dts
#
# A machine whose memory map has more regions than EL2 takes: the module says so, what regions they
# are, and leaves the host alone.

. hyp/tests/nested/refusal.inc
is_refused 'more than 480 regions.*no-map'
echo "1..$n"
