# SPDX-License-Identifier: GPL-2.0-only
#
# build/nested/bin/donjon-life: what hosts do in their ordinary life, to running VMMs and to the
# machine, for hyp/tests/nested/host-life.sh.

$(eval $(call nested_program,donjon-life,$(wildcard hyp/tests/life/*.c)))
