# SPDX-License-Identifier: BSD-2-Clause
"""A receiver of notifications that stamps them: one socket with the system's own buffer.

usage: trap_sink.py PORT

Each datagram is decoded before the next one is taken, as snmptrapd does.  A line on standard input asks
for what has come since the last one, which comes as one line of JSON: [[time, trap, [[name, value],
...]], ...], texts in Latin-1, time in seconds of CLOCK_MONOTONIC when the datagram was received.  Ends
when standard input does.
"""
import json
import os
import selectors
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import snmp  # noqa: E402


def decoded(receiver, data, when):
    n = receiver.read(data)[0]
    return (when, n.trap, [(v.name, v.value.decode("latin-1") if isinstance(v.value, bytes) else v.value)
                           for v in n.variables])


def main():
    receiver = snmp.Receiver(port=int(sys.argv[1]), buffer=None)
    selector, received = selectors.DefaultSelector(), []
    selector.register(receiver.socket, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.fileobj is receiver.socket:
                received.append(decoded(receiver, receiver.socket.recv(65507), time.monotonic()))
            elif not os.read(0, 1024):
                return
            else:
                print(json.dumps(received), flush=True)
                received = []


if __name__ == "__main__":
    main()
