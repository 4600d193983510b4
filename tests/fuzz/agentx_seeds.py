#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the seeds of fuzz_agentx.c into the directory given: well-formed PDUs of RFC 2741 in both byte orders."""
import os
import struct
import sys

SUBTREE = (1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7)


class Order:
    def __init__(self, big):
        self.big = big
        self.e = ">" if big else "<"

    def oid(self, ids, include=0):
        prefix = 0
        if len(ids) >= 5 and ids[:4] == (1, 3, 6, 1) and 0 < ids[4] < 256:
            prefix, ids = ids[4], ids[5:]
        return struct.pack("BBBB", len(ids), prefix, include, 0) + struct.pack(
            "%s%dI" % (self.e, len(ids)), *ids)

    def octets(self, data):
        return struct.pack(self.e + "I", len(data)) + data + bytes(-len(data) % 4)

    def varbind(self, kind, name, data=b""):
        return struct.pack(self.e + "HH", kind, 0) + self.oid(name) + data

    def pdu(self, kind, payload, transaction=2, context=None, packet=9):
        flags = 16 if self.big else 0
        if context is not None:
            flags |= 8
            payload = self.octets(context) + payload
        return struct.pack("BBBB", 1, kind, flags, 0) + struct.pack(
            self.e + "IIII", 77, transaction, packet, len(payload)) + payload


def pieces(*pdus, flags=0):
    """The pieces as fuzz_agentx.c cuts them."""
    out = b"\x01"
    for pdu in pdus:
        for i in range(0, len(pdu), 252):
            part = pdu[i:i + 252]
            out += bytes([len(part) // 4 | flags]) + part
    return out


def values(o):
    name = SUBTREE + (1, 0)
    word = struct.pack(o.e + "I", 0xfffffffe)
    rows = [(2, word), (4, o.octets(b"UPS")), (5, b""), (6, o.oid(SUBTREE)),
            (64, o.octets(b"\x7f\0\0\1")), (65, word), (66, word), (67, word),
            (68, o.octets(b"\x9f\x78")), (70, struct.pack(o.e + "Q", 0x0102030405060708)),
            (128, b""), (129, b""), (130, b"")]
    return b"".join(o.varbind(kind, name, data) for kind, data in rows)


def main():
    where = sys.argv[1]
    os.makedirs(where, exist_ok=True)
    for big in (True, False):
        o = Order(big)
        tail = "be" if big else "le"
        name = SUBTREE + (1, 0)
        span = o.oid(name, 1) + o.oid(SUBTREE[:-1] + (8,))
        test = o.varbind(2, name, struct.pack(o.e + "i", 5)) + o.varbind(4, name, o.octets(b"abc"))
        seeds = {
            "codec-values": bytes([2 if big else 0]) + values(o),
            "codec-ranges": bytes([2 if big else 0]) + span * 3,
            "get": pieces(o.pdu(5, (o.oid(name) + o.oid(())) * 3)),
            "getnext": pieces(o.pdu(6, span), o.pdu(6, span, context=b"a"), flags=128),
            "getbulk": pieces(o.pdu(7, struct.pack(o.e + "HH", 1, 9) + span * 3)),
            "unknown-context": pieces(o.pdu(6, span, context=b"nobody")),
            "set": pieces(o.pdu(8, test), o.pdu(9, b""), o.pdu(9, b""), o.pdu(11, b"")),
            "set-late": pieces(o.pdu(8, test, 5), o.pdu(9, b"", 5), o.pdu(10, b"", 5), flags=64),
            "set-refused": pieces(o.pdu(8, test, 7), o.pdu(10, b"", 7), o.pdu(11, b"", 7)),
            "set-abandoned": pieces(o.pdu(8, test, 8), o.pdu(9, b"", 9)),
            "response": pieces(o.pdu(18, struct.pack(o.e + "IHH", 1, 0, 0), packet=5), flags=128),
            "close": pieces(o.pdu(2, b"\x06\0\0\0"), o.pdu(6, span)),
            "unknown-type": pieces(o.pdu(99, b"abcd")),
        }
        for seed, data in seeds.items():
            with open(os.path.join(where, "%s-%s" % (seed, tail)), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
