# SPDX-License-Identifier: BSD-2-Clause
"""A small SNMP manager (v1, v2c): GET, GETNEXT, GETBULK, SET, walks, and a receiver of notifications.

Stands beside net-snmp's tools in the tests, because it shows the bytes' own types, counts time
without the start of a process, and sends requests that the tools refuse to build.
Messages as in RFC 3416 section 3, encoded by the basic encoding rules.
"""

import socket
import time

INTEGER, OCTETS, NULL, OID = 0x02, 0x04, 0x05, 0x06
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW = 0x80, 0x81, 0x82
EXCEPTIONS = (NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW)
_BYTES = (OCTETS, IP_ADDRESS, OPAQUE)

# error-status of RFC 3416
GEN_ERR, WRONG_TYPE, WRONG_LENGTH, WRONG_VALUE, NO_CREATION = 5, 7, 8, 10, 11
INCONSISTENT_VALUE, RESOURCE_UNAVAILABLE, COMMIT_FAILED, NOT_WRITABLE = 12, 13, 14, 17
# the same as version 1 tells them, RFC 3584 section 4.4
NO_SUCH_NAME, BAD_VALUE = 2, 3
AS_V1 = {GEN_ERR: GEN_ERR, WRONG_TYPE: BAD_VALUE, WRONG_LENGTH: BAD_VALUE, WRONG_VALUE: BAD_VALUE,
         NO_CREATION: NO_SUCH_NAME, INCONSISTENT_VALUE: BAD_VALUE, RESOURCE_UNAVAILABLE: GEN_ERR,
         COMMIT_FAILED: GEN_ERR, NOT_WRITABLE: NO_SUCH_NAME}

_GET, _NEXT, _RESPONSE, _SET, _BULK = 0xa0, 0xa1, 0xa2, 0xa3, 0xa5
_INFORM, _TRAP2 = 0xa6, 0xa7
_LARGEST = 65507


class Error(Exception):
    """An answer with an error-status."""

    def __init__(self, status, index):
        super().__init__(f'error-status {status} at variable {index}')
        self.status = status
        self.index = index


class Timeout(Exception):
    """No answer in time."""


class Var:
    """One variable of an answer: name (dotted), kind (tag), value (int, bytes, dotted OID, None)."""

    __slots__ = ('name', 'kind', 'value')

    def __init__(self, name, kind, value):
        self.name = name
        self.kind = kind
        self.value = value

    def __repr__(self):
        return f'{self.name}={self.kind:#x}:{self.value!r}'

    def __eq__(self, other):
        return (self.name, self.kind, self.value) == (other.name, other.kind, other.value)

    def __hash__(self):
        return hash((self.name, self.kind, self.value))


def key(name):
    """A dotted OID as a tuple, for lexicographic order."""
    return tuple(int(n) for n in name.split('.'))


def inside(name, root):
    return name == root or name.startswith(root + '.')


# Encoding

def _tlv(tag, body):
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes((tag, 0x80 | len(length))) + length + body


def _integer(n, tag=INTEGER):
    return _tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, 'big', signed=True))


def _oid(name):
    arcs = [int(n) for n in name.split('.')]
    arcs[:2] = [arcs[0] * 40 + arcs[1]]
    body = bytearray()
    for arc in arcs:
        groups = [arc & 0x7f]
        while arc > 0x7f:
            arc >>= 7
            groups.append(0x80 | arc & 0x7f)
        body += bytes(reversed(groups))
    return _tlv(OID, bytes(body))


def encode(kind, value):
    if kind in (NULL,) + EXCEPTIONS:
        return _tlv(kind, b'')
    if kind in _BYTES:
        return _tlv(kind, value)
    if kind == OID:
        return _oid(value)
    return _integer(value, kind)


# Decoding

class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def more(self):
        return self.at < len(self.data)

    def tlv(self, expected=None):
        tag, size = self.data[self.at], self.data[self.at + 1]
        self.at += 2
        if size & 0x80:
            count = size & 0x7f
            size = int.from_bytes(self.data[self.at:self.at + count], 'big')
            self.at += count
        body = self.data[self.at:self.at + size]
        if len(body) != size or (expected is not None and tag != expected):
            raise ValueError(f'malformed message: tag {tag:#x}, {len(body)} of {size} bytes')
        self.at += size
        return tag, body

    def integer(self):
        return int.from_bytes(self.tlv(INTEGER)[1], 'big', signed=True)


def _dotted(body):
    arcs, arc = [], 0
    for byte in body:
        arc = arc << 7 | byte & 0x7f
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return '.'.join(str(n) for n in [first, arcs[0] - 40 * first] + arcs[1:])


def decode(kind, body):
    if kind == INTEGER:
        return int.from_bytes(body, 'big', signed=True)
    if kind in (COUNTER32, GAUGE32, TIMETICKS, COUNTER64):
        return int.from_bytes(body, 'big')
    if kind == OID:
        return _dotted(body)
    if kind in _BYTES:
        return bytes(body)
    if kind in (NULL,) + EXCEPTIONS:
        return None
    raise ValueError(f'unknown type {kind:#x}')


class Client:
    """Requests to one agent.  timeout in seconds, each of 1 + retries times.  version: 1 or 2."""

    def __init__(self, port, community='public', timeout=2.0, retries=2, version=2):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(('127.0.0.1', port))
        self.community = community.encode()
        self.version = version
        self.timeout = timeout
        self.retries = retries
        self.number = int(time.monotonic() * 1000) & 0xffff

    def close(self):
        self.socket.close()

    def get(self, *names):
        return self._ask(_GET, 0, 0, [(n, NULL, None) for n in names])

    def next(self, *names):
        return self._ask(_NEXT, 0, 0, [(n, NULL, None) for n in names])

    def bulk(self, *names, repetitions=25):
        return self._ask(_BULK, 0, repetitions, [(n, NULL, None) for n in names])

    def set(self, *variables):
        """Variables as (name, kind, value)."""
        return self._ask(_SET, 0, 0, variables)

    def value(self, name):
        """The value of one object; None if it is absent."""
        return self.get(name)[0].value

    def walk(self, root):
        """Everything below root by GETNEXT.  ValueError if an answer does not come after the last."""
        return self._walk(root, self.next)

    def bulk_walk(self, root, repetitions=25):
        return self._walk(root, lambda name: self.bulk(name, repetitions=repetitions))

    def _walk(self, root, step):
        found, name = [], root
        while True:
            for var in step(name):
                if var.kind == END_OF_VIEW or not inside(var.name, root):
                    return found
                if key(var.name) <= key(name):
                    raise ValueError(f'{var.name} does not come after {name}')
                found.append(var)
                name = var.name

    def post(self, *variables):
        """Sends a SET and does not wait for its answer; the next request passes that over."""
        self.socket.send(self._message(_SET, 0, 0, variables))

    def _message(self, pdu, second, third, variables):
        self.number += 1
        bindings = b''.join(_tlv(0x30, _oid(n) + encode(k, v)) for n, k, v in variables)
        body = _integer(self.number) + _integer(second) + _integer(third) + _tlv(0x30, bindings)
        return _tlv(0x30, _integer(self.version - 1) + _tlv(OCTETS, self.community)
                    + _tlv(pdu, body))

    def _ask(self, pdu, second, third, variables):
        message = self._message(pdu, second, third, variables)
        for _ in range(1 + self.retries):
            self.socket.send(message)
            answer = self._answer(time.monotonic() + self.timeout)
            if answer is not None:
                return answer
        raise Timeout(f'no answer in {1 + self.retries} x {self.timeout} s')

    def _answer(self, deadline):
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(_LARGEST)
            except TimeoutError:
                return None
            except ConnectionRefusedError:
                continue  # nobody listens yet, or any more
            answer = self._parse(data)
            if answer is not None:
                return answer
        return None

    def _parse(self, data):
        message = _Reader(_Reader(data).tlv(0x30)[1])
        message.integer()
        message.tlv(OCTETS)
        pdu = _Reader(message.tlv(_RESPONSE)[1])
        number, status, index = pdu.integer(), pdu.integer(), pdu.integer()
        if number != self.number:
            return None  # late answer to an earlier request
        if status != 0:
            raise Error(status, index)
        return _bindings(pdu)


def _bindings(pdu):
    """The variables that a PDU ends with."""
    found, bindings = [], _Reader(pdu.tlv(0x30)[1])
    while bindings.more():
        binding = _Reader(bindings.tlv(0x30)[1])
        name = _dotted(binding.tlv(OID)[1])
        kind, body = binding.tlv()
        found.append(Var(name, kind, decode(kind, body)))
    return found


class Notification:
    """One that was received: what it is called, its variables after the first two."""

    def __init__(self, variables, inform, community, context):
        self.uptime, self.trap = variables[0].value, variables[1].value
        self.first_names = [v.name for v in variables[:2]]
        self.variables = variables[2:]
        self.inform = inform
        self.community = community  # b'': version 3
        self.context = context      # version 3
        self.at = time.monotonic()

    def __repr__(self):
        return f'{self.trap} {self.variables}'

    def value(self, root):
        """The value of the first variable of an object."""
        return next((v.value for v in self.variables if inside(v.name, root)), None)


def _notice(data):
    """The community, the context and the PDU of a message: version 2c, or 3 without security."""
    message = _Reader(_Reader(data).tlv(0x30)[1])
    if message.integer() != 3:
        return bytes(message.tlv(OCTETS)[1]), '', message.tlv()
    message.tlv(0x30), message.tlv(OCTETS)
    scoped = _Reader(message.tlv(0x30)[1])
    scoped.tlv(OCTETS)
    return b'', scoped.tlv(OCTETS)[1].decode(), scoped.tlv()


class Receiver:
    """Takes traps and informs at a port of its own, and acknowledges v2c informs (if asked to)."""

    def __init__(self, acknowledge=True, port=0, buffer=4 << 20):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.bind(('127.0.0.1', port))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.acknowledge = acknowledge
        self.seen = []  # in order of arrival

    def close(self):
        self.socket.close()

    def dropped(self):
        """How many the kernel threw away because poll() came too late."""
        with open('/proc/net/udp', encoding='ascii') as f:
            rows = [line.split() for line in f]
        return sum(int(row[-1]) for row in rows if row[1] == f'0100007F:{self.port:04X}')

    def poll(self):
        """Takes what is there; everything received so far."""
        while True:
            try:
                data, source = self.socket.recvfrom(_LARGEST)
            except BlockingIOError:
                return self.seen
            notification, answer = self.read(data)
            self.seen.append(notification)
            if notification.inform and self.acknowledge:
                self.socket.sendto(answer, source)

    @staticmethod
    def read(data):
        """A datagram's notification, and the answer that it gets if it is an inform."""
        community, context, (tag, body) = _notice(data)
        if tag not in (_INFORM, _TRAP2):
            raise ValueError(f'not a notification of SNMPv2: tag {tag:#x}')
        pdu = _Reader(body)
        pdu.integer(), pdu.integer(), pdu.integer()
        answer = _tlv(0x30, _integer(1) + _tlv(OCTETS, community) + _tlv(_RESPONSE, body))
        return Notification(_bindings(pdu), tag == _INFORM, community, context), answer
