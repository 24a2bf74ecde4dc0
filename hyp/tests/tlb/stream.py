# SPDX-License-Identifier: GPL-2.0-only
"""Names for what is in the plugin's stream (stream.h describes its lines)."""

import os
import re

HEADER = os.path.join(os.path.dirname(__file__), "../../abi/hypercall.h")
GUEST_VMID = 2		# of the VM with index 0 (pgtable.h, OWNER_GUEST)
VM_INDEX = 0xff		# part of a handle
PAGE = 4096
BLOCK = 1 << 21
PA_MASK = 0xfffffffff000

EC_HVC, EC_SMC, EC_SYSREG, EC_WFX = 0x16, 0x17, 0x18, 0x01
EC_IABT, EC_DABT = 0x20, 0x24
VECTOR_LOWER_SYNC = 0x400


def calls():
    """Hypercall numbers and names."""
    with open(HEADER, encoding="utf-8") as header:
        text = header.read()
    base = int(re.search(r"#define DONJON_HC_BASE\s+(0x[0-9a-f]+)UL", text).group(1), 16)
    return {base + int(number, 16): name
            for name, number in re.findall(r"#define DONJON_HC_(\w+)\s+DONJON_HC\((0x[0-9a-f]+)\)", text)}


CALLS = calls()

# op1, CRm, op2 -> name, what it reaches, whether on all CPUs.
TLBI = {
    (0, 3, 0): ("vmalle1is", "s1vmid", True), (0, 7, 0): ("vmalle1", "s1vmid", False),
    (4, 0, 1): ("ipas2e1is", "s2ipa", True), (4, 4, 1): ("ipas2e1", "s2ipa", False),
    (4, 0, 5): ("ipas2le1is", "s2ipa", True), (4, 4, 5): ("ipas2le1", "s2ipa", False),
    (4, 3, 6): ("vmalls12e1is", "vmid", True), (4, 7, 6): ("vmalls12e1", "vmid", False),
    (4, 3, 4): ("alle1is", "alle1", True), (4, 7, 4): ("alle1", "alle1", False),
    (4, 3, 0): ("alle2is", "el2all", True), (4, 7, 0): ("alle2", "el2all", False),
    (4, 3, 1): ("vae2is", "el2va", True), (4, 7, 1): ("vae2", "el2va", False),
    (4, 3, 5): ("vale2is", "el2va", True), (4, 7, 5): ("vale2", "el2va", False),
}


class Exception2:
    """An exception to EL2: an E line."""

    def __init__(self, words):
        self.vector, self.esr, self.far, self.hpfar = (int(w, 16) for w in words[2:6])
        self.x = [int(w, 16) for w in words[6:11]]
        self.ec = self.esr >> 26 & 0x3f

    def is_call(self):
        return self.vector & 0x780 in (0x400, 0x600) and self.ec == EC_HVC and not self.esr & 0xffff

    def call(self):
        """The hypercall's name, or None."""
        return CALLS.get(self.x[0]) if self.is_call() else None

    def ipa(self):
        return (self.hpfar >> 4) * PAGE | self.far & (PAGE - 1)

    def describe(self, guest):
        who = "guest" if guest else "host"
        if self.vector & 0x180:
            return f"{who}'s interrupt"
        if self.ec == EC_HVC and not guest:
            name = self.call() or f"call {self.x[0]:#x}"
            return f"{name}({', '.join(f'{x:#x}' for x in self.x[1:])})"
        if self.ec in (EC_HVC, EC_SMC):
            return f"{who}'s {'HVC' if self.ec == EC_HVC else 'SMC'} {self.x[0]:#x}({self.x[1]:#x})"
        if self.ec in (EC_IABT, EC_DABT):
            return f"{who}'s fault at {self.ipa():#x}, ESR {self.esr:#x}"
        return f"{who}'s exception, ESR {self.esr:#x}"


def runs(words):
    """The 512 entries of a T line from its runs index:count:value:step."""
    entries = [0] * 512
    for word in words:
        index, count, value, step = word.split(":")
        index, count, value, step = int(index), int(count), int(value, 16), int(step, 16)
        for i in range(count):
            entries[index + i] = value + i * step & (1 << 64) - 1
    return entries


def layout():
    """EL2's virtual addresses by name."""
    path = os.path.join(os.path.dirname(__file__), "../../el2/arch/aarch64/arch/layout.h")
    with open(path, encoding="utf-8") as header:
        return {name: int(value, 16)
                for name, value in re.findall(r"#define (\w+_VA)\s+(0x[0-9a-f]+)", header.read())}


LAYOUT = layout()
