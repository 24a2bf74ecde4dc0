# SPDX-License-Identifier: GPL-2.0-only
# Model checking of EL2's page ownership: make proofs [ONLY=name], and a part of them in under a
# minute: make proofs-quick.

.PHONY: proofs proofs-quick
proofs:
	$(Q)CBMC="$(CBMC)" B="$(B)" hyp/tests/proofs/run $(if $(ONLY),--only '$(ONLY)')

proofs-quick:
	$(Q)CBMC="$(CBMC)" B="$(B)" hyp/tests/proofs/run --quick

UNIT_TESTS += hyp/tests/proofs/quick
