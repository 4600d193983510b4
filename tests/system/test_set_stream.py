#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""500 PDUs of `./run soak sets`: random SETs, judged by what the simulated UPS was told and is."""

import os
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'soak')]
import sets  # noqa: E402
import tap  # noqa: E402
from harness import Case, has_standalone  # noqa: E402


class Stream(Case):
    def test_success_means_done(self):
        faces = (False, True) if has_standalone() else (False,)
        figures, wrong = sets.run(500, seed=1628, faces=faces)
        for title, value in figures.items():
            print(f'# {title}: {value}')
        self.assertEqual(wrong, [])
        self.assertEqual(sum(figures[key] for key in figures if key.endswith(': PDUs')), 500)
        self.assertGreater(sum(figures[key] for key in figures if 'device actions' in key), 20)


if __name__ == '__main__':
    tap.main()
