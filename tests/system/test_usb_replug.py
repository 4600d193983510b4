#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon with USB UPSes that are pulled out and put back: how soon values are there again, and what
it costs while they are gone."""

import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import NORMAL, SLOW, pause, wait_until  # noqa: E402
from test_usb import CONNECTED, CONNECTION, RECONNECTS, Usb  # noqa: E402

REPLUGS = 100
BACK_WITHIN = 10.0  # s; the benchmark's section `comeback` holds it to 2 s, where no other test runs beside it


class Replug(Usb):
    """Two UPSes of one kind, pulled out and put back a hundred times, wherever the bus puts them."""

    def test_values_are_back(self):
        self.start([('cypress', 'A1'), ('cypress', 'B2')], ('serial = A1',), ('serial = B2',))
        rand = random.Random(4)
        times = []
        for i in range(REPLUGS // 2):
            slow = i % 2 and 100
            for n in (0, 1):
                self.bus.command(f'set {n} late {slow}')  # so that a question is in flight
            pause(rand.uniform(0, 0.2))
            before = [self.own(RECONNECTS, n) for n in (0, 1)]
            order = rand.sample((0, 1), 2)
            for n in order:
                self.unplug(n)
                pause(rand.uniform(0, 0.05))
            for n in (0, 1):
                self.wait_lost(n)
                self.load(n, 20 + n + 2 * (i % 20))
                self.bus.command(f'set {n} late 0')
            pause(rand.uniform(0, 0.3))
            times += self.plug_back(i, rand.sample((0, 1), 2), before)
        times.sort()
        print(f'# {len(times)} replugs: values back after {times[len(times) // 2] * 1000:.0f} ms (median), '
              f'at most {times[-1] * 1000:.0f} ms')
        self.assertLess(times[-1], BACK_WITHIN * SLOW)
        self.assertLess(len(self.bus.lines()), 4 * REPLUGS, 'lines in the log')

    def plug_back(self, i, order, before):
        """Puts both back, at other ports now and then; how long each one took."""
        start = {}
        for place, n in enumerate(order):
            start[n] = time.monotonic()
            self.bus.command(f'plug {n} {place + 1 + i % 3}')
        took = {}

        def back():
            for n in set(order) - set(took):
                if (self.own(RECONNECTS, n) > before[n]
                        and self.value(n, 'upsOutputPercentLoad.1') == 20 + n + 2 * (i % 20)
                        and self.value(n, 'upsOutputSource.0') == NORMAL
                        and self.value(n, 'upsBatteryVoltage.0') is not None):
                    took[n] = time.monotonic() - start[n]
            return len(took) == len(order)
        wait_until(back, f'values are back, round {i}')
        return took.values()

    def test_quiet_while_it_is_gone(self):
        self.start([('cypress', 'A1')], ())
        self.unplug(0)
        self.wait_lost(0)
        pause(1)  # the driver has given up, the core has told
        lines, cpu, since = len(self.bus.lines()), self.bus.cpu(), time.monotonic()
        pause(5)
        used = (self.bus.cpu() - cpu) / (time.monotonic() - since) * 1000
        print(f'# CPU while the device is gone: {used:.2f} ms/s')
        self.assertLess(used, 10 * SLOW)
        self.assertLess(len(self.bus.lines()) - lines, 3, self.bus.log())
        self.assertEqual(len(self.bus.lines('communication lost')), 1)

    def test_without_events(self):
        """Nobody tells of the device, as in a container: it is found all the same, if later."""
        self.start([('cypress', 'A1')], ())
        self.unplug(0)
        self.wait_lost(0)
        self.bus.command('set 0 quiet 1')
        self.bus.command('plug 0')
        wait_until(lambda: self.own(CONNECTION, 0) == CONNECTED, 'found', 40 * SLOW)
        self.bus.command('set 0 quiet 0')


if __name__ == '__main__':
    tap.main()
