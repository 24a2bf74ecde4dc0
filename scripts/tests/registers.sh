#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# S1, S2: no register of EL2 is forgotten: scripts/tests/registers.txt says of each, also of those
# that no CPU of QEMU has, who sets it and when, or why nobody need. The image is held against it:
# what is set is set where the list says so, nothing else is, and no register that Linux's headers
# name is missing.

cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/check.sh
shown=$(mktemp "${TMPDIR:-/tmp}/registers.XXXXXX")
trap 'rm -f "$shown"' EXIT
cross=${CROSS:-aarch64-linux-gnu-}

"${cross}objdump" -d build/el2/el2.elf | CROSS=$cross python3 -c '
import glob, re, sys

LIST = "scripts/tests/registers.txt"
HEADERS = "build/deps/linux-*/usr/src/linux-headers-*/arch/arm64/include/"
rows, sites, wrong = {}, {}, []
for line in open(LIST, encoding="utf-8"):
    words = line.split(None, 3)
    if words and words[0] != "#":
        rows[words[0]] = (words[1], words[2], words[3].strip() if len(words) > 3 else "")

function, before = "", []
for line in sys.stdin:
    label = re.match(r"[0-9a-f]+ <(.*)>:", line)
    if label:
        function = label.group(1)
    fields = line.rstrip("\n").split("\t")
    if len(fields) < 3:
        continue
    word = int(fields[1], 16)
    if word >> 20 == 0xd51:
        name = "S%d_%d_C%d_C%d_%d" % (2 + (word >> 19 & 1), word >> 16 & 7, word >> 12 & 15,
                                      word >> 8 & 15, word >> 5 & 7)
        sites.setdefault(name, []).append((function, before[-3:]))
    before.append(" ".join(fields[2:]))

def find(name):
    return rows.get(name) or rows.get(re.sub("_[0-7]$", "_*", name))

for name, (register, kind, why) in rows.items():
    at = [s for key, s in sites.items() if key == name or re.sub("_[0-7]$", "_*", key) == name]
    at = sum(at, [])
    where = {f for f, _ in at}
    if kind == "kept":
        if at or not why:
            wrong.append(f"{register}: is kept, but written, or for no reason")
    elif not at:
        wrong.append(f"{register}: is never written")
    elif kind == "switched" and not {"world_enter", "world_leave"} <= where:
        wrong.append(f"{register}: is not written at the entry and at the exit of a guest")
    elif kind == "committed":
        if not {"cpu_commit", "cpu_release"} <= where:
            wrong.append(f"{register}: is not written at commit and release")
        elif why and not any(why in i for f, b in at if f == "cpu_commit" for i in b):
            wrong.append(f"{register}: what becomes of it is not masked with {why}")
    elif kind not in ("own", "switched"):
        wrong.append(f"{register}: {kind} is no kind")
for name in sites:
    if re.match("S[23]_[4-7]_", name) and not find(name):
        wrong.append(f"{name}: is written, but not in the list")
known = 0
paths = [HEADERS + "asm/sysreg.h", HEADERS + "generated/asm/sysreg-defs.h"]
for path in sum(map(glob.glob, paths), []):
    for register, op in re.findall(r"define\s+SYS_(\w+)\s+sys_reg\(([23], *[4-7],[^)]*)\)",
                                   open(path, encoding="utf-8").read()):
        op = [int(n) for n in op.split(",")]
        known += 1
        # op1 5: names that registers of EL1 have at EL2 with HCR_EL2.E2H
        if op[1] in (4, 6) and not find("S%d_%d_C%d_C%d_%d" % tuple(op)) and "EL3" not in register:
            wrong.append(f"{register}: Linux knows it, and it is not in the list")
if known < 100:
    wrong.append(f"only {known} registers in the headers of Linux")
print("\n".join(sorted(set(wrong))) or f"{len(rows)} registers")
sys.exit(bool(wrong))
' > "$shown" 2>&1
check "each register of EL2 is set where the list says, or kept for a reason" test $? = 0
echo "1..$n"
exit $status
