# SPDX-License-Identifier: GPL-2.0-only
"""Pages on their way from one owner to another: who may map them, and what must have been done to their contents first."""

from stream import LAYOUT, PAGE, PA_MASK
from tables import BORROWED, EL2, GUEST, HOST, OWNED, OWNER_CLEANING, OWNER_HYP, SHARED_OWNED, level_size, owner, state

NOTHING = 0		# the host's entry says: the host's
NO, DONE, ORDERED = range(3)
FWB_WRITE_BACK = 6	# MemAttr of a stage 2 entry
NOT_DONE = {"clean": "cleaned", "zero": "zero", "instructions": "without old instructions in caches"}
DEVICE = 1		# AttrIndx of a stage 1 entry

# What may map a page beside a host's mapping of this state.
SHARED_BY = {(HOST, SHARED_OWNED): {(EL2, BORROWED), (GUEST, BORROWED)}, (HOST, BORROWED): {(GUEST, SHARED_OWNED)}}


def part(before, table, index):
    """What an entry of the host's that a table replaces said about one entry's range."""
    if not before or owner(before) <= OWNER_HYP:
        return before
    return before + index * level_size(table.level)


class Page:
    """On its way since it was taken: 'host' from the host, 'guest' from a guest, 'shared' by a guest, 'hyp' from EL2."""

    __slots__ = ("taken", "root", "ia", "zero", "clean", "empty", "since")

    def __init__(self, taken, root=None, ia=0, since=0):
        self.taken, self.root, self.ia = taken, root, ia
        self.since = since	# nobody else fetches from it any more
        self.zero = self.clean = NO
        self.empty = False


class Pages:
    def __init__(self, checker):
        self.checker, self.page = checker, {}
        self.cleaner = {}	# of pages that are CLEANING: the CPU

    def violation(self, rule, cpu, text):
        self.checker.violation(rule, cpu, text)

    def take(self, pa, size, taken, root=None, ia=0):
        for off in range(0, size, PAGE):
            self.page[pa + off] = Page(taken, root, ia + off, self.checker.clock)

    def gone(self, pa, size):
        """The last translation to it is invalidated."""
        for _, page in self.on_the_way(pa, size):
            page.since = self.checker.clock

    def fetchable(self, page):
        """Instructions may still be fetched from what was in it."""
        return page.taken != "hyp" and not self.checker.dic and self.checker.fetched < page.since

    def on_the_way(self, pa, size):
        """Those of the pages that lie wholly in the range."""
        pa, size = -(-pa // PAGE) * PAGE, (pa + size) // PAGE * PAGE - -(-pa // PAGE) * PAGE
        return [(a, self.page[a]) for a in range(pa, pa + size, PAGE) if a in self.page] if size <= 1 << 21 else \
               [(a, p) for a, p in self.page.items() if pa <= a < pa + size]

    # -- Contents --

    def zeroed(self, cpu, pa, size):
        for other in self.reachable(pa, size):
            self.violation("zero-mapped", cpu, f"{pa:#x}, {size:#x} bytes, is zeroed while {other}")
            break
        for _, page in self.on_the_way(pa, size):
            page.zero, page.clean = DONE, NO
            cpu.zeroing.append(page)

    def reachable(self, pa, size):
        for leaf in self.checker.tables.others(pa, size):
            if leaf.root.kind == GUEST:
                yield f"the {leaf.root.name()} has it mapped at {leaf.ia:#x}"
        entry = self.checker.tables.host_entry(pa)
        if entry is not None and entry & 1:
            yield "the host has it mapped"

    def clean(self, cpu, pa, size, empty):
        entry = self.checker.tables.host_entry(pa)
        if entry is not None and owner(entry) == OWNER_HYP:
            self.take(pa & ~(PAGE - 1), size, "hyp")
        for _, page in self.on_the_way(pa, size):
            page.clean, page.empty = DONE, empty
            cpu.cleaning.append(page)

    @staticmethod
    def ordered(zeroing):
        for page in zeroing:
            page.zero = max(page.zero, ORDERED) if page.zero else NO
        zeroing.clear()

    @staticmethod
    def cleaned(cleaning):
        for page in cleaning:
            page.clean = ORDERED if page.clean else NO
        cleaning.clear()

    # -- Entries --

    def host_entry(self, cpu, ia, size, before, after):
        """The host's entry for [ia, ia + size), which is a leaf or not valid, was before and is after."""
        if before is None:
            return
        was, now = owner(before), owner(after)
        if was == now and (before & PA_MASK == after & PA_MASK or was <= OWNER_HYP):
            return
        for address in range(ia, ia + size, PAGE) if OWNER_CLEANING in (was, now) else ():
            if now == OWNER_CLEANING:
                self.cleaner[address] = cpu.number
            elif self.cleaner.pop(address, None) != cpu.number:
                self.violation("cleaning", cpu, f"{address:#x} is CLEANING on another CPU, and its state is changed")
                break
        if now == 0:
            self.back_to_host(cpu, ia, size, was, after)
        elif now > OWNER_HYP and was <= OWNER_HYP:
            self.take(ia, size, "host")

    def changed(self, cpu, pa):
        """Contents are zeroed or cleaned."""
        entry = self.checker.tables.host_entry(pa)
        if entry is not None and owner(entry) == OWNER_CLEANING and cpu.locks:
            self.violation("cleaning", cpu, f"{pa:#x} is CLEANING, and a lock is held meanwhile")

    def back_to_host(self, cpu, pa, size, was, after):
        for leaf in self.checker.tables.others(pa, size):
            if leaf.root.kind == EL2 and was != OWNER_HYP:
                continue
            if not after & 1 or state(after) != BORROWED:
                self.violation("two-owners", cpu,
                               f"{pa:#x} is the host's again while {leaf.root.name()} maps it at {leaf.ia:#x}")
                return
        if after & 1 and state(after) == BORROWED:
            return	# shared: made() looks at it
        for address in range(pa, pa + min(size, 1 << 30), PAGE):
            page = self.page.pop(address, None)
            broken = self.unfit(page)
            if broken:
                self.violation(broken, cpu, f"{address:#x} is given to the host, not {NOT_DONE[broken]}")
                return

    def unfit(self, page):
        """The rule that keeps the page from the host, or None."""
        if not page or (page.taken == "guest" and page.zero == NO):
            return "zero"
        if page.taken == "host" and page.zero == NO:
            return None	# nobody else has had it
        if page.clean != ORDERED:
            return "clean"
        if self.fetchable(page):
            return "instructions"
        return None if page.empty else "zero"

    def made(self, cpu, leaf):
        """A leaf became valid; entries of the fixmap are not told of."""
        self.alone(cpu, leaf)
        if leaf.root.kind == GUEST:
            self.made_for_guest(cpu, leaf)
        elif leaf.root.kind == HOST and state(leaf.pte) == BORROWED:
            self.shared(cpu, leaf)
        elif leaf.root.kind == EL2 and LAYOUT["LINEAR_VA"] <= leaf.ia < LAYOUT["IMAGE_VA"] and state(leaf.pte) == OWNED:
            entry = self.checker.tables.host_entry(leaf.pa)
            if entry is not None and owner(entry) != OWNER_HYP:
                self.violation("annotation", cpu, f"EL2 maps {leaf.pa:#x}; the host's entry is {entry:#x}")

    def made_for_guest(self, cpu, leaf):
        mine, fwb = state(leaf.pte) == OWNED, leaf.pte >> 2 & 15 == FWB_WRITE_BACK
        for off in range(0, leaf.size, PAGE):
            pa, page = leaf.pa + off, self.page.pop(leaf.pa + off, None)
            if page and page.taken == "guest" and page.root is leaf.root and page.ia == leaf.ia + off:
                continue	# a block that was split
            entry = self.checker.tables.host_entry(pa)
            if mine and entry is not None and (owner(entry) != leaf.root.vmid or entry & PA_MASK != leaf.ia + off):
                self.violation("annotation", cpu,
                               f"{leaf.root.name()} gets {pa:#x} at {leaf.ia + off:#x}; the host's entry is {entry:#x}")
                return
            if mine and entry is not None and not self.prepared(cpu, leaf, pa, page, fwb):
                return

    def prepared(self, cpu, leaf, pa, page, fwb):
        """A donated page: zeroed if the VM has run, else cleaned, for it holds what the host wrote."""
        root = leaf.root
        zero, clean = (page.zero, page.clean) if page else (NO, NO)
        if root.ran and zero == NO:
            return self.violation("zero-donated", cpu,
                                  f"{root.name()} gets {pa:#x} at {leaf.ia:#x} with what was in it")
        if (root.ran or zero) and zero != ORDERED and clean != ORDERED:
            return self.violation("zero-order", cpu,
                                  f"{root.name()} gets {pa:#x} at {leaf.ia:#x}; no DSB after it was zeroed")
        if (not fwb or not (root.running or zero)) and clean != ORDERED:
            return self.violation("clean", cpu, f"{root.name()} gets {pa:#x} at {leaf.ia:#x}, not cleaned")
        if page and self.fetchable(page):
            return self.violation("instructions", cpu, f"{root.name()} gets {pa:#x} at {leaf.ia:#x}, no IC in between")
        return True

    def shared(self, cpu, leaf):
        for off in range(0, leaf.size, PAGE):
            page = self.page.get(leaf.pa + off)
            if page and page.taken == "shared":
                del self.page[leaf.pa + off]
                if page.clean != ORDERED:
                    self.violation("clean", cpu, f"{leaf.pa + off:#x} is shared with the host, not cleaned")
                    return
                if self.fetchable(page):
                    self.violation("instructions", cpu, f"{leaf.pa + off:#x} is shared with the host, no IC in between")
                    return
            elif page and page.taken == "guest":
                # The guest has given it up: it shares what it cannot reach there any more.
                del self.page[leaf.pa + off]
                broken = self.unfit(page)
                if broken:
                    self.violation(broken, cpu, f"{leaf.pa + off:#x} is shared with the host where the guest has it no more, "
                                                f"not {NOT_DONE[broken]}")
                    return

    def unmapped(self, cpu, leaf):
        if leaf.root.kind == GUEST and state(leaf.pte) == OWNED:
            self.take(leaf.pa, leaf.size, "guest", leaf.root, leaf.ia)

    def state(self, cpu, leaf, old):
        """Only the state of a leaf has changed."""
        self.alone(cpu, leaf)
        if leaf.root.kind != GUEST:
            return
        if state(leaf.pte) == SHARED_OWNED:
            self.take(leaf.pa, leaf.size, "shared")
        elif old == SHARED_OWNED:
            for address, page in self.on_the_way(leaf.pa, leaf.size):
                if page.clean != ORDERED and leaf.pte >> 2 & 15 != FWB_WRITE_BACK:
                    self.violation("clean", cpu, f"{leaf.root.name()} gets {address:#x} back, not cleaned")
                    return
                if self.fetchable(page):
                    self.violation("instructions", cpu, f"{leaf.root.name()} gets {address:#x} back, no IC in between")
                    return
        if state(leaf.pte) == OWNED:
            for address, _ in self.on_the_way(leaf.pa, leaf.size):
                del self.page[address]

    # -- Two parties --

    def alone(self, cpu, leaf):
        """Who else maps what leaf maps may do so."""
        if leaf.root.kind == EL2 and leaf.pte >> 2 & 7 == DEVICE:
            return
        for other in self.checker.tables.others(leaf.pa, leaf.size):
            if other.root is leaf.root and (leaf.root.kind != GUEST or other.ia == leaf.ia):
                continue
            if not self.compatible(leaf, other):
                self.clash(cpu, leaf, other.root.name(), other.pte)
                return
        if leaf.root.kind != HOST:
            entry = self.checker.tables.host_entry(leaf.pa)
            if entry is not None and entry & 1 and not self.fits(entry, leaf) and \
               not (leaf.root.kind == GUEST and state(leaf.pte) == SHARED_OWNED):
                self.clash(cpu, leaf, "the host's stage 2", entry)

    def fits(self, host, leaf):
        """Beside the host's entry for the page. EL2's log has an address of its own, too."""
        allowed = SHARED_BY.get((HOST, state(host)), set())
        if leaf.root.kind == EL2 and not LAYOUT["LINEAR_VA"] <= leaf.ia < LAYOUT["IMAGE_VA"]:
            return bool(allowed) or leaf.pte >> 2 & 7 == DEVICE
        return (leaf.root.kind, state(leaf.pte)) in allowed

    def compatible(self, leaf, other):
        if other.root.kind == EL2 and other.pte >> 2 & 7 == DEVICE:
            return True
        return leaf.root.kind == HOST and self.fits(leaf.pte, other)

    def clash(self, cpu, leaf, other, pte):
        self.violation("two-owners", cpu,
                       f"{leaf.root.name()} maps {leaf.pa:#x} at {leaf.ia:#x} ({leaf.pte:#x}) beside {other} ({pte:#x})")
