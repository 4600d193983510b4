# SPDX-License-Identifier: BSD-2-Clause
"""A relay between upsmibd and a simulated UPS that stamps what passes.

usage: wire_relay.py tcp PORT TARGET_PORT | wire_relay.py pty LINK TARGET

Bytes pass unchanged.  A line on standard input asks for what has passed since the last one, which comes
as one line of JSON: [[time, "down" (to the UPS) or "up", bytes in hex], ...].  Times are seconds of
CLOCK_MONOTONIC, taken when the bytes arrived here: what goes down is stamped after upsmibd has written
it, what comes up before upsmibd can read it.  Ends when standard input does.
"""
import json
import os
import selectors
import socket
import sys
import time
import tty


class Tap:
    """What has passed."""

    def __init__(self):
        self.passed = []

    def add(self, direction, data):
        self.passed.append((time.monotonic(), direction, data.hex()))

    def take(self):
        passed, self.passed = self.passed, []
        return passed


class Pair:
    """Two descriptors, and what is to be closed with them."""

    def __init__(self, near, far, owners):
        self.near, self.far, self.owners = near, far, owners

    def register(self, selector):
        selector.register(self.near, selectors.EVENT_READ, (self, self.near, self.far, "down"))
        selector.register(self.far, selectors.EVENT_READ, (self, self.far, self.near, "up"))

    def close(self, selector):
        for end in (self.near, self.far):
            selector.unregister(end)
        for owner in self.owners:
            owner.close()


def forward(source, sink, direction, tap):
    """Passes on what has come; False when the connection is over."""
    try:
        data = os.read(source, 4096)
        if data:
            tap.add(direction, data)
            os.write(sink, data)
    except OSError:
        return False
    return bool(data)


def accept(selector, listener, target):
    near, _ = listener.accept()
    far = socket.socket(socket.AF_INET)
    try:
        far.connect(("127.0.0.1", target))
    except OSError:
        near.close()
        return
    for end in (near, far):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Pair(near.fileno(), far.fileno(), (near, far)).register(selector)


def listen(selector, port, target):
    listener = socket.socket(socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(4)
    selector.register(listener, selectors.EVENT_READ, lambda: accept(selector, listener, target))


def splice(selector, link, target):
    near, slave = os.openpty()  # the slave stays open: the master then never hangs up
    tty.setraw(slave)
    far = os.open(target, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(far)
    os.symlink(os.ttyname(slave), link)
    Pair(near, far, ()).register(selector)


def main():
    kind, near, far = sys.argv[1:4]
    tap, selector = Tap(), selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    if kind == "tcp":
        listen(selector, int(near), int(far))
    else:
        splice(selector, near, far)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                if not os.read(0, 1024):
                    return
                print(json.dumps(tap.take()), flush=True)
            elif callable(key.data):
                key.data()
            elif key.fd in selector.get_map() and not forward(*key.data[1:], tap):
                key.data[0].close(selector)


if __name__ == "__main__":
    main()
