# SPDX-License-Identifier: GPL-2.0-only
"""The rules that check.py holds EL2 against, each with what it demands. Section numbers are those of the Arm manual, DDI 0487."""

RULES = {
    # Breaking an entry
    "break-before-make": "a valid entry is never replaced by another valid one, but for page state and count (D8.16.1)",
    "dsb-before": "the store that breaks an entry is complete (DSB ISHST or more) before the TLBI for it (D8.17.5)",
    "vmid": "a TLBI for a stage 2 is executed with that table's VMID in VTTBR_EL2",
    "isb": "a write to VTTBR_EL2 is followed by an ISB before the TLBI that depends on it",
    "address": "a TLBI by address names the address that was broken",
    "shareability": "a TLBI reaches all CPUs; a CPU invalidates only its own fixmap entries locally",
    "scope": "a removed table is followed by a TLBI of the whole VMID, or of all of EL2's entries",
    "ipas2": "after TLBI by IPA, stage 1 and combined entries go too, by VMALLE1IS (D8.17.6)",
    "ipas2-dsb": "there is a DSB between TLBI by IPA and VMALLE1IS",
    "repeat": "with repeated TLBI (CVE-2025-10263) each TLBI and DSB comes twice",
    "make-early": "an address is mapped again only after its old entry is invalidated and a DSB",
    "hand-over": "a page is mapped anywhere else only after the old entry is invalidated and a DSB",
    "touch-early": "a page is zeroed or cleaned only after the old entry is invalidated and a DSB",
    "unlock": "no lock is released while an entry is broken and not invalidated",
    "eret": "EL2 is not left while an entry is broken and not invalidated",
    # Tables
    "publish": "what is in a table is visible to walkers (DSB ISHST or more) before the table is linked",
    "publish-eret": "new entries are visible to walkers before EL2 is left",
    "table-reuse": "a table page is written, cleared or linked again only after its parent's entry is invalidated",
    "table-live": "a live table is not cleared as a whole",
    "root-live": "a VM that is destroyed maps nothing",
    # What a CPU runs with
    "vttbr": "VTTBR_EL2 holds a table with its own VMID, and at ERET that of the host or of the vCPU's VM",
    "first-vmid": "before a CPU first runs with a VMID, what others have left for it is invalidated (ALLE1 or VMALLS12E1)",
    "vtcr": "VTCR_EL2 at ERET has the geometry of the table",
    "walks-off": "no walk of stage 1, nor a flat translation (TCR_EL1.EPDn, SCTLR_EL1.M), when VTTBR_EL2 gets "
                 "another VMID (Arm errata 1165522, 1319367, 1530923)",
    "vcpus": "a vCPU does not find what another of its VM has left in this CPU's TLB: VMALLE1 and DSB in between (D8.17)",
    "fixmap": "a fixmap entry is valid only while EL2 works, and each CPU has its own",
    # Pages
    "two-owners": "a page is mapped in two tables only as shared by one with the other",
    "annotation": "a page is mapped for a guest or EL2 as its own only when the host's table says so",
    "zero-mapped": "EL2 zeroes only what neither host nor guest can reach",
    "zero": "a page that leaves a guest or EL2, or that a guest gives up, is zero, cleaned, before the host can map it",
    "zero-donated": "a page donated to a VM that has run, or made private again, is zeroed in between",
    "zero-order": "the zeroes are visible to all CPUs (DSB, inner shareable) before the page is mapped",
    "clean": "what is handed over is cleaned to the point of coherency, and a DSB, where attributes may differ",
    "instructions": "instruction caches are invalidated, and a DSB, before a page has another owner, unless CTR_EL0.DIC is set",
    "cleaning": "a page that is CLEANING is zeroed or cleaned with no lock held; the CPU that began it ends it",
    # The stream
    "unknown": "EL2 uses only maintenance instructions that the checker knows",
    "stream": "the stream is complete",
}
