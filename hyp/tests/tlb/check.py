#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds what EL2 does to translation tables, TLBs and caches against the rules of rules.py.

  check.py [--repeat] [--minimum N] STREAM...   checks streams of donjon-tlb.so
  check.py --cases FOLDER                       hand-made streams: each must break the rules in its second line,
                                                "# breaks: RULE...", and no other
  check.py --rules                              prints the rules

--repeat: the module runs with tlbi_repeat=1. --minimum N: fewer entry stores than that are a failure, for a checker
that saw nothing proves nothing. Exit status: 0 no violation, 1 violations, 2 usage.
"""

import argparse
import os
import sys
from collections import Counter, deque

import pages
from rules import RULES
from stream import GUEST_VMID, LAYOUT, PA_MASK, PAGE, TLBI, VM_INDEX, Exception2, runs
from tables import COUNT, EL2, HOST, STATE, Leaf, Root, Table, Tables, is_table, level_size, state

FIXMAP = range(LAYOUT["FIXMAP_VA"], LAYOUT["LOG_VA"])
NSH, ISH = 1, 2
EPD = 1 << 7 | 1 << 23
MMU_ON = 1		# SCTLR_EL1.M

# Mistakes of a TLBI, the most telling first: an address that was never right comes before what follows from it.
WRONG_ADDRESS = "wrong address"
ORDER = [WRONG_ADDRESS, *RULES]

# How far the invalidation of a broken entry has come.
BROKEN, STORED, BY_IPA, BY_IPA_DONE, ISSUED = range(5)

ALL = -1			# every VMID


class Pending:
    """A broken entry whose translations may still be in use."""

    def __init__(self, cpu, root, level, ia, pte):
        self.cpu, self.root, self.level, self.ia, self.size = cpu, root, level, ia, level_size(level)
        self.table = is_table(pte, level)
        self.local = root.kind == EL2 and ia in FIXMAP
        self.stage = BROKEN
        self.rounds = 0
        self.leaves = []	# what it mapped
        self.pages = []		# the tables that it led to
        self.reported = self.missed = False

    def overlaps(self, pa, size):
        return any(leaf.overlaps(pa, size) for leaf in self.leaves)

    def __str__(self):
        what = "table" if self.table else "entry"
        return f"{what} of {self.root.name()}, level {self.level}, address {self.ia:#x}"


class Cpu:
    def __init__(self, number):
        self.number = number
        self.pending = []
        self.new = []			# entries made valid, not published
        self.zeroing, self.cleaning = [], []
        self.fixmap_entries = {}
        self.vttbr = self.vtcr = self.vbar = self.host_vbar = None
        self.isb = True
        self.exception = None		# now at EL2
        self.run = self.vcpu = None		# VMID and index that VCPU_RUN names
        self.flushing, self.flushed = set(), set()	# VMIDs without stage 1 entries here: after a DSB, and now
        self.emptying, self.emptied = set(), set()	# VMIDs of which nothing is cached from before; ALL: of none
        self.icache = 0			# when its last IC IALLUIS was
        self.releasing = False
        self.locks = set()		# addresses of those it holds or waits for
        self.leaving, self.inside = set(), None		# VMIDs that are being flushed; the guest that runs here
        self.what = "boot"


class Checker:
    def __init__(self, repeat=False, on_violation=None):
        self.rounds = 2 if repeat else 1
        self.on_violation = on_violation
        self.seen = {}
        self.broken = Counter()
        self.operations = 0
        self.handlers = {"N": self.on_new, "T": self.on_table, "R": self.on_root, "D": self.on_destroyed,
                         "E": self.on_entry, "X": self.on_eret, "W": self.on_store, "B": self.on_dsb,
                         "S": self.on_isb, "I": self.on_tlbi, "Z": self.on_zero, "C": self.on_clean,
                         "K": self.on_icache, "F": self.on_features, "L": self.on_lock, "M": self.on_msr, "U": self.on_release,
                         "O": self.on_unknown, "Q": self.on_gone}
        self.last = deque(maxlen=24)
        self.forget()

    def forget(self):
        self.tables = Tables()
        self.pages = pages.Pages(self)
        self.cpus = {}
        self.pending = []
        self.detached = {}
        self.fixmap_cpu = {}		# which CPU uses it
        self.dic = True			# instruction caches need no IC
        self.clock = self.fetched = 0	# lines so far; up to which one nothing old is fetched any more

    # -- Reports --

    def violation(self, rule, cpu, text):
        self.broken[rule] += 1
        if self.on_violation:
            self.on_violation(rule, cpu, text)

    def cpu(self, number):
        cpu = self.cpus.get(number)
        if not cpu:
            cpu = self.cpus[number] = Cpu(int(number))
        return cpu

    def line(self, line):
        words = line.split()
        if not words or words[0] == "#":
            return
        kind = words[0]
        self.last.append(line)
        self.seen[kind] = self.seen.get(kind, 0) + 1
        self.clock += 1
        try:
            handler = self.handlers[kind]
            if handler:
                handler(self.cpu(words[1]), words)
        except (KeyError, IndexError, ValueError) as error:
            self.violation("stream", self.cpu("0"), f"line '{line.strip()[:80]}': {type(error).__name__} {error}")

    # -- Tables come and go --

    def on_new(self, cpu, words):
        self.forget()

    def on_table(self, cpu, words):
        pa = int(words[2], 16)
        if pa in self.detached:
            self.violation("table-reuse", cpu,
                           f"table page {pa:#x} is linked again before {self.detached[pa]} is invalidated")
        self.tables.table[pa] = Table(int(words[3]), runs(words[5:]), words[4] == "1")

    def on_root(self, cpu, words):
        root = Root(words[2], int(words[3], 16), int(words[4]), int(words[5]), int(words[6]))
        self.tables.roots[root.pa] = root
        for i in range(root.pages()):
            size = level_size(root.level) * 512
            for table in self.below(root.pa + i * PAGE):
                table.fresh = False	# nothing walks from here yet
            self.attach(cpu, root.pa + i * PAGE, root, i * size, None)

    def below(self, pa):
        table = self.tables.table.get(pa)
        if table:
            yield table
            for pte in table.entry:
                if is_table(pte, table.level):
                    yield from self.below(pte & PA_MASK)

    def attach(self, cpu, pa, root, base, before):
        """A table becomes live at base; before: the host's entry that it replaces."""
        table = self.tables.table.get(pa)
        if not table:
            self.violation("stream", cpu, f"table {pa:#x} is linked, its contents are unknown")
            return
        if table.fresh:
            self.violation("publish", cpu,
                           f"table page {pa:#x} is linked for {root.name()} at {base:#x}; its contents may not be visible yet")
        table.root, table.base, table.fresh = root, base, False
        for index, pte in enumerate(table.entry):
            if pte or before:
                self.appears(cpu, table, pa, index, pte, pages.part(before, table, index))

    def appears(self, cpu, table, pa, index, pte, before):
        """An entry that was not valid becomes pte; before: what the host's table said about these addresses."""
        ia, root = table.ia(index), table.root
        if is_table(pte, table.level):
            self.attach(cpu, pte & PA_MASK, root, ia, before)
            return
        if root.kind == HOST:
            self.pages.host_entry(cpu, ia, level_size(table.level), before, pte)
        if pte & 1:
            leaf = Leaf(root, table.level, ia, pte)
            self.made(cpu, leaf)
            if root.kind == EL2 and ia in FIXMAP:
                cpu.fixmap_entries[ia] = leaf
                if self.fixmap_cpu.setdefault(ia, cpu.number) != cpu.number:
                    self.violation("fixmap", cpu,
                                   f"the fixmap entry at {ia:#x} is CPU {self.fixmap_cpu[ia]}'s")
            else:
                self.tables.map(leaf, (pa, index))

    def made(self, cpu, leaf):
        for p in self.pending:
            if p.reported or not p.overlaps(leaf.pa, leaf.size):
                continue
            if not (p.root is leaf.root and p.ia < leaf.ia + leaf.size and leaf.ia < p.ia + p.size):
                self.violation("hand-over", cpu,
                               f"{leaf.pa:#x} is mapped for {leaf.root.name()} at {leaf.ia:#x} before the {p} is invalidated")
        if not (leaf.root.kind == EL2 and leaf.ia in FIXMAP):
            self.pages.made(cpu, leaf)

    def detach(self, cpu, pa, p):
        """The table and all below it are reached no more, once p is done."""
        table = self.tables.table.get(pa)
        if not table:
            return
        p.pages.append(pa)
        self.detached[pa] = p
        for index, pte in enumerate(table.entry):
            if is_table(pte, table.level):
                self.detach(cpu, pte & PA_MASK, p)
            elif pte & 1:
                self.unmapped(cpu, table, pa, index, pte, p)
            elif table.root.kind == HOST and pte:
                self.pages.host_entry(cpu, table.ia(index), level_size(table.level), pte, 0)
        table.root = None

    def unmapped(self, cpu, table, pa, index, pte, p):
        leaf = Leaf(table.root, table.level, table.ia(index), pte)
        p.leaves.append(leaf)
        if p.local:
            cpu.fixmap_entries.pop(leaf.ia, None)
        else:
            self.tables.unmap(leaf, (pa, index))
            self.pages.unmapped(cpu, leaf)

    def on_destroyed(self, cpu, words):
        root = self.tables.roots.pop(int(words[2], 16), None)
        for i in range(root.pages() if root else 0):
            table = self.tables.table.pop(root.pa + i * PAGE)
            if any(table.entry):
                self.violation("root-live", cpu, f"{root.name()} is destroyed; its root still has entries")

    # -- Stores --

    def on_store(self, cpu, words):
        pa, new = int(words[2], 16), int(words[4], 16)
        page, index = pa & ~(PAGE - 1), pa % PAGE // 8
        table = self.tables.table[page]
        if page in self.detached:
            self.violation("table-reuse", cpu,
                           f"a store to table page {page:#x} before the {self.detached[page]} is invalidated")
        old, table.entry[index] = table.entry[index], new
        if int(words[3], 16) != old:
            self.violation("stream", cpu, f"entry {pa:#x} was {int(words[3], 16):#x}, not {old:#x}")
        if table.root and old != new:
            self.entry_store(cpu, table, page, index, old, new)

    def entry_store(self, cpu, table, page, index, old, new):
        root, ia, size = table.root, table.ia(index), level_size(table.level)
        if old & new & 1:
            ignored = COUNT if is_table(old, table.level) else STATE
            if not (old ^ new) & ~ignored:
                if ignored == STATE:
                    self.state_store(cpu, table, page, index, old, new)
                return
            self.violation("break-before-make", cpu,
                           f"{root.name()}, level {table.level}, address {ia:#x}: {old:#x} becomes {new:#x}")
        if old & 1:
            self.break_entry(cpu, table, page, index, old).reported = bool(new & 1)
        if new & 1:
            for p in self.pending:
                if p.root is root and p.ia < ia + size and ia < p.ia + p.size and not p.reported:
                    p.reported = True
                    self.violation("make-early", cpu,
                                   f"{root.name()} at {ia:#x} is made valid before the {p} is invalidated")
            cpu.new.append((root, ia))
        before = old if root.kind == HOST and not old & 1 else pages.NOTHING
        if new & 1 or root.kind == HOST:
            self.appears(cpu, table, page, index, new, before)

    def break_entry(self, cpu, table, page, index, old):
        root = table.root
        p = Pending(cpu, root, table.level, table.ia(index), old)
        p.rounds = 1 if p.local else self.rounds
        cpu.pending.append(p)
        self.pending.append(p)
        if p.table:
            self.detach(cpu, old & PA_MASK, p)
        else:
            self.unmapped(cpu, table, page, index, old, p)
        if root.unused:
            self.done(cpu, p)	# nothing can have been cached
        return p

    def state_store(self, cpu, table, page, index, old, new):
        leaf = Leaf(table.root, table.level, table.ia(index), new)
        self.tables.map(leaf, (page, index))
        self.pages.state(cpu, leaf, state(old))

    # -- Barriers and invalidation --

    def on_dsb(self, cpu, words):
        crm = int(words[2])
        domain = {0: 3, NSH: 1, ISH: 2, 3: 4}[crm >> 2]		# their order of size
        stores, full, shareable = crm & 2, crm & 3 == 3, domain >= 2
        for p in list(cpu.pending):
            if not shareable and not p.local:
                continue
            if p.stage == BROKEN and stores:
                p.stage = STORED
            elif p.stage == BY_IPA and full:
                p.stage = BY_IPA_DONE
            elif p.stage == ISSUED and full:
                p.rounds -= 1
                p.stage = STORED
                if not p.rounds:
                    self.done(cpu, p)
        if full:
            cpu.flushed |= cpu.flushing
            cpu.flushing.clear()
            cpu.emptied |= cpu.emptying
            cpu.emptying.clear()
            for root in filter(None, map(self.tables.guest, cpu.leaving)):
                root.unused = all(other.inside is not root for other in self.cpus.values())
            cpu.leaving.clear()
        if stores and shareable:
            cpu.new.clear()
            self.pages.ordered(cpu.zeroing)
        if full and shareable:
            self.pages.cleaned(cpu.cleaning)
            self.fetched = max(self.fetched, cpu.icache)

    def done(self, cpu, p):
        cpu.pending.remove(p)
        self.pending.remove(p)
        for pa in p.pages:
            self.detached.pop(pa, None)
        for leaf in p.leaves if not self.dic else ():
            self.pages.gone(leaf.pa, leaf.size)

    def on_icache(self, cpu, words):
        cpu.icache = self.clock

    def on_features(self, cpu, words):
        self.dic = words[2] == "1"

    def on_isb(self, cpu, words):
        cpu.isb = True

    def on_tlbi(self, cpu, words):
        known = TLBI.get(tuple(int(w) for w in words[2:5]))
        if not known:
            self.violation("unknown", cpu, f"TLBI op1 {words[2]}, CRm {words[3]}, op2 {words[4]}")
            return
        name, scope, everywhere = known
        if scope in ("s1vmid", "vmid", "alle1") and cpu.vttbr is not None:
            for other in self.cpus.values() if everywhere else (cpu,):
                other.flushing.add(cpu.vttbr >> 48)
        if scope == "alle1" or scope == "vmid" and cpu.vttbr is not None:
            for other in self.cpus.values() if everywhere else (cpu,):
                other.emptying.add(ALL if scope == "alle1" else cpu.vttbr >> 48)
        if scope == "vmid" and everywhere and cpu.vttbr is not None and cpu.isb:
            cpu.leaving.add(cpu.vttbr >> 48)
        mistakes = [self.invalidate(cpu, p, scope, everywhere, int(words[5], 16)) for p in cpu.pending]
        if not mistakes or not all(mistakes):
            return
        # The one that came nearest; each of the others says less.
        rule = min(mistakes, key=ORDER.index)
        p = cpu.pending[mistakes.index(rule)]
        if rule == "address":
            # A range may begin with pages that were not mapped: said only if the right address never comes.
            for q, mistake in zip(cpu.pending, mistakes):
                q.missed |= mistake == rule
        elif not p.reported:
            p.reported = True
            rule = "address" if rule == WRONG_ADDRESS else rule
            self.violation(rule, cpu,
                           f"TLBI {name.upper()} with {words[5]}, VMID {(cpu.vttbr or 0) >> 48}, for the {p}")

    def invalidate(self, cpu, p, scope, everywhere, xt):
        """Brings p forward. Returns the rule that keeps this TLBI from doing so, or None."""
        if (scope in ("el2all", "el2va")) != (p.root.kind == EL2):
            return "scope"
        if scope in ("s2ipa", "s1vmid", "vmid"):
            if cpu.vttbr is not None and cpu.vttbr >> 48 != p.root.vmid:
                return "vmid"
            if not cpu.isb:
                return "isb"
        if scope in ("s2ipa", "el2va"):
            if not self.names(p, xt, 36 if scope == "s2ipa" else 44):
                return "address"
            if p.table:
                return "scope"
        if p.stage == BROKEN:
            return "dsb-before"
        if not everywhere and not p.local:
            return "shareability"
        if scope == "s2ipa":
            p.stage = max(p.stage, BY_IPA)
        elif scope == "s1vmid":
            if p.stage != BY_IPA_DONE:
                return "ipas2-dsb" if p.stage == BY_IPA else WRONG_ADDRESS if p.missed else "ipas2"
            p.stage = ISSUED
        else:
            p.stage = ISSUED
        return None

    @staticmethod
    def names(p, xt, bits):
        """Whether the operand of a TLBI by address, with a level hint or without, is in p."""
        hint = xt >> 44 & 15
        if hint and (hint >> 2 != 1 or hint & 3 != p.level):
            return False
        address = (xt & (1 << bits) - 1) << 12
        return p.ia & (1 << bits + 12) - 1 <= address < (p.ia & (1 << bits + 12) - 1) + p.size

    def unclean(self, cpu, rule, where):
        for p in list(cpu.pending):
            if not p.reported:
                self.violation(self.missing(p) or rule, cpu, f"{where}: the {p} is not invalidated")
            self.done(cpu, p)	# said once

    def missing(self, p):
        """The second half, the second round or the right address was left out: rules of their own."""
        if p.stage == BY_IPA_DONE:
            return "ipas2"
        if p.stage == STORED and p.rounds < (1 if p.local else self.rounds):
            return "repeat"
        if p.stage == STORED and p.missed:
            return "address"
        return None

    def on_lock(self, cpu, words):
        cpu.locks.add(words[2])	# again where another CPU drew a ticket in between

    def on_release(self, cpu, words):
        cpu.locks.discard(words[2])
        self.unclean(cpu, "unlock", "a lock is released")

    # -- Into EL2 and out of it --

    def on_entry(self, cpu, words):
        guest = cpu.vbar != cpu.host_vbar
        cpu.inside = None
        cpu.exception = Exception2(words)
        cpu.what = cpu.exception.describe(guest)
        self.operations += 1
        call = None if guest else cpu.exception.call()
        if call == "VCPU_RUN":
            cpu.run, cpu.vcpu = GUEST_VMID + (cpu.exception.x[1] & VM_INDEX), cpu.exception.x[2]
            root = self.tables.guest(cpu.run)
            if root:
                root.running = True
        cpu.releasing = call == "CPU_RELEASE"

    def on_eret(self, cpu, words):
        self.unclean(cpu, "eret", "ERET")
        for ia in cpu.fixmap_entries:
            self.violation("fixmap", cpu, f"the fixmap entry at {ia:#x} is open at ERET")
        for root, ia in cpu.new:
            self.violation("publish-eret", cpu, f"the entry of {root.name()} at {ia:#x} may not be visible at ERET")
        cpu.new.clear()
        if cpu.vttbr is not None and not cpu.releasing:
            self.eret_table(cpu)
        cpu.exception = None

    def eret_table(self, cpu):
        root = self.tables.roots.get(cpu.vttbr & PA_MASK & ~1)
        if cpu.vbar == cpu.host_vbar:
            wanted = self.tables.root_of(HOST)
        else:
            wanted = self.tables.guest(cpu.run)
            if wanted:
                wanted.ran = True
                wanted.unused, cpu.inside = False, wanted
                self.separate(cpu, wanted)
        if cpu.emptied.isdisjoint((ALL, cpu.vttbr >> 48)):
            cpu.emptied.add(cpu.vttbr >> 48)	# said once
            self.violation("first-vmid", cpu, f"VMID {cpu.vttbr >> 48} is used without any invalidation of it before")
        if not wanted or root is not wanted:
            self.violation("vttbr", cpu,
                           f"at ERET VTTBR_EL2 is {cpu.vttbr:#x}, not {wanted.name() if wanted else 'that of a VM'}")
        elif cpu.vtcr is not None and (64 - (cpu.vtcr & 63), 2 - (cpu.vtcr >> 6 & 3)) != (root.ia_bits, root.level):
            self.violation("vtcr", cpu,
                           f"at ERET VTCR_EL2 is {cpu.vtcr:#x}; {root.name()} has {root.ia_bits} bits, level {root.level}")

    def separate(self, cpu, root):
        last = root.last_vcpu.get(cpu.number, cpu.vcpu)
        if last != cpu.vcpu and root.vmid not in cpu.flushed:
            self.violation("vcpus", cpu, f"vCPU {cpu.vcpu} of {root.name()} runs where vCPU {last} did before")
        root.last_vcpu[cpu.number] = cpu.vcpu
        cpu.flushed.discard(root.vmid)

    def on_gone(self, cpu, words):
        self.unclean(cpu, "eret", "the CPU is given back")
        del self.cpus[words[1]]

    def on_msr(self, cpu, words):
        value = int(words[3], 16)
        if words[2] == "vtcr":
            cpu.vtcr = value
        elif words[2] == "vbar":
            cpu.vbar = value
            if cpu.host_vbar is None:
                cpu.host_vbar = value
        else:
            self.new_vttbr(cpu, value, int(words[4], 16), int(words[5], 16) if len(words) > 5 else MMU_ON)

    def new_vttbr(self, cpu, value, tcr_el1, sctlr_el1):
        if cpu.releasing:
            return
        root = self.tables.roots.get(value & PA_MASK & ~1)
        if not root or root.vmid != value >> 48 or root.kind == EL2:
            self.violation("vttbr", cpu,
                           f"VTTBR_EL2 becomes {value:#x}, which is {'no table' if not root else root.name()}")
        if cpu.vttbr is not None and cpu.vttbr >> 48 != value >> 48 and \
           (tcr_el1 & EPD != EPD or not sctlr_el1 & MMU_ON):
            self.violation("walks-off", cpu,
                           f"VTTBR_EL2 goes from {cpu.vttbr:#x} to {value:#x} with TCR_EL1 {tcr_el1:#x}, SCTLR_EL1 {sctlr_el1:#x}")
        cpu.vttbr = value
        cpu.isb = False

    # -- Contents of pages --

    def on_zero(self, cpu, words):
        pa, size = int(words[2], 16), int(words[3], 16)
        self.touched(cpu, pa, size, "zeroed")
        self.pages.changed(cpu, pa)
        for page in range(pa & ~(PAGE - 1), pa + size, PAGE):
            table = self.tables.table.get(page)
            if page in self.detached:
                self.violation("table-reuse", cpu,
                               f"table page {page:#x} is cleared before the {self.detached[page]} is invalidated")
            elif table and table.root and any(table.entry):
                self.violation("table-live", cpu, f"table page {page:#x} of {table.root.name()} is cleared")
            if table:
                for index in range(max(pa - page, 0) // 8, min(pa + size - page, PAGE) // 8):
                    table.entry[index] = 0
        self.pages.zeroed(cpu, pa, size)

    def on_clean(self, cpu, words):
        pa, size = int(words[2], 16), int(words[3], 16)
        self.touched(cpu, pa, size, "cleaned")
        self.pages.changed(cpu, pa)
        self.pages.clean(cpu, pa, size, words[5] == "1")

    def touched(self, cpu, pa, size, how):
        for p in self.pending:
            if not p.local and not p.reported and p.overlaps(pa, size):
                p.reported = True
                self.violation("touch-early", cpu, f"{pa:#x} is {how} before the {p} is invalidated")
                return

    def on_unknown(self, cpu, words):
        self.violation("unknown", cpu, f"instruction {words[2]}")


def explain(checker, out):
    """Prints violations as they come, with what happened last; after some, only counts."""
    shown = Counter()

    def tell(rule, cpu, text):
        shown[rule] += 1
        if shown[rule] > 3:
            return
        print(f"violation: {rule}: {RULES[rule]}\n  CPU {cpu.number}, {cpu.what}: {text}\n  last events:", file=out)
        for line in checker.last:
            print(f"    {line.rstrip()[:120]}", file=out)
    checker.on_violation = tell


def check_files(arguments):
    status = 0
    for path in arguments.stream:
        checker = Checker(arguments.repeat)
        explain(checker, sys.stdout)
        with open(path, encoding="ascii") as stream:
            for line in stream:
                checker.line(line)
        n, stores = sum(checker.broken.values()), checker.seen.get("W", 0)
        few = stores < arguments.minimum
        print(f"{os.path.basename(path)}: {checker.operations} operations, {stores} entry stores, {checker.seen.get('I', 0)} TLBIs, "
              f"{n} violations{': ' + ', '.join(f'{r} {c}' for r, c in checker.broken.items()) if n else ''}")
        if few:
            print(f"{path}: {stores} entry stores are fewer than {arguments.minimum} (--minimum): the plugin saw too little")
        status |= bool(n or few)
    return status


def check_cases(folder):
    """TAP."""
    number = status = 0
    fired = set()
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".ev"):
            continue
        with open(os.path.join(folder, name), encoding="ascii") as case:
            lines = case.read().splitlines()
        mark, _, wanted = lines[1].partition("# breaks:")
        wanted = set(wanted.split())
        checker = Checker("# options: --repeat" in lines)
        seen = []
        checker.on_violation = lambda rule, cpu, text: seen.append(f"{rule}: {text}")
        for line in lines:
            if line.startswith("include "):
                with open(os.path.join(folder, line.split()[1]), encoding="ascii") as more:
                    for other in more:
                        checker.line(other)
            else:
                checker.line(line)
        number += 1
        good = set(checker.broken) == wanted and not mark
        fired |= set(checker.broken)
        status |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}: {' '.join(sorted(wanted)) or 'nothing'} broken")
        if not good:
            print("\n".join(f"# seen: {text}" for text in seen) or "# no rule fired")
    never = set(RULES) - fired
    number += 1
    status |= bool(never)
    print(f"{'not ok' if never else 'ok'} {number} - each rule has a case that breaks it {' '.join(sorted(never))}\n1..{number}")
    return int(status)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--minimum", type=int, default=1)
    parser.add_argument("--cases")
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("stream", nargs="*")
    arguments = parser.parse_args()
    if arguments.rules:
        for rule, text in RULES.items():
            print(f"{rule:18} {text}")
        return 0
    if arguments.cases:
        return check_cases(arguments.cases)
    if not arguments.stream:
        parser.error("name a stream, or --cases FOLDER, or --rules")
    return check_files(arguments)


if __name__ == "__main__":
    sys.exit(main())
