#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Defects of other UPS agents that only a running agent can show not to have.

The numbers are those of the list in docs/nms.md; the object layer's are in the unit tests.
"""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import snmp  # noqa: E402
import tap  # noqa: E402
from harness import (Daemon, Master, OTHER, SLOW, SharedCase, Sim, UPS, UPS_TRAPS,  # noqa: E402
                     free_port, has_standalone, oid, section, wait_until)


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


class Alive(SharedCase):
    """A unit that answers, by AgentX and standalone."""

    @classmethod
    def prepare(cls):
        sims = [Sim(cls.lab), Sim(cls.lab)]
        cls.sims = sims
        cls.receivers = {'AgentX': cls.lab.receiver()}
        cls.master = Master(cls.lab, extra=f"trap2sink 127.0.0.1:{cls.receivers['AgentX'].port}\n")
        conf = 'pollinterval = 0.3\nallow = all\n'
        Daemon(cls.lab, conf + section('ups0', sims[0]), '--agentx', cls.master.agentx)
        cls.faces = {'AgentX': (cls.master.port,)}
        if has_standalone():
            port = free_port()
            cls.receivers['standalone'] = cls.lab.receiver()
            cls.lab.write('standalone.conf', 'rocommunity public 127.0.0.1\n'
                          'rwcommunity private 127.0.0.1\n'
                          f"trap2sink 127.0.0.1:{cls.receivers['standalone'].port}\n")
            Daemon(cls.lab, conf + section('ups0', sims[1]), '--standalone',
                   f'udp:127.0.0.1:{port}', name='alone.conf')
            cls.faces['standalone'] = (port,)
        cls.faces = {face: (cls.lab.client(port, timeout=0.5, retries=20 * SLOW),
                            cls.lab.client(port, 'private'))
                     for face, (port,) in cls.faces.items()}
        for client, _ in cls.faces.values():
            wait_until(lambda c=client: c.value(oid('upsBatteryVoltage.0')) is not None, 'values')

    def test_defect_32_traps_with_wrong_oids(self):
        """By v2c upsTraps.n, with no 0 between: an agent translates for nobody."""
        self.sims[0].command('mains off')
        self.sims[1].command('mains off')
        for face, receiver in self.receivers.items():
            def seen(r=receiver):
                return {n.trap for n in r.poll() if snmp.inside(n.trap, UPS)}
            wait_until(lambda: {UPS_TRAPS + '1', UPS_TRAPS + '3'} <= seen(), face)
            self.assertLessEqual(seen(), {UPS_TRAPS + str(n) for n in range(1, 5)})
        self.sims[0].command('mains on')
        self.sims[1].command('mains on')

    def test_defect_27_get_of_many_varbinds(self):
        for face, (client, _) in self.faces.items():
            names = [v.name for v in client.walk(UPS)]
            for count in (2, 60, 100, 128):
                asked = (names * 5)[:count]
                got = client.get(*asked)
                self.assertEqual([v.name for v in got], asked, face)
                self.assertFalse([v for v in got if v.kind in snmp.EXCEPTIONS], face)

    def test_defect_30_battery_test_with_integer_0(self):
        for face, (client, writer) in self.faces.items():
            start = time.monotonic()
            with self.assertRaises(snmp.Error) as caught:
                writer.set((oid('upsTestId.0'), snmp.INTEGER, 0))
            self.assertEqual(caught.exception.status, snmp.WRONG_TYPE, face)
            self.assertLess(time.monotonic() - start, 0.5 * SLOW, face)
            self.assertEqual(client.value(oid('upsTestId.0')), oid('upsTestNoTestsInitiated'))
        for sim in self.sims:
            # nothing was written to the device
            self.assertNotRegex(sim.command('log'), r'(^| )01(06|10)')

    def test_defect_34_sysobjectid_names_ups_mib(self):
        if 'standalone' not in self.faces:
            self.skipTest('built without the standalone agent')
        client, _ = self.faces['standalone']
        self.assertEqual(client.value('1.3.6.1.2.1.1.2.0'), UPS)
        self.assertTrue(client.value('1.3.6.1.2.1.1.1.0').startswith(b'upsmibd '))

    def test_defect_35_walks_end_and_grow(self):
        """The client raises ValueError if a name does not come after the last."""
        for face, (client, _) in self.faces.items():
            self.assertGreater(len(client.walk(UPS)), 30, face)
            for repetitions in (1, 3, 50):
                self.assertGreater(len(client.bulk_walk(UPS, repetitions)), 30, face)
            # from below and from above, and from between
            self.assertTrue(client.next('1.3.6.1.2.1.32')[0].name.startswith(UPS), face)
            after = client.next(UPS + '.4294967295')[0]
            self.assertFalse(snmp.inside(after.name, UPS), face)
            for table in ('upsInputTable', 'upsOutputTable', 'upsBypassTable', 'upsAlarmTable'):
                after = client.next(oid(table) + '.4294967295.4294967295')[0]
                self.assertGreater(snmp.key(after.name), snmp.key(oid(table)), face)

    def test_defect_35_getbulk_side_by_side(self):
        for face, (client, _) in self.faces.items():
            columns = [oid('upsOutputVoltage'), oid('upsOutputCurrent'),
                       oid('upsOutputPercentLoad')]
            got = client.bulk(*columns, repetitions=1)
            self.assertEqual([v.name for v in got], [c + '.1' for c in columns], face)


class Dead(SharedCase):
    """Every port dead in another way."""

    UNITS = 8

    @classmethod
    def prepare(cls):
        cls.sim = Sim(cls.lab)
        cls.sim.command('mute on')
        silent = Sim(cls.lab, tcp=True)
        silent.command('mute on')
        ports = (cls.lab.path('no-tty'), 'tcp:127.0.0.1:1', cls.sim.port(), silent.port(),
                 '/dev/null', 'tcp:127.0.0.1:2', cls.lab.path('other'), cls.lab.dir)
        conf = ''.join(section(f'ups{n}', None, port=port) for n, port in enumerate(ports))
        cls.master = Master(cls.lab)
        Daemon(cls.lab, conf, '--agentx', cls.master.agentx)
        cls.clients = {'AgentX': cls.master.client}
        if has_standalone():
            port = free_port()
            cls.lab.write('standalone.conf', 'rocommunity public 127.0.0.1\n')
            Daemon(cls.lab, conf.replace(cls.sim.port(), cls.lab.path('third')), '--standalone',
                   f'udp:127.0.0.1:{port}', name='alone.conf')
            cls.clients['standalone'] = cls.lab.client(port, timeout=0.5, retries=20 * SLOW)
        for client in cls.clients.values():
            wait_until(lambda c=client: c.value(oid('upsOutputSource.0')) == OTHER, 'answers')

    def test_defect_29_never_hangs(self):
        for face, client in self.clients.items():
            times = []
            for _ in range(1000):
                start = time.monotonic()
                got = client.get(oid('upsOutputSource.0'), oid('upsBatteryVoltage.0'))
                times.append(time.monotonic() - start)
                self.assertEqual(got[0].value, OTHER)
                self.assertEqual(got[1].kind, snmp.NO_SUCH_INSTANCE)
            p99 = percentile(times, 0.99)
            print(f'# {face}, all ports dead: GET p50 {percentile(times, 0.5) * 1000:.2f} ms, '
                  f'p99 {p99 * 1000:.2f} ms, worst {max(times) * 1000:.2f} ms')
            self.assertLess(p99, 0.05 * SLOW, face)

    def test_defect_29_walk_with_dead_ports(self):
        for face, client in self.clients.items():
            start = time.monotonic()
            self.assertGreater(len(client.walk(UPS)), 5, face)
            self.assertLess(time.monotonic() - start, 0.5 * SLOW, face)


if __name__ == '__main__':
    tap.main()
