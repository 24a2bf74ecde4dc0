#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which lines of EL2 were run, from addresses that donjon-tlb.so wrote (pcs=FILE).

  coverage.py ELF FOLDER PCS...

Prints a table: for each source file the lines with code, those run, per cent. FOLDER/nested.txt gets the table,
FOLDER/nested-missing.txt each line that was never run. A line counts as run when any instruction that the compiler made
of it was; what it has folded into other lines is not seen.
"""

import os
import re
import subprocess
import sys

IMAGE_SIZE = 1 << 20		# at most (el2.lds)
SOURCES = "hyp/el2/"


def lines_of(elf):
    """address -> (file, line), for each instruction."""
    objdump = os.environ.get("CROSS", "aarch64-linux-gnu-") + "objdump"
    text = subprocess.run([objdump, "-d", "-l", "--no-show-raw-insn", elf], check=True, capture_output=True, text=True).stdout
    where, result = None, {}
    for line in text.splitlines():
        place = re.match(r"^(?:.*/)?(hyp/el2/\S+):(\d+)(?: \(discriminator \d+\))?$", line)
        code = re.match(r"^\s*([0-9a-f]+):\t(\S+)", line)
        if place:
            where = (os.path.normpath(place.group(1)), int(place.group(2)))
        elif re.match(r"^(?:\S*/)?\S+\.[chS]:\d+", line):
            where = None		# a header of someone else's
        elif code and where and code.group(2) not in (".word", ".inst", "udf", "nop"):
            result[int(code.group(1), 16)] = where
    return result


def executed(paths, image):
    """Link addresses of the instructions in the files: the ones run at physical addresses are put where they are linked."""
    run = set()
    for path in paths:
        physical = []
        with open(path, encoding="ascii") as file:
            for line in file:
                if line.startswith("image "):
                    physical.append(int(line.split()[1], 16))
                    continue
                pc = int(line, 16)
                run.update({pc} | {pc - start + image for start in physical if start <= pc < start + IMAGE_SIZE})
    return run


def source_line(file, number):
    with open(file, encoding="utf-8") as source:
        return source.read().split("\n")[number - 1].strip()


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    elf, folder, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    where = lines_of(elf)
    run = executed(paths, min(where) & ~(IMAGE_SIZE - 1))
    lines, hit = {}, {}
    for address, (file, number) in where.items():
        lines.setdefault(file, set()).add(number)
        if address in run:
            hit.setdefault(file, set()).add(number)
    if not hit:
        sys.exit(f"{', '.join(paths)}: no instruction of {elf} was run")
    os.makedirs(folder, exist_ok=True)
    table = [f"{'file':40} {'lines':>6} {'run':>6} {'%':>6}"]
    with open(os.path.join(folder, "nested-missing.txt"), "w", encoding="utf-8") as missing:
        for file in sorted(lines):
            n, m = len(lines[file]), len(hit.get(file, ()))
            table.append(f"{file:40} {n:6} {m:6} {100 * m / n:6.1f}")
            for number in sorted(lines[file] - hit.get(file, set())):
                missing.write(f"{file}:{number}: {source_line(file, number)}\n")
    n, m = sum(map(len, lines.values())), sum(map(len, hit.values()))
    table.append(f"{'all':40} {n:6} {m:6} {100 * m / n:6.1f}")
    with open(os.path.join(folder, "nested.txt"), "w", encoding="utf-8") as out:
        out.write("\n".join(table) + "\n")
    print("\n".join(table))
    print(f"never run: {folder}/nested-missing.txt")


if __name__ == "__main__":
    main()
