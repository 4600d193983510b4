#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/qx-coverage.md: which test shows what, for every row of the tables of the Q* family and of SITOP.

The rows come from the programs' own tables (list_qx, list_options, upsmibd --list-drivers), the names from what the tests
print (the unit tests' logs, or the tests themselves) and from the classes of the system tests.  A row without a test
fails, and so does a name that no test prints.

    test_coverage.py [update]     update: writes the page anew (`make update-coverage`)
"""

import importlib
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get('builddir', '.'))
PAGE = os.path.join(HERE, '../../docs/qx-coverage.md')
sys.path.insert(0, HERE)
import tap  # noqa: E402
from coverage_map import BRIDGE_CASES, CAPTURES, DIALECT_CASES, OPTIONS, SITOP  # noqa: E402

UNIT = ('test_conf', 'test_link', 'test_qx_bridges', 'test_qx_captures', 'test_qx_claim', 'test_qx_commands', 'test_qx_estimate',
        'test_qx_options', 'test_qx_serial', 'test_qx_settings', 'test_qx_usb', 'test_sitop', 'test_sitop_command', 'test_sitop_words',
        'test_usb_bus', 'test_usb_select', 'test_worker')
SYSTEM = ('test_qx', 'test_sitop')
DRIVERS = ('qx', 'siemens-sitop')


def output(*command, **env):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=BUILD,
                          env={**os.environ, **env}).stdout


def printed(program):
    """Names in TAP, from the log of this run of the tests if there is one."""
    path = os.path.join(BUILD, 'tests/unit', program)
    if not os.path.exists(path):
        return set()
    text = ''
    if os.path.exists(path + '.log') and os.path.getmtime(path + '.log') >= os.path.getmtime(path):
        with open(path + '.log', encoding='utf-8', errors='replace') as f:
            text = f.read()
    text = text or output(path, CMOCKA_MESSAGE_OUTPUT='TAP', builddir='.', srcdir=os.path.join(HERE, '../..'))
    return set(re.findall(r'^(?:not )?ok \d+ - (.*)$', text, re.MULTILINE))


def methods(module):
    """Class.method of a system test."""
    found = set()
    for name, value in vars(importlib.import_module(module)).items():
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            found |= {f'{name}.{method}' for method in unittest.TestLoader().getTestCaseNames(value)}
    return found


class Tables:
    def __init__(self):
        self.names = {program: printed(program) for program in UNIT}
        self.names.update((f'{module}.py', methods(module)) for module in SYSTEM)
        rows = [line.split('\t') for line in output(os.path.join(BUILD, 'tests/unit/list_qx')).splitlines()]
        self.rows = {kind: [row[1:] for row in rows if row[0] == kind] for kind in ('query', 'command', 'setting', 'bridge')}
        self.dialects = list(dict.fromkeys(row[0] for row in self.rows['query']))
        self.usb = bool(self.rows['bridge'])

    def find(self, program, test):
        """Names of the program for which test(name) holds, in order."""
        return [f'{program}: {name}' for name in sorted(self.names[program]) if test(name)]

    def exists(self, name):
        program, _, test = name.partition(': ')
        return test in self.names.get(program, ())

    def query(self, dialect, request):
        """Captures of the dialect that hold the request; those of a real device first."""
        wanted = re.compile(re.escape(request).replace('%a', '[0-9][0-9]') + '$')

        def holds(name):
            head = name.split(':')[0]
            return head.startswith(dialect + ' ') and any(wanted.match(part) for part in head[len(dialect) + 1:].split(' + '))
        return sorted(self.find('test_qx_captures', holds), key=lambda name: 'constructed' in name)

    def named(self, program, dialect, what):
        return self.find(program, lambda name: name.startswith(f'{dialect} {what}: '))


def code(text):
    return f'`{text}`'


def cell(names, most=2):
    """Names of tests; of many the first ones."""
    more = f', and {len(names) - most} more' if len(names) > most else ''
    return ', '.join(code(name) for name in names[:most]) + more


def table(head, rows):
    return ['| ' + ' | '.join(head) + ' |', '|' + ' --- |' * len(head)] + ['| ' + ' | '.join(row) + ' |' for row in rows] + ['']


def dialect_rows(t, dialect):
    for name, request in t.rows['query']:
        if name == dialect:
            yield 'query', code(request), t.query(dialect, request)
    for name, command, sent in t.rows['command']:
        if name == dialect:
            yield command, code(sent), t.named('test_qx_commands', dialect, command)
    for name, var, sent in t.rows['setting']:
        if name == dialect:
            yield f'set {var}', code(sent) if sent else 'kept by the driver', t.named('test_qx_settings', dialect, var)
    for case, names in DIALECT_CASES.items():
        found = [name.format(re.sub('[^a-z0-9]', '_', dialect)) for name in names]
        found = [name for name in found if t.exists(name)]
        if found or case[0] != '(':
            yield case.strip('()'), '', found


def bridge_rows(t):
    for bridge in [row[0] for row in t.rows['bridge']] + ['armac (new)'] * t.usb:
        for case, names in BRIDGE_CASES.items():
            yield bridge, case, [name.format(bridge) for name in names if t.exists(name.format(bridge))]


def options():
    for line in output(os.path.join(BUILD, 'tests/unit/list_options')).splitlines():
        place, name = line.split('\t')[:2]
        if place in DRIVERS or (place == 'common' and name in ('port', 'pollinterval', 'pollfreq')):
            yield place, name


def page(t):
    lines = ['# Which test shows what: the Q\\* family and SITOP', '',
             'Made by `make update-coverage` from the drivers\' tables and from the names that the tests print; `tests/system/test_coverage.py` '
             'fails when it is out of date, when a row of a table has no test, or when a test named here does not exist.',
             'A name is `program: test case`; unit tests are in `tests/unit`, system tests in `tests/system`.', '',
             '## Dialect by capability', '', 'How many test cases; their names follow, dialect by dialect.', '']
    rows = {dialect: list(dialect_rows(t, dialect)) for dialect in t.dialects}
    kinds = (('queries', lambda what: what == 'query'), ('commands', lambda what: re.match(r'[a-z]+\.[a-z.]+$', what)),
             ('settings', lambda what: what.startswith('set ')), ('as a whole', lambda what: what in [c.strip('()') for c in DIALECT_CASES]))
    lines += table(['dialect'] + [f'{name}: rows, tests' for name, _ in kinds],
                   [[dialect] + [f'{sum(1 for r in rows[dialect] if has(r[0]))}, {sum(len(r[2]) for r in rows[dialect] if has(r[0]))}'
                                 for _, has in kinds] for dialect in t.dialects])
    for dialect in t.dialects:
        lines += [f'### {dialect}', ''] + table(['capability', 'sent', 'tests'], [[what, sent, cell(names)] for what, sent, names in rows[dialect]])
    lines += ['## Bridge by case', '']
    cases = list(BRIDGE_CASES)
    bridges = list(dict.fromkeys(bridge for bridge, _, _ in bridge_rows(t)))
    found = {(bridge, case): names for bridge, case, names in bridge_rows(t)}
    lines += table(['bridge', 'case', 'tests'], [[bridge, case, cell(found[bridge, case])] for bridge in bridges for case in cases])
    lines += ['## SITOP', ''] + table(['what', 'tests'], [[what, cell(names, 9)] for what, names in SITOP])
    lines += ['## Option', ''] + table(['driver', 'option', 'tests'], [[place, code(name), cell(OPTIONS.get((place, name), []), 9)] for place, name in options()])
    lines += ['## Real captures', '', 'What has been published of real devices, and the test case that it is.', '']
    lines += table(['what', 'tests'], [[what, cell(names, 9)] for what, names in CAPTURES])
    return '\n'.join(lines)


class Coverage(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.tables = Tables()
        if not any(cls.tables.names[program] for program in UNIT):
            raise unittest.SkipTest('the unit tests were not built')

    def needs_usb(self):
        if not self.tables.usb or not self.tables.names['test_usb_bus'] or any('SKIP' in n for n in self.tables.names['test_usb_bus']):
            self.skipTest('built without USB or without its simulator')

    def test_every_dialect_is_listed(self):
        listing = output(os.path.join(BUILD, 'upsmibd'), '--list-drivers', 'qx')
        words = re.search(r'^  protocol +auto, (.*); default', listing, re.MULTILINE).group(1)
        self.assertEqual(sorted(re.split(', | or ', words)), sorted(self.tables.dialects))

    def test_every_option_is_listed(self):
        for driver in DRIVERS:
            listing = output(os.path.join(BUILD, 'upsmibd'), '--list-drivers', driver)
            shown = re.findall(r'^  ([a-z][^ ]*) ', listing[listing.index('options:'):], re.MULTILINE)
            self.assertEqual(sorted(shown), sorted(name for place, name in options() if place == driver))

    def test_every_row_of_a_dialect(self):
        missing = [f'{dialect}: {what} {sent}' for dialect in self.tables.dialects
                   for what, sent, names in dialect_rows(self.tables, dialect) if not names]
        self.assertEqual(missing, [])

    def test_every_bridge_in_every_case(self):
        self.needs_usb()
        self.assertEqual([f'{bridge}: {case}' for bridge, case, names in bridge_rows(self.tables) if not names], [])

    def test_every_option(self):
        self.assertEqual([option for option in options() if not OPTIONS.get(option)], [])
        self.assertEqual(sorted(set(OPTIONS) - set(options())), [])

    def test_every_name_exists(self):
        self.needs_usb()
        named = [name for names in OPTIONS.values() for name in names] + [name for _, names in SITOP + CAPTURES for name in names]
        self.assertEqual([name for name in named if not self.tables.exists(name)], [])

    def test_the_page_is_current(self):
        self.needs_usb()
        with open(PAGE, encoding='utf-8') as f:
            self.assertEqual(f.read(), page(self.tables), 'run: make update-coverage')


if __name__ == '__main__':
    if sys.argv[1:] == ['update']:
        with open(PAGE, 'w', encoding='utf-8') as out:
            out.write(page(Tables()))
    else:
        tap.main()
