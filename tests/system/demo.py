#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""./run demo: four simulated UPSes, failures of the mains, pulled cables, and control by SETs.

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
                     MIBDIRS, OWN, OWN_TRAPS, PASSED, RUNNING, Sim, UPS, UPS_TRAPS, UsbDaemon,
                     WELL_KNOWN, find_program, free_port, has_standalone, has_usb, oid, pause, section)
from snmp import Error, INTEGER, NOT_WRITABLE, OID, Timeout  # noqa: E402

MAXAGE = 3
SET_WAIT = 0.8
WRITERS = {'cellar': 'private', 'hall': 'hallrw'}  # communities that may write, by unit
QUICK_TEST = UPS + '.1.7.7.4'
DISABLED, ENABLED = 1, 2
AUDIBLE = {DISABLED: 'disabled', ENABLED: 'enabled'}  # upsConfigAudibleStatus
SOURCES = {1: 'other (not known)', 2: 'none', 3: 'normal', 4: 'bypass', 5: 'battery'}
CELLAR, HALL, DESK, PLC = 'cellar', 'hall', 'desk', 'plc'
DESK_CONNECTION = OWN + '.1.2.1.1.7.3'  # upsmibdUnitConnection; the desk is the third section
LOST = 3

SHOWN = ('upsIdentManufacturer.0', 'upsIdentModel.0', 'upsIdentName.0', 'upsBatteryStatus.0',
         'upsEstimatedMinutesRemaining.0', 'upsEstimatedChargeRemaining.0', 'upsBatteryVoltage.0',
         'upsInputVoltage', 'upsOutputSource.0', 'upsOutputVoltage', 'upsOutputPercentLoad',
         'upsAlarmsPresent.0')
ALARMS = {WELL_KNOWN + str(n): text for n, text in (
    (2, 'upsAlarmOnBattery'), (3, 'upsAlarmLowBattery'), (6, 'upsAlarmInputBad'),
    (10, 'upsAlarmBypassBad'), (20, 'upsAlarmCommunicationsLost'),
    (22, 'upsAlarmShutdownPending'), (24, 'upsAlarmTestInProgress'))}
TRAPS = {**{UPS_TRAPS + str(n): text for n, text in enumerate(
            ('upsTrapOnBattery', 'upsTrapTestCompleted', 'upsTrapAlarmEntryAdded',
             'upsTrapAlarmEntryRemoved'), 1)},
         OWN_TRAPS + '1': 'upsmibdCommunicationLost',
         OWN_TRAPS + '2': 'upsmibdCommunicationRestored',
         OWN_TRAPS + '12': 'upsmibdCommandFinished', OWN_TRAPS + '14': 'upsmibdAlarmAdded',
         OWN_TRAPS + '15': 'upsmibdAlarmCleared'}


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
        heading(1, 'Four simulated UPSes and the agent')
        self.cellar = Sim(self.lab, speed='2')
        self.hall = Sim(self.lab, 'phases-in=3', 'phases-out=3', 'load=38', tcp=True, large=True,
                        speed='2')
        conf = (f'pollinterval = 0.5\nmaxage = {MAXAGE}\nset-wait = {SET_WAIT}\n\n'
                + section(CELLAR, self.cellar, 'desc = "3 kVA in the cellar"',
                          'allow = test, beeper, shutdown') + '\n'
                + section(HALL, self.hall, 'desc = "three-phase UPS in the hall"') + '\n'
                + self.more_units())
        self.traps = self.lab.receiver()
        access = ('view all included .1\nrocommunity public 127.0.0.1\n'
                  + ''.join(f'rocommunity {n} 127.0.0.1 -V all {n}\n' for n in (HALL, DESK, PLC)) +
                  f'rwcommunity {WRITERS[CELLAR]} 127.0.0.1\n'
                  f'rwcommunity {WRITERS[HALL]} 127.0.0.1 -V all {HALL}\n'
                  f'trap2sink 127.0.0.1:{self.traps.port} traps\n')
        self.lab.write('standalone.conf', access)
        self.port = free_port()
        say('A small Huawei UPS2000 on a serial line (Modbus RTU on a pseudo-terminal) and a big')
        say('three-phase one behind Modbus TCP; a Megatec on '
            + ('USB (a bus simulated by umockdev)' if self.usb else
               'a serial line (it would be on USB, but umockdev is not there)') + ';')
        say('a SITOP, 24 V DC, which says its state unasked. This is all the configuration')
        say('(upsmibd.conf):')
        say()
        for line in conf.splitlines():
            say('    ' + line)
        say()
        say('and who may ask, who may write, and where notifications go (standalone.conf):')
        say()
        for line in access.splitlines():
            say('    ' + line)
        say()
        say(f'    upsmibd -f -c upsmibd.conf --standalone udp:127.0.0.1:{self.port}')
        self.daemon = self.begin_daemon(conf)
        self.clients = {name: self.lab.client(self.port, 'public' if name == CELLAR else name, timeout=0.1,
                                              retries=100) for name in (CELLAR, HALL, DESK, PLC)}
        took = until(lambda: self.answers(), 5, 'an answer by SNMP')
        say(f'{self.since()} SNMP answers after {took:.2f} s.')
        for name in self.clients:
            until(lambda n=name: self.value(n, 'upsOutputSource.0') == NORMAL
                  and (n == PLC or self.value(n, 'upsBatteryVoltage.0') is not None), 10,
                  f'values of {name}')
            say(f'{self.since()} {name}: {self.text(name, "upsIdentManufacturer.0")} '
                f'{self.text(name, "upsIdentModel.0")}, load on {self.source(name)} power.')

    def more_units(self):
        """The desk's UPS and the SITOP: simulators, and sections of the configuration."""
        self.usb = has_usb(self.lab)
        self.desk = Sim(self.lab, 'load=25', protocol='megatec')
        self.plc = Sim(self.lab, 'profile=battery', protocol='siemens-sitop')
        return (section(DESK, self.desk, 'desc = "UPS under the desk"', driver='qx',
                        port='auto' if self.usb else None) + '\n'
                + section(PLC, self.plc, 'desc = "24 V of the controller"', driver='siemens-sitop'))

    def begin_daemon(self, conf):
        face = ('--standalone', f'udp:127.0.0.1:{self.port}')
        if self.usb:
            return UsbDaemon(self.lab, conf, [('cypress', 'A1', self.desk)], *face)
        return Daemon(self.lab, conf, *face)

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
        for name in (CELLAR, HALL):
            client = self.clients[name]
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
        seen = len(self.traps.poll())
        say(f'{self.since()} Mains off in the cellar ...')
        self.cellar.command('mains off')
        took = until(lambda: self.value(CELLAR, 'upsOutputSource.0') == BATTERY, 5, 'on battery')
        say(f'{self.since()} upsOutputSource = battery(5), {took:.2f} s later '
            '(polled every 0.5 s here).')
        until(lambda: len(self.alarms(CELLAR)) >= 2, 5, 'alarms')
        for alarm in self.alarms(CELLAR):
            say(f'{self.since()} upsAlarmTable: {alarm}')
        self.trap('upsTrapOnBattery', seen)
        self.trap('upsTrapAlarmEntryAdded', seen, 'upsAlarmInputBad')
        until(lambda: self.value(CELLAR, 'upsSecondsOnBattery.0') >= 2, 10, 'seconds on battery')
        say(f'{self.since()} upsSecondsOnBattery = {self.value(CELLAR, "upsSecondsOnBattery.0")}, '
            f'upsInputLineBads = {self.value(CELLAR, "upsInputLineBads.0")}')
        if self.value(HALL, 'upsOutputSource.0') != NORMAL:
            raise Failed('the other UPS is not on mains any more')
        say(f'{self.since()} The hall is still on {self.source(HALL)} power.')
        seen = len(self.traps.poll())
        say(f'{self.since()} Mains on again ...')
        self.cellar.command('mains on')
        took = until(lambda: self.value(CELLAR, 'upsOutputSource.0') == NORMAL, 10, 'on mains')
        until(lambda: not self.alarms(CELLAR), 10, 'no alarms')
        say(f'{self.since()} upsOutputSource = normal(3), {took:.2f} s later '
            '(the UPS waits 1 s before it goes back), no alarms.')
        self.trap('upsTrapAlarmEntryRemoved', seen, 'upsAlarmOnBattery')

    def alarms(self, name):
        rows = self.clients[name].walk(oid('upsAlarmDescr'))
        return [ALARMS[v.value] for v in rows if v.value in ALARMS]

    def trap(self, name, seen, alarm=None):
        """Waits for a notification after the first `seen`, and shows it."""
        def there():
            return [n for n in self.traps.poll()[seen:] if TRAPS.get(n.trap) == name
                    and (alarm is None or alarm in self.carried(n))]
        until(there, 5, f'notification {name} {alarm or ""}')
        found = there()[0]
        say(f'{self.since()} trap received: {name}  {self.carried(found)}'.rstrip())
        return found

    @staticmethod
    def carried(notification):
        """Its alarm by name, or its texts."""
        return ', '.join([ALARMS[v.value] for v in notification.variables if v.value in ALARMS]
                         or [v.value.decode() for v in notification.variables
                             if v.name.startswith(OWN_TRAPS[:-5] + '.1.7.2.')])

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

    def others(self):
        heading(5, 'The other two: ' + ('USB, ' if self.usb else '') + 'and a stream')
        for name, labels in ((DESK, ('upsIdentModel.0', 'upsBatteryVoltage.0', 'upsInputVoltage.1',
                                     'upsOutputPercentLoad.1')),
                             (PLC, ('upsIdentModel.0', 'upsBatteryStatus.0', 'upsOutputSource.0'))):
            for label in labels:
                value = self.value(name, label)
                say(f'{self.since()} {name}: {label} = '
                    + (value.decode() if isinstance(value, bytes) else str(value)))
        if self.value(DESK, 'upsOutputPercentLoad.1') != 25:
            raise Failed('the load of the desk is wrong')
        self.stream()
        self.replug()

    def stream(self):
        seen = len(self.traps.poll())
        say(f'{self.since()} The 24 V of {PLC} fail; nothing is polled, so the UPS is not waited for ...')
        self.plc.command('mains off')
        start = time.monotonic()
        self.trap('upsTrapOnBattery', seen)
        took = time.monotonic() - start
        say(f'{self.since()} {took * 1000:.0f} ms after the failure, of which the UPS takes up to 150 to say it.')
        if self.value(PLC, 'upsOutputSource.0') != BATTERY:
            raise Failed(f'{PLC} is not on battery')
        self.plc.command('mains on')
        until(lambda: not self.alarms(PLC), 10, f'{PLC} without alarms')
        self.trap('upsTrapAlarmEntryRemoved', seen, 'upsAlarmOnBattery')

    def replug(self):
        say(f'{self.since()} The {"USB plug" if self.usb else "serial cable"} of {DESK} is pulled ...')
        self.cable('unplug')
        took = until(lambda: self.clients[CELLAR].value(DESK_CONNECTION) == LOST, 5, 'the loss is seen')
        say(f'{self.since()} upsmibdUnitConnection = lost(3) after {took:.1f} s; the load changes meanwhile,')
        self.desk.command('load 40')
        pause(0.5)
        say(f'{self.since()} and it is put back in' + (', at another bus address ...' if self.usb else ' ...'))
        self.cable('plug')
        took = until(lambda: self.value(DESK, 'upsOutputPercentLoad.1') == 40, 5, 'values back')
        say(f'{self.since()} upsOutputPercentLoad = 40: values are back after {took:.2f} s.')

    def cable(self, verb):
        if self.usb:
            self.daemon.command(verb + ' 0')
        else:
            self.desk.command(verb)

    # 6

    def control(self):
        heading(6, 'Control')
        say('Nothing can be SET unless `allow` names its class: here in the cellar, not in the hall.')
        self.test()
        self.beeper()
        self.refused()
        self.shutdown()

    def test(self):
        seen = len(self.traps.poll())
        lock = self.value(CELLAR, 'upsTestSpinLock.0')
        self.set(CELLAR, ('upsTestId.0', OID, QUICK_TEST), ('upsTestSpinLock.0', INTEGER, lock))
        until(lambda: self.value(CELLAR, 'upsTestResultsSummary.0') == RUNNING, 5, 'a test runs')
        say(f'{self.since()} upsTestResultsSummary = inProgress(5), upsTestSpinLock = '
            f'{self.value(CELLAR, "upsTestSpinLock.0")} '
            f'(a second manager that read {lock} would be refused now)')
        self.trap('upsmibdCommandFinished', seen)
        until(lambda: self.value(CELLAR, 'upsTestElapsedTime.0') >= 300, 10, 'progress')
        say(f'{self.since()} upsTestElapsedTime = {self.elapsed():.1f} s, alarm '
            f'{", ".join(self.alarms(CELLAR))}')
        until(lambda: self.value(CELLAR, 'upsTestResultsSummary.0') != RUNNING, 20, 'the test ends')
        if (self.value(CELLAR, 'upsTestResultsSummary.0') != PASSED
                or self.value(CELLAR, 'upsTestSpinLock.0') != lock + 1):
            raise Failed('the test has not passed, or its lock is wrong')
        say(f'{self.since()} upsTestResultsSummary = donePass(1) after {self.elapsed():.1f} s')
        self.trap('upsTrapTestCompleted', seen)

    def elapsed(self):
        return self.value(CELLAR, 'upsTestElapsedTime.0') / 100

    def beeper(self):
        for value in (DISABLED, ENABLED):
            self.set(CELLAR, ('upsConfigAudibleStatus.0', INTEGER, value))
            until(lambda v=value: self.value(CELLAR, 'upsConfigAudibleStatus.0') == v, 5, 'beeper')
            silent = int(self.cellar.command('get register 1046'))
            if silent != (value == DISABLED):
                raise Failed('the beeper is not as it was SET')
            say(f'{self.since()} Register 1046 (beeper off) in the UPS is {silent}.')

    def refused(self):
        if self.set(HALL, ('upsShutdownAfterDelay.0', INTEGER, 60)) != NOT_WRITABLE:
            raise Failed('the hall could be shut down')
        if self.hall.writes() or self.value(HALL, 'upsShutdownAfterDelay.0') != -1:
            raise Failed('a refused SET did something')
        line = self.daemon.lines(f'{HALL}: SET upsShutdownAfterDelay = 60: notWritable')
        if not line:
            raise Failed('the log says nothing of the refused SET')
        say(f'{self.since()} Nothing happened, and the log says: '
            + line[-1].partition(': control: ')[2])

    def shutdown(self):
        seen = len(self.traps.poll())
        self.set(CELLAR, ('upsShutdownAfterDelay.0', INTEGER, 120),
                 ('upsStartupAfterDelay.0', INTEGER, 300))
        for left in (119, 118):
            until(lambda n=left: self.value(CELLAR, 'upsShutdownAfterDelay.0') <= n, 5, 'countdown')
            say(f'{self.since()} upsShutdownAfterDelay = '
                f'{self.value(CELLAR, "upsShutdownAfterDelay.0")}, upsStartupAfterDelay = '
                f'{self.value(CELLAR, "upsStartupAfterDelay.0")}')
        self.trap('upsTrapAlarmEntryAdded', seen, 'upsAlarmShutdownPending')
        if float(self.cellar.command('get timer-off')) <= 0:
            raise Failed('the UPS does not count')
        self.set(CELLAR, ('upsShutdownAfterDelay.0', INTEGER, -1))
        until(lambda: self.value(CELLAR, 'upsShutdownAfterDelay.0') == -1, 5, 'no countdown')
        if float(self.cellar.command('get timer-off')) > 0:
            raise Failed('the shutdown was not cancelled')
        say(f'{self.since()} upsShutdownAfterDelay = -1: cancelled, the UPS counts no more.')
        self.trap('upsTrapAlarmEntryRemoved', seen, 'upsAlarmShutdownPending')

    def set(self, name, *variables):
        """One SET, shown as a command and given by it; its error-status, 0 if there was none."""
        words = [w for variable in variables for w in self.words(*variable)]
        say()
        say(f'    $ snmpset -v2c -c {WRITERS[name]} -m UPS-MIB 127.0.0.1:{self.port} '
            + ' '.join(words))
        start = time.monotonic()
        status = (self.set_by_tool(name, words) if find_program('snmpset')
                  else self.set_by_client(name, variables))
        took = time.monotonic() - start
        meaning = (f'error-status {status}' if status else 'noError: the UPS has done it'
                   if took < SET_WAIT else 'noError: accepted, the UPS is still at it')
        say(f'{self.since()} answered after {took:.2f} s: {meaning}')
        return status

    @staticmethod
    def words(label, kind, value):
        """A variable as snmpset's arguments."""
        if kind == OID:
            return label, 'o', 'upsTestQuickBatteryTest'
        return label, 'i', AUDIBLE[value] if 'Audible' in label else str(value)

    def set_by_tool(self, name, words):
        done = self.lab.run('snmpset', '-M', MIBDIRS, '-m', 'UPS-MIB', '-v2c', '-c', WRITERS[name],
                            '-t', '5', '-r', '0', f'127.0.0.1:{self.port}', *words)
        for line in (done.stdout + done.stderr).splitlines():
            if line:
                say('    ' + line.replace('UPS-MIB::', ''))
        if done.returncode == 0:
            return 0
        if 'notWritable' in done.stderr:
            return NOT_WRITABLE
        raise Failed('snmpset: ' + done.stderr)

    def set_by_client(self, name, variables):
        try:
            self.lab.client(self.port, WRITERS[name], timeout=5, retries=0).set(
                *((oid(label), kind, value) for label, kind, value in variables))
        except Error as error:
            return error.status
        return 0

    # 7

    def end(self):
        heading(7, 'What the log says')
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
        for act in (show.begin, show.walk, show.mains, show.unplug, show.others, show.control,
                    show.end):
            act()
        return 0
    except (Failed, AssertionError, Error, Timeout) as e:
        say()
        say(f'demo: FAILED: {e}')
        lab.diagnose()
        return 1
    finally:
        lab.close()


if __name__ == '__main__':
    sys.exit(main())
