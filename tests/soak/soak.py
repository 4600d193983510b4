#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The long tests: thousands of events and SETs against a program that is killed meanwhile.

soak.py [--build DIR] [--seed N] [--failures N] [--kills N] [--sets N] [failures] [sets]
Prints figures, writes DIR/soak.json and exits 0 only if all is as docs/soak.md says.
"""

import argparse
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def arguments():
    parser = argparse.ArgumentParser(description='Long tests of upsmibd; see docs/soak.md.')
    parser.add_argument('parts', nargs='*', metavar='failures|sets', help='default: both')
    parser.add_argument('--build', help='build directory')
    parser.add_argument('--seed', type=int, help='of all that is random; default: a new one')
    parser.add_argument('--failures', type=int, default=1000, help='mains failures (1000)')
    parser.add_argument('--kills', type=int, default=50,
                        help='how often snmpd is killed (50); upsmibd: two fifths as often')
    parser.add_argument('--units', type=int, help='simulated UPSes (a third of the failures, 50)')
    parser.add_argument('--sets', type=int, default=10000, help='SET PDUs (10000)')
    options = parser.parse_args()
    unknown = set(options.parts) - {'failures', 'sets'}
    if unknown:
        parser.error('no such part: ' + ' '.join(sorted(unknown)))
    return options


def part(name, run):
    """Runs one part in a lab of its own; its result for soak.json."""
    import harness
    lab = harness.Lab()
    try:
        figures, wrong = run(lab)
        if wrong:
            lab.diagnose()
    except AssertionError as e:
        lab.diagnose()
        figures, wrong = {}, [str(e)]
    finally:
        lab.close()
    print(f'{name}:')
    for title, value in figures.items():
        print(f'  {title:52} {value}')
    for text in wrong[:40]:
        print(f'  WRONG: {text}')
    print(f'  {"all as it must be" if not wrong else f"{len(wrong)} wrong"}', flush=True)
    return {'figures': figures, 'wrong': wrong}


def main():
    options = arguments()
    if options.build:
        os.environ['builddir'] = options.build
    sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'system')]
    import failures
    import harness
    import sets
    seed = options.seed or random.randrange(1, 1 << 31)
    print(f'seed {seed}', flush=True)
    parts = {
        'failures': lambda lab: failures.run(lab, options.failures, options.kills,
                                             options.kills * 2 // 5, options.units, seed),
        'sets': lambda lab: sets.run(options.sets, seed),
    }
    chosen = [name for name in parts if not options.parts or name in options.parts]
    report = {'seed': seed, 'parts': {name: part(name, parts[name]) for name in chosen}}
    with open(os.path.join(harness.BUILD, 'soak.json'), 'w', encoding='utf-8') as f:
        json.dump(report, f, indent=1)
        f.write('\n')
    sys.exit(1 if any(p['wrong'] for p in report['parts'].values()) else 0)


if __name__ == '__main__':
    main()
