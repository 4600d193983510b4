#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A relay between an AgentX subagent and its master that counts the PDUs.

usage: pdu_relay.py LISTEN_SOCKET MASTER_SOCKET

Bytes pass unchanged; the PDU headers (RFC 2741 section 6.1) are read on the way.  A line on standard
input asks for the counts since the last one, which come as one line of JSON: PDUs by type towards the
subagent ("down") and towards the master ("up"), the registrations seen ([context, subtree]), and the time
from the first Register to the last answer of the master to one.  Ends when standard input does.
"""
import json
import os
import selectors
import socket
import struct
import sys
import time

NAMES = {1: "Open", 2: "Close", 3: "Register", 4: "Unregister", 5: "Get", 6: "GetNext", 7: "GetBulk",
         8: "TestSet", 9: "CommitSet", 10: "UndoSet", 11: "CleanupSet", 12: "Notify", 13: "Ping",
         14: "IndexAllocate", 15: "IndexDeallocate", 16: "AddAgentCaps", 17: "RemoveAgentCaps",
         18: "Response"}
REGISTER, RESPONSE = 3, 18


def read_oid(data, order):
    """An object identifier, RFC 2741 section 5.1; returns dotted text and the octets it took."""
    count, prefix = data[0], data[1]
    subs = struct.unpack(order + f"{count}I", data[4:4 + 4 * count])
    numbers = ((1, 3, 6, 1, prefix) if prefix else ()) + subs
    return ".".join(map(str, numbers)), 4 + 4 * count


def read_register(flags, payload):
    """[context, subtree] of an agentx-Register-PDU, RFC 2741 section 6.2.3."""
    order = ">" if flags & 0x10 else "<"
    context, at = "", 0
    if flags & 0x08:
        length = struct.unpack(order + "I", payload[:4])[0]
        context = payload[4:4 + length].decode(errors="replace")
        at = 4 + (length + 3) // 4 * 4
    return [context, read_oid(payload[at + 4:], order)[0]]


class Stream:
    """One direction of one connection."""

    def __init__(self, source, sink, direction):
        self.source, self.sink, self.direction = source, sink, direction
        self.rest = b""

    def pdus(self, data):
        """Complete PDUs out of the stream: (type, flags, packet id, payload)."""
        self.rest += data
        while len(self.rest) >= 20:
            _, kind, flags, _ = self.rest[:4]
            order = ">" if flags & 0x10 else "<"
            packet, length = struct.unpack(order + "II", self.rest[12:20])
            if len(self.rest) < 20 + length:
                return
            yield kind, flags, packet, self.rest[20:20 + length]
            self.rest = self.rest[20 + length:]


def new_counts():
    return {"down": {}, "up": {}, "registrations": [], "register_ms": None}


class Counter:
    def __init__(self):
        self.counts = new_counts()
        self.first = None
        self.waiting = set()

    def add(self, direction, kind, flags, packet, payload):
        side = self.counts[direction]
        name = NAMES.get(kind, str(kind))
        side[name] = side.get(name, 0) + 1
        if direction == "up" and kind == REGISTER:
            self.counts["registrations"].append(read_register(flags, payload))
            self.waiting.add(packet)
            self.first = self.first or time.monotonic()
        elif direction == "down" and kind == RESPONSE and packet in self.waiting:
            self.waiting.discard(packet)
            self.counts["register_ms"] = (time.monotonic() - self.first) * 1000

    def take(self):
        counts, self.counts, self.first = self.counts, new_counts(), None
        return counts


def forward(stream, counter):
    """Passes on what has come; False when the connection is over."""
    try:
        data = stream.source.recv(65536)
        if data:
            stream.sink.sendall(data)
    except OSError:
        data = b""
    for pdu in stream.pdus(data):
        counter.add(stream.direction, *pdu)
    return bool(data)


def hang_up(selector, stream):
    for end in (stream.source, stream.sink):
        try:
            selector.unregister(end)
        except (KeyError, ValueError):
            continue
        end.close()


def accept(selector, listener, master_path):
    subagent, _ = listener.accept()
    master = socket.socket(socket.AF_UNIX)
    try:
        master.connect(master_path)
    except OSError:
        subagent.close()
        return
    selector.register(subagent, selectors.EVENT_READ, Stream(subagent, master, "up"))
    selector.register(master, selectors.EVENT_READ, Stream(master, subagent, "down"))


def main():
    listen_path, master_path = sys.argv[1:3]
    counter, selector = Counter(), selectors.DefaultSelector()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(listen_path)
    listener.listen(8)
    selector.register(listener, selectors.EVENT_READ, "listener")
    selector.register(sys.stdin, selectors.EVENT_READ, "stdin")
    while True:
        for key, _ in selector.select():
            if key.data == "listener":
                accept(selector, listener, master_path)
            elif key.data == "stdin":
                if not os.read(0, 1024):
                    return
                print(json.dumps(counter.take()), flush=True)
            elif key.fileobj.fileno() >= 0 and not forward(key.data, counter):
                hang_up(selector, key.data)


if __name__ == "__main__":
    main()
