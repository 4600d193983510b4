# SPDX-License-Identifier: BSD-2-Clause
"""What NUT's own drivers show of a simulated UPS, and the differences that docs/protocols/qx-nut.md explains.

The page is the list of what is expected: a difference without a row there fails, and a row without its difference too.
"""

import os
import re
import unittest

from harness import SLOW, nut_driver

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/protocols/qx-nut.md')
VERSION = '2.8.0'
EVERYWHERE = 'all'  # and `all DIALECT`
NOTHING = '—'
ANY = 'the same'
CLAIMS = 'the UPS'


def rows():
    """{case: {variable: (NUT's value, ours)}} of the page; None where there is none."""
    found = {}
    with open(PAGE, encoding='utf-8') as f:
        for line in f:
            cells = [cell.strip() for cell in line.strip().strip('|').split('|')]
            if len(cells) != 6 or not re.fullmatch('`.*`', cells[0]):
                continue
            case, variable, nut, ours = (cell.strip('`') for cell in cells[:4])
            if not cells[4] or not cells[5]:
                raise AssertionError(f'{case} {variable}: who is right, and why?')
            found.setdefault(case, {})[variable] = (None if nut == NOTHING else nut, None if ours == NOTHING else ours)
    return found


def nut_values(lab, driver, port, *options, loops='1'):
    """{variable: value} as the driver dumps them; empty if it does not take the UPS for its own."""
    program = nut_driver(driver)
    if not program or os.geteuid() != 0:
        raise unittest.SkipTest(f"NUT's {driver} is not installed, or may not open the port")
    done = lab.run(program, '-V')
    if VERSION not in done.stdout + done.stderr:
        raise unittest.SkipTest(f'the page is about NUT {VERSION}')
    directory = lab.fresh('nut')
    os.mkdir(directory)
    options = [word for option in options for word in ('-x', option)]
    done = lab.run(program, '-u', 'root', '-s', 'ups0', '-x', f'port={port}', *options, '-d', loops, timeout=60 * SLOW,
                   env={'NUT_STATEPATH': directory, 'NUT_ALTPIDPATH': directory, 'NUT_CONFPATH': directory})
    lines = (line.split(': ', 1) for line in done.stdout.splitlines() if re.match(r'[a-z][A-Za-z0-9.-]*: ', line))
    return {name: value.rstrip() for name, value in lines if not name.startswith('driver.')}


def equal(nut, ours):
    if nut == ours:
        return True
    try:
        return abs(float(nut) - float(ours)) < 0.06
    except (TypeError, ValueError):
        return False


def differences(nut, ours, only_theirs=False):
    """{variable: (NUT's, ours)}; only_theirs: of what NUT shows."""
    if not nut:
        return {CLAIMS: (None, 'found')}
    return {name: (nut.get(name), ours.get(name)) for name in sorted(set(nut) | (set() if only_theirs else set(ours)))
            if not equal(nut.get(name), ours.get(name))}


def expected(case, found):
    """The rows of the page for this case and for its dialect; those for all dialects where they apply."""
    page = rows()
    wanted = dict(page.get(f'{EVERYWHERE} {case.split()[0]}', {}), **page.get(case, {}))
    for name, (nut, ours) in page[EVERYWHERE].items():
        if name in found and name not in wanted:
            wanted[name] = (nut, found[name][1] if ours == ANY else ours)
    return wanted


def check(test, case, nut, ours, only_theirs=False):
    """Fails for what the page does not say, in lines that could be put there."""
    found = differences(nut, ours, only_theirs)
    wanted = expected(case, found)
    wrong = [f'| `{case}` | {name} | {found.get(name)} | instead of {wanted.get(name)}'
             for name in sorted(set(found) | set(wanted)) if found.get(name) != wanted.get(name)]
    test.assertEqual(wrong, [], '\n' + '\n'.join(wrong))
