#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The master agent comes and goes, hangs, or is not there yet: upsmibd minds its UPSes."""

import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import snmp  # noqa: E402
import tap  # noqa: E402
from harness import (BATTERY, Case, Daemon, Master, NORMAL, OneUps, SLOW, Sim, UPS, UPTIME,  # noqa: E402
                     free_port, oid, pause, section, wait_until)

RESTARTS = 10
BACK_WITHIN = 3.0


class Restart(OneUps):
    def back(self):
        """Seconds from the master's first answer to the return of our objects."""
        quick = self.lab.client(self.master.port, timeout=0.05, retries=0)
        answered = []

        def ours():
            try:
                if not answered:
                    quick.get(UPTIME)
                    answered.append(time.monotonic())
                return quick.get(oid('upsOutputSource.0'))[0].value == NORMAL
            except snmp.Timeout:
                return False
        wait_until(ours, 'registered again')
        quick.close()
        self.lab.clients.remove(quick)
        return time.monotonic() - answered[0]

    def restart_often(self, number):
        before = len(self.client.walk(UPS))
        lines = len(self.daemon.lines())
        worst = 0.0
        for _ in range(RESTARTS):
            self.master.restart(number)
            worst = max(worst, self.back())
        print(f'# {signal.Signals(number).name}: {RESTARTS} restarts, '
              f'registered again within {worst:.2f} s of the first answer')
        self.assertLess(worst, BACK_WITHIN)
        self.assertEqual(len(self.client.walk(UPS)), before)
        # a line for the loss, two for the return
        self.assertLessEqual(len(self.daemon.lines()) - lines, 3 * RESTARTS)

    def test_killed_master(self):
        self.restart_often(signal.SIGKILL)

    def test_stopped_master(self):
        self.restart_often(signal.SIGTERM)

    def test_polls_go_on_without_a_master(self):
        def without():
            requests = self.sim.requests()
            wait_until(lambda: self.sim.requests() > requests + 10, 'polls go on')
            self.sim.command('mains off')
        self.master.restart(signal.SIGTERM, without)
        # the news of the meantime is there at once
        self.wait_value(self.client, 'upsOutputSource.0', BATTERY)
        self.assertGreater(len(self.alarms(self.client)), 0)

    def test_hangup_of_the_master(self):
        lines = len(self.daemon.lines())
        self.master.send(signal.SIGHUP)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            self.client.get(UPTIME)
            pause(0.05)
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        self.assertLessEqual(len(self.daemon.lines()) - lines, 3)

    def test_removed_socket(self):
        os.unlink(self.master.socket_path)
        pause(1)
        # the session needs no name
        self.assertEqual(self.value('upsOutputSource.0'), NORMAL)
        self.master.restart(signal.SIGTERM)
        self.assertLess(self.back(), BACK_WITHIN)

    def test_uptime_of_the_new_master(self):
        self.sim.command('mains off')
        self.wait_value(self.client, 'upsOutputSource.0', BATTERY)
        self.master.restart(signal.SIGKILL)
        self.wait_value(self.client, 'upsOutputSource.0', BATTERY)
        now = self.client.value(UPTIME)
        for descr, when in self.alarms(self.client).values():
            # from before its start: 0, or what it counts since
            self.assertLessEqual(when, self.client.value(UPTIME), descr)
        self.assertLess(now, 6000)


class Hung(OneUps):
    """A master that does not run for 4 s holds nothing up."""

    def polls(self, seconds):
        """The longest time without a new request at the simulator, and their number."""
        start = last = time.monotonic()
        first = count = self.sim.requests()
        longest = 0.0
        while time.monotonic() < start + seconds:
            now = self.sim.requests()
            if now != count:
                longest = max(longest, time.monotonic() - last)
                count, last = now, time.monotonic()
            pause(0.005)
        return max(longest, time.monotonic() - last), count - first

    def test_stopped_by_signal(self):
        # a busy machine makes a pause now and then, a daemon that waits for its master always
        for attempt in range(3):
            gap_before, count_before = self.polls(2)
            self.master.send(signal.SIGSTOP)
            try:
                gap, count = self.polls(4)
            finally:
                self.master.send(signal.SIGCONT)
            print(f'# longest pause between requests: {gap_before * 1000:.0f} ms before, '
                  f'{gap * 1000:.0f} ms while the master hung')
            if gap < gap_before + 0.1 * SLOW and count > count_before * 1.5:
                break
            self.assertLess(attempt, 2, f'{gap} s, {count} requests instead of {count_before}')
            wait_until(lambda: self.client.value(oid('upsOutputSource.0')) == NORMAL, 'normal')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL, 5)

    def test_alarm_while_hung(self):
        self.master.send(signal.SIGSTOP)
        try:
            self.sim.command('mains off')
            wait_until(lambda: self.daemon.lines('draws its power from the battery'),
                       'noticed', 1.0 * SLOW)
        finally:
            self.master.send(signal.SIGCONT)
        self.wait_value(self.client, 'upsOutputSource.0', BATTERY, 5)


class Absent(Case):
    def test_daemon_before_its_master(self):
        for tcp in (False, True):
            sim = Sim(self.lab)
            port = free_port()
            # the address is known before anybody listens there
            address = ('tcp:127.0.0.1:%d' % free_port(socket.SOCK_STREAM)) if tcp else 'unix:' + self.lab.path('agentx')
            daemon = Daemon(self.lab, 'pollinterval = 0.2\n' + section('ups0', sim), '--agentx',
                            address, name=f'{tcp}.conf')
            wait_until(lambda s=sim: s.requests() > 10, 'polls without a master')
            lines = len(daemon.lines())
            pause(2)
            self.assertEqual(len(daemon.lines()), lines, 'no flood while there is no master')
            master = Master(self.lab, port=port, agentx=address)
            start = time.monotonic()
            self.wait_value(master.client, 'upsOutputSource.0', NORMAL)
            self.assertLess(time.monotonic() - start, BACK_WITHIN)
            self.assertEqual(daemon.stop(), 0)
            master.stop()


if __name__ == '__main__':
    tap.main()
