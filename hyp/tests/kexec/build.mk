# SPDX-License-Identifier: GPL-2.0-only
#
# build/nested/bin/donjon-kexec: loads another kernel, and reads a crashed one's memory, for
# scripts/tests/kexec.sh and kdump.sh.

$(eval $(call nested_program,donjon-kexec,hyp/tests/kexec/kexec.c))
