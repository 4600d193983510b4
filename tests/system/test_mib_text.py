#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""UPSMIBD-MIB.txt against the tables of the program: the same objects, types, accesses, varbinds."""

import os
import re
import subprocess
import unittest

import tap

SRC = os.environ.get('srcdir', os.path.join(os.path.dirname(__file__), '..', '..'))
BUILD = os.environ.get('builddir', '.')

# Base types as tags of the wire (RFC 3416).
TAGS = {'INTEGER': 0x02, 'Integer32': 0x02, 'OCTET STRING': 0x04, 'BITS': 0x04,
        'OBJECT IDENTIFIER': 0x06, 'Counter32': 0x41, 'Gauge32': 0x42, 'Unsigned32': 0x42,
        # of SNMPv2-TC
        'DisplayString': 0x04, 'DateAndTime': 0x04, 'AutonomousType': 0x06, 'TruthValue': 0x02,
        'TestAndIncr': 0x02}


def read_module():
    """The module's text without comments."""
    with open(os.path.join(SRC, 'mibs', 'UPSMIBD-MIB.txt'), encoding='ascii') as file:
        return re.sub(r'^--.*$', '', file.read(), flags=re.MULTILINE)


class Module:
    """What a regular expression can find in a module that smilint has passed."""

    def __init__(self, text):
        self.types = dict(TAGS)
        for name, syntax in re.findall(
                r'^(\w+) ::= TEXTUAL-CONVENTION.*?SYNTAX\s+(OCTET STRING|\w+)', text, re.M | re.S):
            self.types[name] = TAGS[syntax]
        self.parents = {}
        for name, parent, arc in re.findall(
                r'^(\w+)[ \t]+(?:OBJECT IDENTIFIER|OBJECT-IDENTITY|OBJECT-TYPE)\b'
                r'(?:(?!^\w).)*?::= \{ (\w+) (\d+) \}', text, re.M | re.S):
            self.parents[name] = (parent, int(arc))
        self.objects = {}
        for name, body in re.findall(r'^(\w+) OBJECT-TYPE\n(.*?)^    ::= ', text, re.M | re.S):
            self.objects[name] = body
        self.notifications = {}
        for name, names, arc in re.findall(
                r'^(\w+) NOTIFICATION-TYPE\s+OBJECTS\s+\{(.*?)\}.*?::= \{ upsmibdNotifyPrefix (\d+) \}',
                text, re.M | re.S):
            self.notifications[name] = (int(arc), [n.strip() for n in names.split(',')])

    def oid(self, name):
        """The OID below upsmibdObjects."""
        arcs = []
        while name != 'upsmibdObjects':
            name, arc = self.parents[name]
            arcs.insert(0, arc)
        return '.'.join(map(str, arcs))

    def clause(self, name, clause):
        """What a clause of an object says; None if it has none."""
        found = re.search(rf'^    {clause}\s+(.*?)$', self.objects[name], re.M)
        return found.group(1) if found else None

    def leaves(self):
        """Objects that have values: no tables, no rows."""
        for name in self.objects:
            syntax = self.clause(name, 'SYNTAX')
            if not syntax.startswith('SEQUENCE OF') and not syntax.endswith('Entry'):
                yield name

    def tag(self, name):
        """The tag of an object's type."""
        syntax = self.clause(name, 'SYNTAX')
        return self.types['OCTET STRING' if syntax.startswith('OCTET STRING')
                          else re.match(r'\w+', syntax).group(0)]


class MibText(unittest.TestCase):
    """The module and the program's tables."""

    @classmethod
    def setUpClass(cls):
        cls.text = read_module()
        cls.module = Module(cls.text)
        out = subprocess.run([os.path.join(BUILD, 'tests', 'unit', 'list_mib_rows')], check=True,
                             capture_output=True, text=True, timeout=60).stdout
        cls.lines = [line.split() for line in out.splitlines()]

    def of(self, kind):
        """The lines of one kind, without the word itself."""
        return [line[1:] for line in self.lines if line[0] == kind]

    def test_objects_are_the_same(self):
        """Name, OID, type and access of every object, both ways."""
        rows = {name: (oid, int(tag, 16), access) for name, oid, tag, access in self.of('row')}
        text = {name: (self.module.oid(name), self.module.tag(name),
                       self.module.clause(name, 'MAX-ACCESS')) for name in self.module.leaves()}
        self.assertGreater(len(rows), 100)
        self.assertEqual(rows, text)

    def test_indexes_are_the_same(self):
        """A row that is indexed by unit stands in a table whose INDEX begins with the unit."""
        for name, kind in self.of('index'):
            parent = self.module.parents[name][0]
            index = re.search(r'INDEX\s+\{ (.*?) \}', self.module.objects.get(parent, ''), re.S)
            if kind == 'SCALAR':
                self.assertIsNone(index, name)
            else:
                self.assertEqual(index.group(1).startswith('upsmibdUnitIndex'), kind == 'UNIT',
                                 name)

    def test_notifications_are_the_same(self):
        """Name, arc and varbinds of every notification."""
        columns = {self.module.oid(name): name for name in self.module.leaves()}
        program = {}
        for name, arc, *oids in self.of('notification'):
            names = []
            for oid in oids:
                column = max((c for c in columns if oid.startswith(c + '.')), key=len, default=oid)
                names.append(columns.get(column, oid))
            program[name] = (int(arc), names)
        self.assertGreater(len(program), 10)
        self.assertEqual(program, self.module.notifications)

    def test_status_bits_are_the_same(self):
        """As many named bits as there are words, in a row from 0."""
        bits = re.search(r'SYNTAX\s+BITS \{(.*?)\}', self.text, re.S).group(1)
        self.assertEqual(re.findall(r'\((\d+)\)', bits), [line[0] for line in self.of('bit')])

    def test_every_object_is_described(self):
        """A DESCRIPTION of more than a word, and a unit wherever there is a measure."""
        for name in self.module.leaves():
            words = re.search(r'DESCRIPTION\s+"(.*?)"', self.module.objects[name], re.S).group(1)
            self.assertGreater(len(words.split()), 2, name)
            if re.search(r'(Voltage|Current|Frequency|Power|Age|Duration|Time)$', name) and \
                    self.module.tag(name) == 0x02:
                self.assertIsNotNone(self.module.clause(name, 'UNITS'), name)


if __name__ == '__main__':
    tap.main()
