#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/protocols/huawei-coverage.md: which code and which test stand behind each row of Huawei's protocol.

A row of a table has what it is about, where it is in the program, and its tests.  What is named must be there: a file
and a word in it, a test case that its program runs.  What the program and the protocol's page list must have its row.
"""

import glob
import importlib
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '../..')
BUILD = os.path.abspath(os.environ.get('builddir', '.'))
PAGE = 'docs/protocols/huawei-coverage.md'
PROTOCOL = 'docs/protocols/huawei-ups2000.md'
FAULTS = range(1, 35)
sys.path.insert(0, HERE)
import tap  # noqa: E402


def text_of(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f:
        return f.read()


def tables(path):
    """Heading and cells of every row, the heads of tables left out."""
    heading, previous = '', ''
    for line in text_of(path).splitlines():
        if line.startswith('#'):
            heading = line.lstrip('# ')
        elif line.startswith('|') and previous.startswith('|') and not line.startswith('|---'):
            yield heading, [cell.strip() for cell in line.strip('|').split('|')]
        previous = line


def unit_cases(program):
    """Names in the table of cmocka, whatever macro the program wraps them in."""
    text = text_of(f'tests/unit/{program}.c')
    return set(re.findall(r'\b\w+\((test_\w+)[),]', text[text.rindex('int main('):]))


def system_cases(module):
    """Class.method, those that a class inherits too."""
    found = set()
    for name, value in vars(importlib.import_module(module)).items():
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            found |= {f'{name}.{method}' for method in unittest.TestLoader().getTestCaseNames(value)}
    return found


def listed_options():
    """Options of the driver, by --list-drivers."""
    listing = subprocess.run([os.path.join(BUILD, 'upsmibd'), '--list-drivers', 'huawei-ups2000'], check=True,
                             capture_output=True, text=True, timeout=60).stdout
    return re.findall(r'^  ([a-z][^ ]*) ', listing[listing.index('options:'):], re.MULTILINE)


class Coverage(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.rows = list(tables(PAGE))
        cls.keys = {cells[0] for _, cells in cls.rows}

    def test_every_row_is_whole(self):
        for heading, cells in self.rows:
            self.assertEqual(len(cells), 3, f'{heading}: {cells}')
            self.assertRegex(cells[2], r'^`test_\w+(\.py)?: [\w.]+`(, `test_\w+(\.py)?: [\w.]+`)*$', f'{heading}: {cells[0]}')

    def test_no_row_twice(self):
        seen = [(heading, cells[0]) for heading, cells in self.rows]
        self.assertEqual(sorted(seen), sorted(set(seen)))

    def test_every_test_exists(self):
        cases, missing = {}, []
        for _, cells in self.rows:
            for name in re.findall('`([^`]*)`', cells[2]):
                program, case = name.split(': ')
                if program not in cases:
                    cases[program] = system_cases(program[:-3]) if program.endswith('.py') else unit_cases(program)
                if case not in cases[program]:
                    missing.append(name)
        self.assertEqual(missing, [])

    def test_every_program_is_run(self):
        """By `make check`: it stands in a fragment of the Makefile."""
        named = {name.split(':')[0] for _, cells in self.rows for name in re.findall('`([^`]*)`', cells[2])}
        lists = ''.join(text_of(os.path.relpath(path, TOP)) for path in glob.glob(os.path.join(TOP, '*/**/*.mk'), recursive=True))
        self.assertEqual([name for name in sorted(named) if not re.search(rf'/{re.escape(name)}(?![\w.])', lists)], [])

    def test_every_place_exists(self):
        missing = []
        for _, cells in self.rows:
            places = re.findall('`([^`]*)`', cells[1])
            self.assertTrue(places, cells[0])
            for place in places:
                path, _, word = place.partition(': ')
                if not os.path.exists(os.path.join(TOP, path)) or not re.search(rf'(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])', text_of(path)):
                    missing.append(place)
        self.assertEqual(missing, [])

    def test_every_row_of_the_protocol(self):
        """Registers, alarms, commands, variables and decisions."""
        due = [cells[0] for heading, cells in tables(PROTOCOL) if heading[:2] in ('4.', '5.', '7.', '8.') or heading.startswith('Variables')]
        self.assertGreater(len(due), 80)
        self.assertEqual([key for key in due if key not in self.keys], [])

    def test_every_option(self):
        self.assertEqual([f'option {name}' for name in listed_options() if f'option {name}' not in self.keys], [])

    def test_every_fault(self):
        numbers = {int(key.split()[1]) for key in self.keys if re.match(r'fault \d+ ', key)}
        self.assertEqual(numbers, set(FAULTS))


if __name__ == '__main__':
    tap.main()
