#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What each operation of EL2 costs, from a stream of donjon-tlb.so while donjon-counts ran.

  counts.py --compiler VERSION --lock ADDRESS [--update] BASELINE STREAM

Seven figures: instructions at EL2, TLBIs, DSBs, cache lines zeroed or cleaned, stores to entries of tables; masked: the
most instructions in a row with interrupts masked, which they are from an exception to EL2 to its ERET (a call that the
host repeats because EL2 has not finished it is one operation of several such stretches); locked: the same with the
host's lock held, which is at ADDRESS. Both have a bound. A row is an operation with its size and its case: the kind of VM, and the tables that it made or gave up. Of several of one row the
cheapest counts. Any difference from BASELINE is a failure, a better figure too, so that the file never lies; --update
writes it anew. Instructions depend on the compiler: with another VERSION than the baseline's they may differ by 15 per
cent. Status: 0 the same, 1 not, 2 usage.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tlb"))

from check import Checker
from stream import EC_DABT, EC_HVC, EC_IABT, EC_SMC, GUEST_VMID, PAGE, VM_INDEX
from tables import EL2, GUEST, HOST

FIGURES = ("instructions", "TLBIs", "DSBs", "lines", "stores", "masked", "locked")
OF_INSTRUCTIONS = ("instructions", "masked", "locked")
BOUNDS = {"masked": 100000, "locked": 5000}
TOLERANCE = 15		# per cent
LINE = 64
SIZE_ARGUMENT = {"VM_MAP": 4, "VM_UNMAP": 3, "VM_RECLAIM": 3, "VM_TOPUP": 3, "POOL_DONATE": 2}
OF_A_VM = {"VM_MAP", "VM_UNMAP", "VM_RECLAIM"}
GUEST_CALLS = {0xc6000003: "MEM_SHARE", 0xc6000004: "MEM_UNSHARE"}
IPA_STATE_SET = 0xc4000197
RIPAS = {0: "EMPTY", 1: "RAM"}
MEASURED = {"VM_CREATE", "VCPU_CREATE", "VM_TOPUP", "VM_ADD_RAM", "VM_MAP", "VM_UNMAP", "VM_KILL", "VM_RECLAIM", "VM_DESTROY"}
PROTECTED = 1
MARK = 1		# LEDGER of this address: what follows is only held against the bounds


def size_name(size):
    names = {PAGE: "4 KiB", 1 << 21: "2 MiB", 1 << 30: "1 GiB"}
    return names.get(size) or f"{size // PAGE} pages"


class Operation:
    def __init__(self, exception, guest, activated):
        self.exception, self.guest, self.activated = exception, guest, activated
        self.figures = dict.fromkeys(FIGURES, 0)
        self.tables = {HOST: 0, GUEST: 0, EL2: 0}
        self.taken, self.mapped = False, ""
        self.since = None		# where the host's lock was taken

    def goes_on(self, exception):
        """The host repeats the call, further on in its range."""
        was = self.exception
        return was.is_call() and exception.is_call() and was.x[:2] == exception.x[:2]


class Counter(Checker):
    """Follows the tables as the checker does, and adds up."""

    def __init__(self, lock):
        super().__init__()
        self.lock = lock
        self.now = {}
        self.unfinished, self.longest = {}, {}
        self.rows = {}
        self.created = {}
        self.kind = {}
        self.measures = True		# until the program says so: see operations.c

    def line(self, line):
        super().line(line)
        words = line.split()
        operation = self.now.get(words[1])
        if not operation:
            return
        figures = operation.figures
        if words[0] == "I":
            figures["TLBIs"] += 1
        elif words[0] == "B":
            figures["DSBs"] += 1
        elif words[0] in "ZC":
            figures["lines"] += int(words[3], 16) // LINE
        elif words[0] == "L" and int(words[2], 16) == self.lock:
            operation.since = int(words[3])
        elif words[0] == "U" and int(words[2], 16) == self.lock:
            figures["locked"] = max(figures["locked"], int(words[3]) - operation.since)

    def entry_store(self, cpu, table, page, index, old, new):
        operation = self.now.get(str(cpu.number))
        if operation:
            operation.figures["stores"] += 1
        super().entry_store(cpu, table, page, index, old, new)

    def attach(self, cpu, pa, root, base, before):
        if str(cpu.number) in self.now:
            self.now[str(cpu.number)].tables[root.kind] += 1
        super().attach(cpu, pa, root, base, before)

    def detach(self, cpu, pa, p):
        if str(cpu.number) in self.now:
            self.now[str(cpu.number)].tables[p.root.kind] -= 1
        super().detach(cpu, pa, p)

    def made(self, cpu, leaf):
        if leaf.root.kind == HOST and str(cpu.number) in self.now:
            self.now[str(cpu.number)].mapped = size_name(leaf.size)
        super().made(cpu, leaf)

    def unmapped(self, cpu, table, pa, index, pte, p):
        if table.root.kind == GUEST and str(cpu.number) in self.now:
            self.now[str(cpu.number)].taken = True
        super().unmapped(cpu, table, pa, index, pte, p)

    def on_root(self, cpu, words):
        super().on_root(cpu, words)
        if words[2] == GUEST:
            self.kind[int(words[6])] = "protected" if self.created[words[1]] & PROTECTED else "unprotected"

    def on_entry(self, cpu, words):
        super().on_entry(cpu, words)
        exception = cpu.exception
        call = exception.call()
        root = self.tables.guest(GUEST_VMID + (exception.x[1] & VM_INDEX)) if call in OF_A_VM else None
        before = self.unfinished.pop(words[1], None)
        self.now[words[1]] = before if before and before.goes_on(exception) else \
            Operation(exception, cpu.vbar != cpu.host_vbar, root and root.running)
        if call == "VM_CREATE":
            self.created[words[1]] = exception.x[1]

    def on_eret(self, cpu, words):
        operation = self.now.pop(words[1], None)
        super().on_eret(cpu, words)
        if not operation:
            return
        operation.figures["instructions"] += int(words[2])
        operation.figures["masked"] = max(operation.figures["masked"], int(words[2]))
        if operation.exception.is_call() and int(words[3], 16) == operation.exception.x[0]:
            self.unfinished[words[1]] = operation	# nothing answers so
            return
        answer = int(words[3], 16)
        name = self.name(operation, answer, int(words[5], 16), cpu)
        if name and self.measures:
            best = self.rows.setdefault(name, operation.figures)
            self.rows[name] = min(best, operation.figures, key=lambda f: [f[k] for k in FIGURES])
        longest = self.longest.setdefault(self.any_name(operation, answer), dict.fromkeys(BOUNDS, 0))
        for figure in BOUNDS:
            longest[figure] = max(longest[figure], operation.figures[figure])
        if operation.exception.call() == "LEDGER" and operation.exception.x[1] == MARK:
            self.measures = False

    @staticmethod
    def any_name(operation, answer):
        """What it is, refused or not: a bound holds for everything."""
        call = operation.exception.call() if not operation.guest else None
        if not call:
            return "a guest's exits" if operation.guest else "other exceptions of the host"
        if call == "VCPU_RUN":	# the guest's x0 is no answer
            return call
        return f"{call}, refused ({answer - (1 << 64)})" if answer >> 63 else call

    def name(self, operation, answer, result2, cpu):
        """The row, or None for what is not measured."""
        e, to_host = operation.exception, cpu.vbar == cpu.host_vbar
        abort = e.ec in (EC_IABT, EC_DABT) and e.vector & 0x180 == 0
        if operation.guest:
            is_call = e.ec in (EC_HVC, EC_SMC) and not e.vector & 0x180
            call = GUEST_CALLS.get(e.x[0]) if is_call else None
            if is_call and e.x[0] == IPA_STATE_SET:
                there = "" if to_host or operation.figures["lines"] else ", nothing there"
                call = f"IPA_STATE_SET {size_name(e.x[2] - e.x[1])} to {RIPAS[e.x[3]]}{there}"
            if call:
                asks = ", asks the host" if to_host and call != "MEM_SHARE" else ""
                return f"{call} by a guest{asks}{self.case(operation)}"
            return "guest's fault, to the host" if abort and to_host else None
        if abort:
            return self.host_fault(operation)
        call = e.call()
        if call == "VCPU_RUN" and not to_host:
            return "VCPU_RUN, into the guest"
        if call == "VM_DESTROY" and answer == 0:
            return f"VM_DESTROY, {('a cached page', 'a vCPU', 'the rest')[result2]}{self.case(operation)}"
        if call not in MEASURED or answer:
            return None
        size = f" {size_name(e.x[SIZE_ARGUMENT[call]])}" if call in SIZE_ARGUMENT else ""
        kind = f", {self.kind.get(GUEST_VMID + (e.x[1] & VM_INDEX), '?')}" if call in OF_A_VM else ""
        return f"{call}{size}{kind}{', activated' if call == 'VM_MAP' and operation.activated else ''}{self.case(operation)}"

    def host_fault(self, operation):
        if operation.taken:
            return f"forced reclaim{self.case(operation)}"
        if not operation.figures["stores"]:
            return "host's fault, refused"
        return f"host's fault, maps {operation.mapped}{self.case(operation)}"

    @staticmethod
    def case(operation):
        names = {HOST: "host", GUEST: "guest", EL2: "EL2"}
        changed = [f"{names[kind]} {n:+d}" for kind, n in operation.tables.items() if n]
        return f"; tables: {', '.join(changed)}" if changed else ""


def read_baseline(path):
    compiler, rows = None, {}
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.startswith("compiler "):
                    compiler = line.split()[1]
                elif line.strip() and not line.startswith("#") and "|" in line:
                    name, figures = line.split("|")
                    rows[name.strip()] = dict(zip(FIGURES, map(int, figures.split())))
    except FileNotFoundError:
        pass
    return compiler, rows


def write_baseline(path, compiler, rows):
    width = max(map(len, rows))
    with open(path, "w", encoding="utf-8") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0-only\n"
                   "# What each operation of EL2 costs; 'make counts' compares, 'make counts UPDATE=1' writes this file (counts.py says more).\n"
                   f"compiler {compiler}\n\n# {'operation':{width - 2}} | {' '.join(f'{f:>12}' for f in FIGURES)}\n")
        for name, figures in sorted(rows.items()):
            file.write(f"{name:{width}} | {' '.join(f'{figures[f]:12}' for f in FIGURES)}\n")


def compare(baseline, rows, same_compiler):
    """Lines that say what differs."""
    for name in sorted(baseline.keys() - rows.keys()):
        yield f"{name}: was not seen; if it is gone: make counts UPDATE=1"
    for name in sorted(rows.keys() - baseline.keys()):
        yield f"{name}: is new, the baseline does not have it: make counts UPDATE=1"
    for name in sorted(rows.keys() & baseline.keys()):
        for figure in FIGURES:
            want, got = baseline[name][figure], rows[name][figure]
            if figure in OF_INSTRUCTIONS and not same_compiler and abs(got - want) * 100 <= TOLERANCE * want:
                continue
            if got > want:
                yield f"{name}: {figure} grew from {want} to {got}"
            elif got < want:
                yield f"{name}: {figure} fell from {want} to {got}: commit the better figure: make counts UPDATE=1"


def too_long(rows):
    """Lines that name what is longer than a bound."""
    for name, figures in sorted(rows.items()):
        for figure, bound in BOUNDS.items():
            if figures[figure] > bound:
                yield f"{name}: {figure} is {figures[figure]}, more than {bound}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--lock", required=True, type=lambda address: int(address, 16))
    parser.add_argument("--update", action="store_true")
    parser.add_argument("baseline")
    parser.add_argument("stream")
    arguments = parser.parse_args()
    counter = Counter(arguments.lock)
    with open(arguments.stream, encoding="ascii") as stream:
        for line in stream:
            counter.line(line)
    if not counter.rows:
        print(f"{arguments.stream}: no operation that is measured was seen")
        return 1
    if arguments.update:
        write_baseline(arguments.baseline, arguments.compiler, counter.rows)
        print(f"{arguments.baseline}: {len(counter.rows)} operations")
        return 0
    compiler, baseline = read_baseline(arguments.baseline)
    width = max(map(len, counter.rows))
    print(f"{'operation':{width}}   {' '.join(f'{f:>12}' for f in FIGURES)}")
    for name, figures in sorted(counter.rows.items()):
        print(f"{name:{width}}   {' '.join(f'{figures[f]:12}' for f in FIGURES)}")
    if compiler != arguments.compiler:
        print(f"compiler {arguments.compiler}, the baseline's is {compiler}: instructions may differ by {TOLERANCE} per cent")
    width = max(map(len, counter.longest))
    print(f"\n{'the longest, of all calls':{width}}   {' '.join(f'{f:>12}' for f in BOUNDS)}")
    for name, figures in sorted(counter.longest.items()):
        print(f"{name:{width}}   {' '.join(f'{figures[f]:12}' for f in BOUNDS)}")
    differences = list(compare(baseline, counter.rows, compiler == arguments.compiler))
    for text in differences:
        print(f"error: {text}")
    long = list(too_long(counter.longest))
    for text in long:
        print(f"error: {text}")
    print(f"{len(counter.rows)} operations, {len(differences)} differences from {arguments.baseline}, "
          f"{len(long)} over a bound")
    return 1 if differences or long else 0


if __name__ == "__main__":
    sys.exit(main())
