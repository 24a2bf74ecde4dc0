#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A physical SError that arrives while a guest runs, which QEMU's TCG cannot raise.

  serror.py SOCKET SYNC_VECTOR SERROR_VECTOR WORLD_LEAVE_END REGISTER OFFSET

Through QEMU's gdb stub, at a UNIX socket: when the guest takes an exception, the program counter is moved from the
vector for synchronous ones to the one for SErrors. At the end of world_leave() vcpu->serror_esr must
hold a syndrome, for EL2 hands it to guest_serror() next; it is at OFFSET from what REGISTER holds.
Prints TAP; the time limit is the caller's.
"""

import socket
import sys
import time

PC = "20"


class Stub:
    def __init__(self, path):
        while True:
            try:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                time.sleep(0.2)
        self.buffer = b""

    def answer(self):
        while True:
            begin = self.buffer.find(b"$")
            end = self.buffer.find(b"#", begin)
            if begin >= 0 and end >= 0 and len(self.buffer) >= end + 3:
                text = self.buffer[begin + 1:end]
                self.buffer = self.buffer[end + 3:]
                self.socket.sendall(b"+")
                return text.decode()
            data = self.socket.recv(65536)
            if not data:
                sys.exit("the stub has gone")
            self.buffer += data

    def command(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())
        return self.answer()

    def registers(self):
        words = bytes.fromhex(self.command("g"))
        return [int.from_bytes(words[8 * i:8 * i + 8], "little") for i in range(33)]


def main():
    sync, serror, leave, register, offset = (int(a, 0) for a in sys.argv[2:7])
    stub = Stub(sys.argv[1])
    stub.command("?")
    stub.command(f"Z1,{sync:x},4")
    while True:
        stub.command("c")
        registers = stub.registers()
        if registers[32] == sync:
            stub.command(f"P{PC}=" + serror.to_bytes(8, "little").hex())
            stub.command(f"z1,{sync:x},4")
            stub.command(f"Z1,{leave:x},4")
        elif registers[32] == leave:
            break
    word = stub.command(f"m{registers[register] + offset:x},8")
    kept = len(word) == 16 and int(word, 16) != 0
    print(f"{'ok' if kept else 'not ok'} 1 - S5: an SError that a guest takes is kept for the guest")
    print("1..1")
    stub.command("D")


main()
