#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Values, alarm and log when a device on Modbus TCP goes silent or away, and comes back."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
import test_life  # noqa: E402
from harness import NORMAL, OTHER, wait_until  # noqa: E402
from test_life import BACK_WITHIN, MARGIN, MAXAGE  # noqa: E402


class Gone(test_life.Gone):
    TCP = True

    def test_connection_reset(self):
        for _ in range(3):
            self.sim.command('rst')
            requests = self.sim.requests()
            wait_until(lambda n=requests: self.sim.requests() > n + 6, 'polls go on', BACK_WITHIN)
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL, BACK_WITHIN)
        self.wait_there('upsBatteryVoltage.0', within=BACK_WITHIN)

    def test_half_open_connection(self):
        self.sim.command('half-open')
        self.wait_value(self.client, 'upsOutputSource.0', OTHER, MAXAGE + 1 + MARGIN)
        # found dead by its silence; the next connection works
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL, BACK_WITHIN)


if __name__ == '__main__':
    tap.main()
