#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A small storm of `./run soak failures`: no notification is lost while snmpd and upsmibd are killed."""

import os
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'soak')]
import failures  # noqa: E402
import tap  # noqa: E402
from harness import Case  # noqa: E402


class Storm(Case):
    def test_nothing_is_lost(self):
        figures, wrong = failures.run(self.lab, failures=60, kills=8, stops=4, units=20, seed=1628)
        for title, value in figures.items():
            print(f'# {title}: {value}')
        self.assertEqual(wrong, [])
        self.assertEqual(figures['mains failures'], 60)
        self.assertEqual((figures['snmpd killed'], figures['upsmibd killed or stopped']), (8, 4))
        # every failure is four changes of alarms at the least
        self.assertGreater(figures['own alarm notifications'], 4 * 50)
        self.assertGreater(figures['told before the next change'], 20)


if __name__ == '__main__':
    tap.main()
