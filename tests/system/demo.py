#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""./run demo: two simulated UPSes, a failure of the mains, an unplugged cable.

Shows the program at work to somebody who has never seen it.  Exits 0 only if everything was as it
should be.  Everything happens on 127.0.0.1 and in a temporary directory, and is gone afterwards.

    demo.py [BUILD-DIRECTORY]
"""

import os
import sys
import time

if len(sys.argv) > 1:
    os.environ['builddir'] = os.path.abspath(sys.argv[1])
    os.environ['srcdir'] = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (BATTERY, COMMUNICATIONS_LOST_ALARM, Daemon, Lab, NORMAL, OTHER, SLOW,  # noqa: E402
                     MIBDIRS, Sim, UPS, find_program, free_port, has_standalone, oid, pause,
                     section)

MAXAGE = 3
SOURCES = {1: 'other (not known)', 2: 'none', 3: 'normal', 4: 'bypass', 5: 'battery'}
CELLAR, HALL = 'cellar', 'hall'

SHOWN = ('upsIdentManufacturer.0', 'upsIdentModel.0', 'upsIdentName.0', 'upsBatteryStatus.0',
         'upsEstimatedMinutesRemaining.0', 'upsEstimatedChargeRemaining.0', 'upsBatteryVoltage.0',
         'upsInputVoltage', 'upsOutputSource.0', 'upsOutputVoltage', 'upsOutputPercentLoad',
         'upsAlarmsPresent.0')


class Failed(Exception):
    """Something was not as it should be."""


def say(text=''):
    print(text, flush=True)


def heading(number, text):
    say()
    say(f'{number}. {text}')
    say('-' * (len(text) + 3))


def until(condition, within, what):
    """Waits for a condition; how long it took, in seconds."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > within * SLOW:
            raise Failed(f'not within {within} s: {what}')
        pause(0.01)
    return time.monotonic() - start


class Show:
    def __init__(self, lab):
        self.lab = lab
        self.start = time.monotonic()

    def since(self):
        return f'[{time.monotonic() - self.start:5.1f} s]'

    # 1

    def begin(self):
        heading(1, 'Two simulated UPSes and the agent')
        self.cellar = Sim(self.lab, speed='2')
        self.hall = Sim(self.lab, 'phases-in=3', 'phases-out=3', 'load=38', tcp=True, large=True,
                        speed='2')
        conf = (f'pollinterval = 0.5\nmaxage = {MAXAGE}\n\n'
                + section(CELLAR, self.cellar, 'desc = "3 kVA in the cellar"') + '\n'
                + section(HALL, self.hall, 'desc = "three-phase UPS in the hall"'))
        access = ('view all included .1\nrocommunity public 127.0.0.1\n'
                  f'rocommunity {HALL} 127.0.0.1 -V all {HALL}\n')
        self.lab.write('standalone.conf', access)
        self.port = free_port()
        say('A small Huawei UPS2000 on a serial line (Modbus RTU on a pseudo-terminal) and a big')
        say('three-phase one behind Modbus TCP. This is all the configuration (upsmibd.conf):')
        say()
        for line in conf.splitlines():
            say('    ' + line)
        say()
        say('and who may ask (standalone.conf):')
        say()
        for line in access.splitlines():
            say('    ' + line)
        say()
        say(f'    upsmibd -f -c upsmibd.conf --standalone udp:127.0.0.1:{self.port}')
        self.daemon = Daemon(self.lab, conf, '--standalone', f'udp:127.0.0.1:{self.port}')
        self.clients = {CELLAR: self.lab.client(self.port, timeout=0.1, retries=100),
                        HALL: self.lab.client(self.port, HALL, timeout=0.1, retries=100)}
        took = until(lambda: self.answers(), 5, 'an answer by SNMP')
        say(f'{self.since()} SNMP answers after {took:.2f} s.')
        for name in self.clients:
            until(lambda n=name: self.value(n, 'upsOutputSource.0') == NORMAL
                  and self.value(n, 'upsBatteryVoltage.0') is not None, 10, f'values of {name}')
            say(f'{self.since()} {name}: {self.text(name, "upsIdentManufacturer.0")} '
                f'{self.text(name, "upsIdentModel.0")}, load on {self.source(name)} power.')

    def answers(self):
        if not self.daemon.running():
            raise Failed('upsmibd ended: ' + self.daemon.log())
        return self.value(CELLAR, 'upsOutputSource.0') is not None

    def value(self, name, label):
        return self.clients[name].value(oid(label))

    def text(self, name, label):
        return self.value(name, label).decode()

    def source(self, name):
        return SOURCES[self.value(name, 'upsOutputSource.0')]

    # 2

    def walk(self):
        heading(2, 'A walk, as any manager sees it')
        for name, client in self.clients.items():
            say()
            community = 'public' if name == CELLAR else HALL
            say(f'    $ snmpwalk -v2c -c {community} -m UPS-MIB 127.0.0.1:{self.port} upsMIB')
            found = client.walk(UPS)
            lines = self.tool(community) or [f'{v.name} = {v.value!r}' for v in found]
            picked = [li for li in lines if any(s in li for s in SHOWN)] or lines[:12]
            for line in picked:
                say('    ' + line.replace('UPS-MIB::', ''))
            say(f'    ... {len(found)} objects in all')
            rows = len([v for v in found if v.name.startswith(oid('upsOutputVoltage') + '.')])
            if rows != (1 if name == CELLAR else 3) or len(found) < 25:
                raise Failed(f'{name}: {len(found)} objects, {rows} output lines')

    def tool(self, community):
        if not find_program('snmpwalk'):
            return None
        done = self.lab.run('snmpwalk', '-M', MIBDIRS, '-m', 'UPS-MIB', '-v2c', '-c', community,
                            f'127.0.0.1:{self.port}', UPS)
        if done.returncode != 0:
            raise Failed('snmpwalk: ' + done.stderr)
        return done.stdout.splitlines()

    # 3

    def mains(self):
        heading(3, 'The mains fail')
        say(f'{self.since()} Mains off in the cellar ...')
        self.cellar.command('mains off')
        took = until(lambda: self.value(CELLAR, 'upsOutputSource.0') == BATTERY, 5, 'on battery')
        say(f'{self.since()} upsOutputSource = battery(5), {took:.2f} s later '
            '(polled every 0.5 s here).')
        until(lambda: len(self.alarms(CELLAR)) >= 2, 5, 'alarms')
        for alarm in self.alarms(CELLAR):
            say(f'{self.since()} upsAlarmTable: {alarm}')
        until(lambda: self.value(CELLAR, 'upsSecondsOnBattery.0') >= 2, 10, 'seconds on battery')
        say(f'{self.since()} upsSecondsOnBattery = {self.value(CELLAR, "upsSecondsOnBattery.0")}, '
            f'upsInputLineBads = {self.value(CELLAR, "upsInputLineBads.0")}')
        if self.value(HALL, 'upsOutputSource.0') != NORMAL:
            raise Failed('the other UPS is not on mains any more')
        say(f'{self.since()} The hall is still on {self.source(HALL)} power.')
        say(f'{self.since()} Mains on again ...')
        self.cellar.command('mains on')
        took = until(lambda: self.value(CELLAR, 'upsOutputSource.0') == NORMAL, 10, 'on mains')
        until(lambda: not self.alarms(CELLAR), 10, 'no alarms')
        say(f'{self.since()} upsOutputSource = normal(3), {took:.2f} s later '
            '(the UPS waits 1 s before it goes back), no alarms.')

    def alarms(self, name):
        names = {oid('upsWellKnownAlarms') + f'.{n}': text for n, text in (
            (2, 'upsAlarmOnBattery'), (3, 'upsAlarmLowBattery'), (6, 'upsAlarmInputBad'),
            (10, 'upsAlarmBypassBad'), (20, 'upsAlarmCommunicationsLost'))}
        rows = self.clients[name].walk(oid('upsAlarmDescr'))
        return [names[v.value] for v in rows if v.value in names]

    # 4

    def unplug(self):
        heading(4, 'The cable is pulled')
        say(f'{self.since()} Serial cable of the cellar unplugged; maxage is {MAXAGE} s ...')
        before = self.text(CELLAR, 'upsIdentModel.0')
        self.cellar.command('unplug')
        took = until(lambda: self.value(CELLAR, 'upsBatteryVoltage.0') is None, MAXAGE + 3,
                     'values withdrawn')
        say(f'{self.since()} After {took:.1f} s the old values are gone rather than wrong: '
            f'upsBatteryVoltage has no instance,')
        if self.value(CELLAR, 'upsOutputSource.0') != OTHER:
            raise Failed('upsOutputSource is not other(1)')
        say(f'{self.since()} upsOutputSource is {self.source(CELLAR)}, '
            f'upsIdentModel still "{self.text(CELLAR, "upsIdentModel.0")}".')
        until(lambda: COMMUNICATIONS_LOST_ALARM in
              [v.value for v in self.clients[CELLAR].walk(oid('upsAlarmDescr'))], 8, 'alarm 20')
        say(f'{self.since()} upsAlarmTable: upsAlarmCommunicationsLost')
        say(f'{self.since()} Plugged in again ...')
        self.cellar.command('plug')
        took = until(lambda: self.value(CELLAR, 'upsOutputSource.0') == NORMAL
                     and self.value(CELLAR, 'upsBatteryVoltage.0') is not None
                     and not self.alarms(CELLAR), 8, 'values back')
        if self.text(CELLAR, 'upsIdentModel.0') != before:
            raise Failed('another UPS came back')
        say(f'{self.since()} All values are back after {took:.1f} s, without a restart.')

    # 5

    def end(self):
        heading(5, 'What the log says')
        for line in self.daemon.lines():
            say('    ' + line)
        for sim in (self.cellar, self.hall):
            if sim.command('get malformed') != '0':
                raise Failed('a malformed request reached the UPS')
        if self.daemon.stop() != 0:
            raise Failed('upsmibd did not end well')
        say()
        say(f'Done in {time.monotonic() - self.start:.0f} s; everything was as it should be. '
            'README.md says how to go on with a real UPS.')


def main():
    if not has_standalone():
        say('demo: this build has no standalone agent (configure without --without-standalone)')
        return 1
    lab = Lab()
    show = Show(lab)
    try:
        for act in (show.begin, show.walk, show.mains, show.unplug, show.end):
            act()
        return 0
    except (Failed, AssertionError) as e:
        say()
        say(f'demo: FAILED: {e}')
        lab.diagnose()
        return 1
    finally:
        lab.close()


if __name__ == '__main__':
    sys.exit(main())
