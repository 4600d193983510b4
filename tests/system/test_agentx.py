#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reading by AgentX through a real snmpd: contexts, types, walks, refusals, values."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import snmp  # noqa: E402
import tap  # noqa: E402
from harness import (Case, DEADLINE, Daemon, Master, NORMAL, SRC, SharedCase, Sim, Tools, UPS,  # noqa: E402
                     UPTIME, V3, oid, probe, section, wait_until)

SYNTAX = (('Counter32', snmp.COUNTER32), ('Gauge32', snmp.GAUGE32), ('TimeTicks', snmp.TIMETICKS),
          ('OBJECT IDENTIFIER', snmp.OID), ('OCTET STRING', snmp.OCTETS),
          ('INTEGER', snmp.INTEGER), ('Integer32', snmp.INTEGER))

# object without instance: NUT's names for one line and for line N of three, units of the object
# in one of NUT's
FIGURES = {
    'upsBatteryVoltage': ('battery.voltage', None, 10),
    'upsEstimatedChargeRemaining': ('battery.charge', None, 1),
    'upsBatteryTemperature': ('battery.temperature', None, 1),
    'upsInputFrequency': ('input.frequency', 'input.L{}.frequency', 10),
    'upsInputVoltage': ('input.voltage', 'input.L{}-N.voltage', 1),
    'upsOutputFrequency': ('output.frequency', None, 10),
    'upsOutputVoltage': ('output.voltage', 'output.L{}-N.voltage', 1),
    'upsOutputCurrent': ('output.current', 'output.L{}.current', 10),
    'upsOutputPower': ('output.realpower', 'output.L{}.realpower', 1),
    'upsOutputPercentLoad': ('ups.load', 'output.L{}.power.percent', 1),
    'upsBypassFrequency': ('input.bypass.frequency', None, 10),
    'upsBypassVoltage': ('input.bypass.voltage', 'input.bypass.L{}-N.voltage', 1),
    'upsInputNumLines': ('input.phases', None, 1),
    'upsOutputNumLines': ('output.phases', None, 1),
    'upsConfigOutputVA': ('ups.power.nominal', None, 1),
    'upsConfigOutputPower': ('ups.realpower.nominal', None, 1),
    'upsConfigOutputVoltage': ('output.voltage.nominal', None, 1),
    'upsConfigOutputFreq': ('output.frequency.nominal', None, 10),
    'upsConfigInputVoltage': ('input.voltage.nominal', None, 1),
    'upsConfigInputFreq': ('input.frequency.nominal', None, 10),
}
TEXTS = {'upsIdentManufacturer': 'ups.mfr', 'upsIdentModel': 'ups.model'}


def objects():
    """Every object of UPS-MIB: {OID below 1.3.6.1.2.1.33: (name, tag, access)}."""
    found = {}
    with open(os.path.join(SRC, 'tests/data/ups-mib.objects'), encoding='ascii') as f:
        for line in f:
            if line.startswith('#'):
                continue
            name, arcs, syntax, access = line.rstrip('\n').split('|')[:4]
            if access.startswith('read'):
                kind = next(kind for word, kind in SYNTAX if word in syntax)
                found[arcs] = (name, kind, access)
    return found


def object_of(name, table):
    """The object that an instance belongs to, and the instance."""
    arcs = name[len(UPS) + 1:].split('.')
    for cut in range(len(arcs) - 1, 0, -1):
        if '.'.join(arcs[:cut]) in table:
            return table['.'.join(arcs[:cut])], '.'.join(arcs[cut:])
    raise AssertionError(f'{name} is not an object of UPS-MIB')


class Reading(SharedCase):
    """Four UPSes in one daemon: RTU on a pty, Modbus TCP, three-phase, RTU over TCP."""

    UNITS = ('ups0', 'ups1', 'ups2', 'ups3')

    @classmethod
    def prepare(cls):
        sims = [Sim(cls.lab), Sim(cls.lab, tcp=True),
                Sim(cls.lab, 'phases-in=3', 'phases-out=3', tcp=True, large=True),
                Sim(cls.lab, 'framing=rtu', tcp=True)]
        sims[1].command('load 41')
        sims[3].command('load 63')
        kinds = ('', 'tcp', 'tcp', 'rtu-tcp')
        conf = 'pollinterval = 0.5\npollfreq = 2\n' + ''.join(
            section(name, sim, f'desc = "unit {name}"', port=sim.port(kind))
            for name, sim, kind in zip(cls.UNITS, sims, kinds))
        path = cls.lab.write('probe.conf', conf)
        cls.probed = {name: probe(cls.lab, path, name) for name in cls.UNITS}
        cls.master = Master(cls.lab, contexts=cls.UNITS)
        cls.daemon = Daemon(cls.lab, conf, '--agentx', cls.master.agentx)
        cls.tools = Tools(cls.lab, cls.master.port)
        cls.clients = {name: cls.lab.client(cls.master.port, 'c_' + name) for name in cls.UNITS}
        cls.client = cls.lab.client(cls.master.port)
        for client in cls.clients.values():
            wait_until(lambda c=client: c.value(oid('upsOutputSource.0')) == NORMAL
                       and c.value(oid('upsBatteryVoltage.0')) is not None, 'values')

    def test_walk_equals_get_of_each(self):
        for unit, client in self.clients.items():
            walk = client.walk(UPS)
            self.assertGreater(len(walk), 30, unit)
            single = [client.get(v.name)[0] for v in walk]
            self.assertEqual([(v.name, v.kind) for v in walk], [(v.name, v.kind) for v in single])
            moving = [v.name for v, s in zip(walk, single) if v.value != s.value]
            self.assertLessEqual(len(moving), 2, moving)

    def test_snmpwalk_snmpget_snmpbulkwalk_agree(self):
        walk = self.tools.ask('snmpwalk', UPS)
        bulk = self.tools.ask('snmpbulkwalk', UPS)
        self.assertGreater(len(walk), 30)
        self.assertEqual(list(walk), list(bulk))
        self.assertEqual(walk, self.tools.ask('snmpget', *walk))

    def test_snmpwalk_shows_names_and_words(self):
        done = self.tools.run('snmpwalk', '-v2c', '-c', 'public', UPS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('UPS-MIB::upsOutputSource.0 = INTEGER: normal(3)', done.stdout)
        self.assertIn('UPS-MIB::upsBatteryStatus.0 = INTEGER: batteryNormal(2)', done.stdout)
        self.assertRegex(done.stdout, r'UPS-MIB::upsOutputVoltage\.1 = INTEGER: \d+ RMS Volts')
        self.assertNotIn('Wrong Type', done.stdout)

    def test_types_are_those_of_the_module(self):
        table = objects()
        for client in self.clients.values():
            for var in client.walk(UPS):
                (name, kind, _), _ = object_of(var.name, table)
                self.assertEqual(var.kind, kind, name)

    def test_nothing_is_null_or_sentinel(self):
        for client in self.clients.values():
            for var in client.walk(UPS):
                self.assertNotEqual(var.kind, snmp.NULL, var)
                self.assertNotIn(var.value, (65535, 655350, 2**32 - 1, 32767, b'NULL'), var)

    def test_walk_by_getbulk_equals_getnext(self):
        for client in self.clients.values():
            by_next = [(v.name, v.kind) for v in client.walk(UPS)]
            for repetitions in (1, 7, 60):
                bulk = client.bulk_walk(UPS, repetitions)
                self.assertEqual([(v.name, v.kind) for v in bulk], by_next)

    def test_default_context_is_the_first_unit(self):
        self.assertEqual([(v.name, v.kind) for v in self.client.walk(UPS)],
                         [(v.name, v.kind) for v in self.clients['ups0'].walk(UPS)])
        self.assertEqual(self.client.value(oid('upsIdentName.0')), b'unit ups0')

    def test_v2c_communities_select_contexts(self):
        for unit, client in self.clients.items():
            self.assertEqual(client.value(oid('upsIdentName.0')), b'unit ' + unit.encode())
        loads = [c.value(oid('upsOutputPercentLoad.1')) for c in self.clients.values()]
        self.assertEqual((loads[1], loads[3]), (41, 63))

    def test_v3_contexts(self):
        name = oid('upsIdentName.0')
        for unit in self.UNITS:
            got = self.tools.ask('snmpget', '-n', unit, name, credentials=V3)
            self.assertEqual(got, {name: f'unit {unit}'})
        walk = self.tools.ask('snmpwalk', '-n', 'ups2', UPS, credentials=V3)
        self.assertEqual(list(walk), [v.name for v in self.clients['ups2'].walk(UPS)])
        got = self.tools.ask('snmpget', name, credentials=V3)
        self.assertEqual(got, {name: 'unit ups0'})

    def test_three_phases_have_three_rows(self):
        client = self.clients['ups2']
        self.assertEqual(client.value(oid('upsInputNumLines.0')), 3)
        self.assertEqual(client.value(oid('upsOutputNumLines.0')), 3)
        for column in ('upsInputVoltage', 'upsOutputVoltage', 'upsOutputPercentLoad',
                       'upsBypassVoltage'):
            rows = client.walk(oid(column))
            self.assertEqual([v.name for v in rows], [oid(f'{column}.{n}') for n in (1, 2, 3)])

    def test_one_phase_has_one_row(self):
        client = self.clients['ups1']
        self.assertEqual(client.value(oid('upsOutputNumLines.0')), 1)
        self.assertEqual(len(client.walk(oid('upsOutputVoltage'))), 1)

    def test_index_columns_are_not_accessible(self):
        for client in self.clients.values():
            for entry in ('upsInputEntry', 'upsOutputEntry', 'upsBypassEntry', 'upsAlarmEntry'):
                self.assertFalse(client.walk(oid(entry) + '.1'), entry)

    def test_sysortable_names_ups_mib(self):
        rows = self.client.walk('1.3.6.1.2.1.1.9.1.2')
        self.assertIn(UPS, [v.value for v in rows])

    def test_get_of_100_varbinds(self):
        names = [v.name for v in self.client.walk(UPS)]
        names = (names * 4)[:100]
        got = self.client.get(*names)
        self.assertEqual([v.name for v in got], names)
        self.assertFalse([v for v in got if v.kind in snmp.EXCEPTIONS])

    def test_values_of_one_get_are_of_one_reading(self):
        names = [oid('upsOutputSource.0'), oid('upsBatteryStatus.0'), oid('upsAlarmsPresent.0')]
        got = [v.value for v in self.client.get(*names)]
        self.assertEqual(got, [NORMAL, 2, 0])

    def test_unknown_instance_and_object(self):
        got = self.client.get(oid('upsBatteryVoltage') + '.1', oid('upsOutputVoltage') + '.9',
                              oid('upsOutputVoltage') + '.1.0', UPS + '.1.99.1.0')
        self.assertEqual([v.kind for v in got],
                         [snmp.NO_SUCH_INSTANCE] * 3 + [snmp.NO_SUCH_OBJECT])

    def test_absent_object_by_v1_is_nosuchname(self):
        done = self.tools.run('snmpget', '-v1', '-c', 'public', oid('upsBatteryVoltage') + '.1')
        self.assertIn('noSuchName', done.stdout + done.stderr)

    def test_v1_walk(self):
        walk = self.tools.ask('snmpwalk', UPS, credentials=('-v1', '-c', 'public'))
        self.assertEqual(list(walk), [v.name for v in self.client.walk(UPS)])

    def test_set_is_refused(self):
        writer = self.lab.client(self.master.port, 'private')
        table = objects()
        there = {v.name: v.kind for v in self.client.walk(UPS)}
        tried = 0
        for name, kind in there.items():
            (_, _, access), _ = object_of(name, table)
            value = {snmp.OCTETS: b'x', snmp.OID: '0.0'}.get(kind, 1)
            with self.assertRaises(snmp.Error) as caught:
                writer.set((name, kind, value))
            self.assertEqual(caught.exception.status, snmp.NOT_WRITABLE, name)
            tried += access == 'read-write'
        self.assertGreaterEqual(tried, 4)
        with self.assertRaises(snmp.Error) as caught:
            writer.set((UPS + '.1.99.1.0', snmp.INTEGER, 1))
        self.assertIn(caught.exception.status, (snmp.NO_CREATION, snmp.NOT_WRITABLE))
        self.assertEqual(writer.value(oid('upsIdentName.0')), b'unit ups0')

    def test_values_equal_probe(self):
        for unit, client in self.clients.items():
            probed = self.probed[unit]
            table = objects()
            compared = 0
            for var in client.walk(UPS):
                (name, _, _), index = object_of(var.name, table)
                one, three, scale = FIGURES.get(name, (None, None, 0))
                variable = three.format(index) if three and f'output.L{index}.current' in probed \
                    else one
                if variable in probed:
                    # the object is rounded to its unit
                    self.assertAlmostEqual(var.value, float(probed[variable]) * scale, delta=0.51,
                                           msg=f'{unit} {name}.{index}')
                    compared += 1
                if name in TEXTS:
                    self.assertEqual(var.value.decode(), probed[TEXTS[name]])
                    compared += 1
            self.assertGreaterEqual(compared, 15, unit)

    def test_nothing_probed_is_missing(self):
        """What --probe shows and UPS-MIB has an object for is served."""
        for unit, client in self.clients.items():
            probed = self.probed[unit]
            served = {object_of(v.name, objects())[0][0] for v in client.walk(UPS)}
            for name, (one, three, _) in FIGURES.items():
                if one in probed or (three and three.format(1) in probed):
                    self.assertIn(name, served, unit)

    def test_agent_software_version_begins_with_the_product(self):
        version = self.client.value(oid('upsIdentAgentSoftwareVersion.0'))
        self.assertTrue(version.startswith(b'upsmibd '), version)

    def test_uptime_is_the_masters(self):
        first, second = self.client.get(UPTIME, UPTIME)
        self.assertLessEqual(abs(second.value - first.value), 1)


class Readme(Case):
    """The lines that README.md gives for snmpd.conf do what it says."""

    def lines(self):
        with open(os.path.join(SRC, 'README.md'), encoding='utf-8') as f:
            return re.search(r'(?ms)^```snmpd\.conf\n(.*?)^```', f.read()).group(1)

    def test_contexts_by_v3_and_by_community(self):
        sims = [Sim(self.lab), Sim(self.lab)]
        master = Master(self.lab, access=self.lines())
        Daemon(self.lab, section('ups1', sims[0], 'desc = first')
               + section('ups2', sims[1], 'desc = second'), '--agentx', master.agentx)
        tools = Tools(self.lab, master.port)
        name = oid('upsIdentName.0')
        wait_until(lambda: master.client.value(name) == b'first', 'the default unit')
        second = self.lab.client(master.port, 'ups2community')
        wait_until(lambda: second.value(name) == b'second', 'the other one')
        ops = ('-v3', '-u', 'ops', '-l', 'authPriv', '-a', 'SHA-256', '-A',
               'authentication pass phrase', '-x', 'AES', '-X', 'privacy pass phrase')
        self.assertEqual(tools.ask('snmpget', name, credentials=ops), {name: 'first'})
        self.assertEqual(tools.ask('snmpget', '-n', 'ups2', name, credentials=ops),
                         {name: 'second'})
        wait_until(lambda: len(second.walk(UPS)) > 30, 'all values')
        # nothing else is shown
        self.assertEqual(second.walk('1.3.6.1.2.1.25'), [])

    def test_debians_view(self):
        """The line that opens UPS-MIB in Debian's own configuration, and without it."""
        access = '''master agentx
view systemonly included .1.3.6.1.2.1.1
view systemonly included .1.3.6.1.2.1.25.1
rocommunity public default -V systemonly
'''
        with open(os.path.join(SRC, 'README.md'), encoding='utf-8') as f:
            line = re.search(r'(?m)^ *(view systemonly included .*33)$', f.read()).group(1)
        for more, count in (('', 0), (line + '\n', 30)):
            sim = Sim(self.lab)
            master = Master(self.lab, access=access + more, community='public')
            daemon = Daemon(self.lab, section('ups1', sim), '--agentx', master.agentx)
            wait_until(lambda d=daemon: d.lines('session with the master'), 'registered')
            wait_until(lambda d=daemon: d.lines('connected'), 'connected')
            wait_until(lambda m=master, n=count: len(m.client.walk(UPS)) >= n, 'all values')
            if not more:
                self.assertEqual(master.client.walk(UPS), [])
            self.assertEqual(daemon.stop(), 0)
            master.stop()


class Faces(Case):
    """Other ways to the master."""

    def start(self, tcp, section_options=(), **master):
        sim = Sim(self.lab)
        self.master = Master(self.lab, tcp=tcp, **master)
        self.daemon = Daemon(self.lab, section('ups0', sim, *section_options), '--agentx',
                             self.master.agentx)
        return self.master.client

    def test_master_on_tcp(self):
        client = self.start(True)
        self.wait_value(client, 'upsOutputSource.0', NORMAL)
        self.assertGreater(len(client.bulk_walk(UPS)), 30)

    def test_context_of_the_configuration(self):
        self.start(False, ('context = upscellar',), contexts=('upscellar',))
        client = self.lab.client(self.master.port, 'c_upscellar')
        self.wait_value(client, 'upsOutputSource.0', NORMAL)

    def test_com2sec_lines(self):
        self.start(False, extra='''
com2sec -Cn ups0 sec0 127.0.0.1 mapped
group grp v2c sec0
access grp ups any noauth prefix all none none
''')
        self.wait_value(self.lab.client(self.master.port, 'mapped'), 'upsOutputSource.0', NORMAL)

    def test_default_unit(self):
        sims = [Sim(self.lab), Sim(self.lab)]
        self.master = Master(self.lab)
        self.daemon = Daemon(self.lab, section('ups0', sims[0], 'desc = first')
                             + section('ups1', sims[1], 'desc = second', 'default = yes'),
                             '--agentx', self.master.agentx)
        wait_until(lambda: self.master.client.value(oid('upsIdentName.0')) == b'second',
                   'the default unit', DEADLINE)

    def test_stopped_daemon_leaves_no_objects(self):
        client = self.start(False)
        self.wait_value(client, 'upsOutputSource.0', NORMAL)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(client.get(oid('upsOutputSource.0'))[0].kind, snmp.NO_SUCH_OBJECT)
        self.assertEqual(client.walk(UPS), [])


if __name__ == '__main__':
    tap.main()
