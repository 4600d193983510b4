#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/protocols/voltronic-coverage.md against the tests it names and the tables it tells of."""

import glob
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402

SRC = os.environ.get('srcdir', os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.environ.get('builddir', os.path.join(SRC, 'build'))
PAGE = os.path.join(SRC, 'docs/protocols/voltronic-coverage.md')


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def rows():
    """The rows of all tables, as lists of cells."""
    found = []
    for line in read(PAGE).splitlines():
        cells = [cell.strip() for cell in line.strip('|').split(' | ')]
        if line.startswith('|') and not line.startswith('|---'):
            found.append(cells)
    return [cells for cells in found if 'tests' not in cells[-1].split()]


def tests_of(name):
    """The tests that a file registers."""
    unit = os.path.join(SRC, 'tests/unit', name + '.c')
    if os.path.exists(unit):
        return set(re.findall(r'cmocka_unit_test\w*\((\w+)', read(unit)))
    system = os.path.join(SRC, 'tests/system', name + '.py')
    return set(re.findall(r'^    def (test_\w+)', read(system), re.M)) if os.path.exists(system) else set()


def run_by_make(name):
    """Is the file among the programs of `make check`?"""
    fragments = glob.glob(os.path.join(SRC, 'tests/*/*.mk'))
    return any(re.search(rf'\btests/(unit|system)/{name}(\.py)?(?![\w.])', read(f)) for f in fragments)


class Coverage(unittest.TestCase):
    def test_every_row_names_tests(self):
        self.assertGreater(len(rows()), 120)
        for cells in rows():
            self.assertRegex(cells[-1].rstrip(' |'), r'^`\w+:test_\w+`(, `\w+:test_\w+`)*$', cells[0])

    def test_tests_exist(self):
        for name, test in sorted(set(re.findall(r'`(\w+):(test_\w+)`', read(PAGE)))):
            with self.subTest(test=f'{name}:{test}'):
                self.assertIn(test, tests_of(name))
                self.assertTrue(run_by_make(name), f'{name} is run by make check')

    def test_every_option_has_a_row(self):
        listing = subprocess.run([os.path.join(BUILD, 'upsmibd'), '--list-drivers', 'qx'], capture_output=True,
                                 encoding='utf-8', check=True).stdout
        # a name, its facts, and below them its help
        options = [entry.split()[0] for entry in re.split(r'^  (?=\w)', listing, flags=re.M)[1:]
                   if '(voltronic' in entry]
        told = ' '.join(cells[0] for cells in rows())
        self.assertGreaterEqual(len(options), 20)
        for option in options:
            self.assertIn(f'`{option}`', told)

    def test_every_warning_has_a_row(self):
        alarms = read(os.path.join(SRC, 'drivers/ups_alarms.def'))
        numbers = set(re.findall(r'VOLTRONIC_WARNING_(\d+),', alarms))
        self.assertEqual(len(numbers), 64)
        self.assertEqual({cells[0].split()[0] for cells in rows() if cells[0][0].isdigit()}, numbers)

    def test_every_setting_has_a_row(self):
        names = dict(re.findall(r'UPS_(?:NUM|CHOICE)\((\w+), "([^"]+)"', read(os.path.join(SRC, 'drivers/ups_vars.def'))))
        table = read(os.path.join(SRC, 'tests/unit/test_qx_voltronic_settings.c'))
        written = {name for name in names.values() if f'"{name}", ' in table}
        self.assertGreaterEqual(len(written), 30)
        text = read(PAGE)
        for name in written:
            self.assertIn(name, text)


if __name__ == '__main__':
    tap.main()
