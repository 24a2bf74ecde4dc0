# SPDX-License-Identifier: GPL-2.0-only
-include hyp/tests/unit/build.mk hyp/tests/attack/build.mk
