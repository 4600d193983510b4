#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration runs to its end in less than a minute, and can fail."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import BUILD, Case, SLOW, SRC, has_standalone  # noqa: E402


class Demo(Case):
    def demo(self, build):
        return subprocess.run([sys.executable, os.path.join(SRC, 'tests/system/demo.py'), build],
                              capture_output=True, timeout=120 * SLOW, check=False,
                              encoding='utf-8', stdin=subprocess.DEVNULL)

    def test_to_its_end(self):
        if not has_standalone():
            self.skipTest('built without the standalone agent')
        start = time.monotonic()
        done = self.demo(BUILD)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertLess(time.monotonic() - start, 60 * SLOW)
        for words in ('upsOutputSource = battery(5)', 'upsAlarmOnBattery', 'are gone rather than wrong',
                      'All values are back', 'values are back after', 'ms after the failure', 'trap received: upsTrapOnBattery',
                      'trap received: upsTrapAlarmEntryRemoved  upsAlarmOnBattery',
                      'upsTestResultsSummary = donePass(1)', 'trap received: upsTrapTestCompleted',
                      'error-status 17', 'notWritable', 'upsShutdownAfterDelay = 118',
                      'cancelled, the UPS counts no more', 'everything was as it should be'):
            self.assertIn(words, done.stdout)
        self.assertEqual(done.stderr, '')

    def test_without_programs(self):
        done = self.demo(self.lab.dir)
        self.assertEqual(done.returncode, 1)


if __name__ == '__main__':
    tap.main()
