# SPDX-License-Identifier: GPL-2.0-only
"""Translation tables as the stream tells them: contents, who is attached where, what maps a page (format: pgtable.h)."""

from stream import BLOCK, PA_MASK, PAGE

STATE_SHIFT, STATE = 55, 3 << 55
COUNT = 0xffc
OWNED, SHARED_OWNED, BORROWED = 0, 1, 2
OWNER_HYP = 1
OWNER_CLEANING = 255
HOST, GUEST, EL2 = "h", "g", "e"
KINDS = {HOST: "the host's stage 2", GUEST: "a guest's stage 2", EL2: "EL2's stage 1"}


def level_size(level):
    return PAGE << 9 * (3 - level)


def is_table(pte, level):
    return level < 3 and pte & 3 == 3


def state(pte):
    return (pte & STATE) >> STATE_SHIFT


def owner(pte):
    """Of an entry of the host's: 0 host, 1 EL2, 2 and up VMs."""
    return 0 if pte & 1 else pte >> 2 & 0xff


class Root:
    def __init__(self, kind, pa, ia_bits, level, vmid):
        self.kind, self.pa, self.ia_bits, self.level, self.vmid = kind, pa, ia_bits, level, vmid
        self.running = self.ran = False		# a guest: VCPU_RUN was called; it has executed something
        self.unused = False			# its VMID was flushed while it ran nowhere, and it has not run since
        self.last_vcpu = {}			# of a guest, by CPU: which of its vCPUs ran there last

    def name(self):
        return f"VM with VMID {self.vmid}" if self.kind == GUEST else KINDS[self.kind]

    def pages(self):
        bits = 12 + 9 * (4 - self.level)
        return 1 << max(self.ia_bits - bits, 0)


class Table:
    """A page that is or was a table. root None: it is not live."""

    def __init__(self, level, entries, fresh):
        self.level, self.entry, self.fresh = level, entries, fresh
        self.root, self.base = None, 0

    def ia(self, index):
        return self.base + index * level_size(self.level)


class Leaf:
    """A valid leaf entry."""

    def __init__(self, root, level, ia, pte):
        self.root, self.ia, self.size = root, ia, level_size(level)
        self.pa, self.pte = pte & PA_MASK & ~(self.size - 1), pte

    def overlaps(self, pa, size):
        return self.pa < pa + size and pa < self.pa + self.size


class Tables:
    """All tables. small, large: for each 2 MiB of memory the leaves of guests and EL2 in it, of one page and of more."""

    def __init__(self):
        self.table = {}
        self.roots = {}
        self.small, self.large = {}, {}

    def root_of(self, kind):
        return next((r for r in self.roots.values() if r.kind == kind), None)

    def guest(self, vmid):
        return next((r for r in self.roots.values() if r.kind == GUEST and r.vmid == vmid), None)

    def map(self, leaf, key):
        if leaf.root.kind == HOST:
            return
        if leaf.size == PAGE:
            self.small.setdefault(leaf.pa // BLOCK, {}).setdefault(leaf.pa, {})[key] = leaf
        else:
            for bucket in range(leaf.pa // BLOCK, (leaf.pa + leaf.size - 1) // BLOCK + 1):
                self.large.setdefault(bucket, {})[key] = leaf

    def unmap(self, leaf, key):
        if leaf.root.kind == HOST:
            return
        if leaf.size == PAGE:
            pages = self.small.get(leaf.pa // BLOCK, {})
            pages.get(leaf.pa, {}).pop(key, None)
            if not pages.get(leaf.pa, True):
                del pages[leaf.pa]
        else:
            for bucket in range(leaf.pa // BLOCK, (leaf.pa + leaf.size - 1) // BLOCK + 1):
                self.large.get(bucket, {}).pop(key, None)

    def others(self, pa, size):
        """Leaves of guests and EL2 that map a part of the range."""
        for bucket in range(pa // BLOCK, (pa + size - 1) // BLOCK + 1):
            yield from [leaf for leaf in self.large.get(bucket, {}).values() if leaf.overlaps(pa, size)]
            pages = self.small.get(bucket)
            if pages and size <= PAGE:
                yield from list(pages.get(pa & ~(PAGE - 1), {}).values())
            elif pages:
                yield from [leaf for page, leaves in pages.items() if pa <= page < pa + size for leaf in leaves.values()]

    def lookup(self, root, ia):
        """The entry that decides about ia, and its level."""
        size = level_size(root.level) * 512
        table = self.table.get(root.pa + ia // size * PAGE)
        while table:
            index = ia // level_size(table.level) % 512
            pte = table.entry[index]
            if not is_table(pte, table.level):
                return pte, table.level
            table = self.table.get(pte & PA_MASK)
        return 0, root.level

    def host_entry(self, pa):
        """What the host's table says about the page: the entry as if it were for this page alone; None: there is no host's table yet."""
        root = self.root_of(HOST)
        if not root or pa >> root.ia_bits:
            return None
        pte, level = self.lookup(root, pa)
        if not pte & 1 and owner(pte) <= OWNER_HYP:
            return pte
        return pte + (pa & level_size(level) - 1 & ~(PAGE - 1))
