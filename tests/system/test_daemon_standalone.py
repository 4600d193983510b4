#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon as an SNMP agent of its own: users, restarts, who is answered, values."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import snmp  # noqa: E402
import tap  # noqa: E402
from harness import (BATTERY, CREATE_USER, Case, Daemon, NORMAL, SLOW, SharedCase, Sim, Tools,  # noqa: E402
                     UPS, UPSMIBD, UPTIME, V3, free_port, has_standalone, oid, probe, section,
                     wait_until)

ENGINE_ID = '1.3.6.1.6.3.10.2.1.1.0'
NAME = oid('upsIdentName.0')
ACCESS = CREATE_USER + '''
view all included .1
rouser ops authpriv -V all
rouser ops authpriv -V all ups*
rocommunity public 127.0.0.1
rocommunity c_ups1 127.0.0.1 -V all ups1
rwcommunity private 127.0.0.1
'''


def setUpModule():
    if not has_standalone():
        raise unittest.SkipTest('built without the standalone agent')


def start(lab, conf, access=ACCESS):
    """The daemon at a port of its own, and a manager for it."""
    if access is not None:
        lab.write('standalone.conf', access)
    port = free_port()
    daemon = Daemon(lab, conf, '--standalone', f'udp:127.0.0.1:{port}')
    daemon.port = port
    wait_until(lambda: daemon.lines('started') or not daemon.running(), 'the daemon starts')
    return daemon


class Reading(SharedCase):
    @classmethod
    def prepare(cls):
        cls.sims = [Sim(cls.lab), Sim(cls.lab, tcp=True)]
        cls.sims[1].command('load 44')
        conf = 'pollinterval = 0.3\n' + ''.join(
            section(f'ups{n}', sim, f'desc = "unit {n}"') for n, sim in enumerate(cls.sims))
        cls.probed = probe(cls.lab, cls.lab.write('probe.conf', conf), 'ups0')
        cls.daemon = start(cls.lab, conf)
        cls.client = cls.lab.client(cls.daemon.port)
        cls.second = cls.lab.client(cls.daemon.port, 'c_ups1')
        cls.tools = Tools(cls.lab, cls.daemon.port)
        for client in (cls.client, cls.second):
            wait_until(lambda c=client: c.value(oid('upsBatteryVoltage.0')) is not None, 'values')

    def test_v2c(self):
        self.assertEqual(self.client.value(NAME), b'unit 0')
        self.assertEqual(self.client.value(oid('upsOutputSource.0')), NORMAL)

    def test_v2c_community_of_a_context(self):
        self.assertEqual(self.second.value(NAME), b'unit 1')
        self.assertEqual(self.second.value(oid('upsOutputPercentLoad.1')), 44)

    def test_v3(self):
        self.assertEqual(self.tools.ask('snmpget', NAME, credentials=V3), {NAME: 'unit 0'})
        got = self.tools.ask('snmpget', '-n', 'ups1', NAME, credentials=V3)
        self.assertEqual(got, {NAME: 'unit 1'})

    def test_walks_agree(self):
        walk = self.client.walk(UPS)
        self.assertGreater(len(walk), 30)
        names = [(v.name, v.kind) for v in walk]
        self.assertEqual([(v.name, v.kind) for v in self.client.bulk_walk(UPS)], names)
        self.assertEqual([(v.name, v.kind) for v in
                          (self.client.get(v.name)[0] for v in walk)], names)
        self.assertEqual(list(self.tools.ask('snmpwalk', UPS, credentials=V3)),
                         [v.name for v in walk])

    def test_values_equal_probe(self):
        for name, variable, scale in (('upsBatteryVoltage.0', 'battery.voltage', 10),
                                      ('upsInputVoltage.1', 'input.voltage', 1),
                                      ('upsOutputVoltage.1', 'output.voltage', 1),
                                      ('upsOutputPercentLoad.1', 'ups.load', 1)):
            self.assertAlmostEqual(self.client.value(oid(name)),
                                   float(self.probed[variable]) * scale, delta=0.51, msg=name)

    def test_sysobjectid_is_ups_mib(self):
        self.assertEqual(self.client.value('1.3.6.1.2.1.1.2.0'), UPS)

    def test_set_is_refused(self):
        writer = self.lab.client(self.daemon.port, 'private')
        with self.assertRaises(snmp.Error) as caught:
            writer.set((NAME, snmp.OCTETS, b'x'))
        self.assertEqual(caught.exception.status, snmp.NOT_WRITABLE)

    def test_unknown_community_is_not_answered(self):
        with self.assertRaises(snmp.Timeout):
            self.lab.client(self.daemon.port, 'guess', timeout=0.7, retries=0).get(NAME)

    def test_mains_failure(self):
        self.sims[1].command('mains off')
        wait_until(lambda: self.second.value(oid('upsOutputSource.0')) == BATTERY, 'on battery',
                   2.0 * SLOW)
        rows = self.second.walk(oid('upsAlarmDescr'))
        self.assertEqual(self.second.value(oid('upsAlarmsPresent.0')), len(rows))
        uptime = self.second.value(UPTIME)
        for row in self.second.walk(oid('upsAlarmTime')):
            self.assertTrue(uptime - 500 * SLOW <= row.value <= uptime)
        self.assertEqual(self.client.value(oid('upsOutputSource.0')), NORMAL)

    def test_listens_on_loopback_only(self):
        """The port as the kernel shows it: 127.0.0.1 and nothing else."""
        with open(f'/proc/{self.daemon.pid}/net/udp', encoding='ascii') as f:
            local = [line.split()[1] for line in f.readlines()[1:]]
        port = f'{self.daemon.port:04X}'
        self.assertEqual([a for a in local if a.endswith(':' + port)], ['0100007F:' + port])


class Starting(Case):
    def conf(self):
        return section('ups0', Sim(self.lab), 'desc = cellar')

    def test_start_stop_start_authenticate(self):
        conf = self.conf()
        daemon = start(self.lab, conf)
        first = Tools(self.lab, daemon.port).ask('snmpget', ENGINE_ID, NAME, credentials=V3)
        self.assertEqual(daemon.stop(), 0)
        # the pass phrases are gone from the file: the keys must have been kept
        kept = ACCESS.replace(CREATE_USER, '')
        for _ in range(2):
            daemon = start(self.lab, conf, kept)
            tools = Tools(self.lab, daemon.port)
            self.assertEqual(tools.ask('snmpget', ENGINE_ID, NAME, credentials=V3), first)
            self.assertEqual(daemon.stop(), 0)

    def test_without_access_control_nobody_is_answered(self):
        daemon = start(self.lab, self.conf(), access=None)
        self.assertTrue(daemon.running(), daemon.log())
        with self.assertRaises(snmp.Timeout):
            self.lab.client(daemon.port, timeout=0.7, retries=0).get(NAME)
        self.assertEqual(len(daemon.lines('nobody is answered')), 1)

    def test_relative_state_directory(self):
        conf = self.lab.write('upsmibd.conf', self.conf())
        self.lab.write('standalone.conf', ACCESS)
        port = free_port()
        # one that can't be made
        done = self.lab.run(UPSMIBD, '-f', '-c', conf, '--standalone', f'udp:127.0.0.1:{port}',
                            '--state', 'upsmibd.conf/state')
        self.assertEqual(done.returncode, 1)
        self.assertIn('Not a directory', done.stderr)
        # one that is made
        daemon = Daemon(self.lab, self.conf(), '--standalone', f'udp:127.0.0.1:{port}',
                        state='relative')
        self.assertEqual(self.lab.client(port, retries=20).value(NAME), b'cellar')
        self.assertEqual(daemon.stop(), 0)
        self.assertTrue(os.path.exists(self.lab.path('relative/snmp/upsmibd.conf')))
        self.assertFalse(os.path.exists('/relative'))

    def test_address_in_use(self):
        conf = self.conf()
        first = start(self.lab, conf)
        done = self.lab.run(UPSMIBD, '-f', '-c', first.conf, '--standalone',
                            f'udp:127.0.0.1:{first.port}', '--state', self.lab.path('state'))
        self.assertEqual(done.returncode, 1)
        self.assertIn('Address already in use', done.stderr)
        self.assertEqual(self.lab.client(first.port).value(NAME), b'cellar')

    def test_default_address_is_loopback(self):
        done = self.lab.run(UPSMIBD, '--help')
        self.assertIn('udp:127.0.0.1:161', done.stdout)


if __name__ == '__main__':
    tap.main()
