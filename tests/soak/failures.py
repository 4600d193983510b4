# SPDX-License-Identifier: BSD-2-Clause
"""Mains failures by the hundred while snmpd and upsmibd are killed: what became of each notification.

Three accounts of the same events are held against each other: what the simulators were told (mains
off, mains on), what upsmibd's log says (an alarm begins, ends), and what a receiver of notifications
got.  See docs/soak.md for what has to agree, and for what is allowed around a kill.
"""

import collections
import datetime
import heapq
import random
import re
import signal
import time

from harness import (COMMUNICATIONS_LOST_ALARM, INPUT_BAD_ALARM, ON_BATTERY_ALARM, OWN, OWN_TRAPS,
                     SLOW, UPS_TRAPS, Face, Sim, oid, pause, section, wait_until)

RFC_ON_BATTERY, RFC_ADDED, RFC_REMOVED = UPS_TRAPS + '1', UPS_TRAPS + '3', UPS_TRAPS + '4'
OWN_ADDED, OWN_CLEARED, OWN_LOST = OWN_TRAPS + '14', OWN_TRAPS + '15', OWN_TRAPS + '16'
SEQUENCE, UNIT_NAME = OWN + '.1.7.1', OWN + '.1.2.1.1.2'
TEXT, TIME, IDENTITY = OWN + '.1.7.2', OWN + '.1.7.3', OWN + '.1.7.4'
QUEUE = OWN + '.1.1.'  # + 5 waiting, 7 lost, 8 refused
ALARM_ID, ALARM_DESCR = oid('upsAlarmEntry') + '.1', oid('upsAlarmEntry') + '.2'
ALARM_LINE = re.compile(r'(ups\d+): (begins|ends): (.*)$')
SINK = 'trapsess -v 3 -u ops -l noAuthNoPriv udp:127.0.0.1:{port}\n'

# RFC 1628: no notification more often than once in 5 s, so no state may come again sooner.
# The simulated inverter goes back to mains 2 s after it returns.
OFF_S = (2.8 * SLOW, 4.5 * SLOW)
ON_S = (5.0 * SLOW, 7.0 * SLOW)
SETTLE_S = 2.4 * SLOW  # with upsmibd up and the mains unchanged so long, all must be told
MASTER_AWAY_S = (0.0, 1.0)
DAEMON_AWAY_S = (0.0, 2.0)

Event = collections.namedtuple('Event', 'seq unit added identity text wall')
Change = collections.namedtuple('Change', 'wall unit on settled')
# One life of upsmibd.  killed: by SIGKILL; journal: what waited then, as its file says
Run = collections.namedtuple('Run', 'daemon killed ended journal')


class Timeline:
    """Things to be done at their moments, in one thread that reads the receiver in between."""

    def __init__(self, idle):
        self.idle = idle
        self.queue = []
        self.count = 0
        self.start = time.monotonic()

    def now(self):
        return time.monotonic() - self.start

    def at(self, moment, action, *arguments):
        self.count += 1
        heapq.heappush(self.queue, (moment, self.count, action, arguments))

    def after(self, seconds, action, *arguments):
        self.at(self.now() + seconds, action, *arguments)

    def run(self):
        while self.queue:
            self.idle()
            if self.queue[0][0] > self.now():
                pause(min(0.005, max(0.0, self.queue[0][0] - self.now())))
                continue
            _, _, action, arguments = heapq.heappop(self.queue)
            action(*arguments)


class Storm:
    """The run itself: only does, and writes down."""

    def __init__(self, lab, failures, units, kills, stops, seed):
        self.lab = lab
        self.chance = random.Random(seed)
        self.units = units
        self.changes = []  # of the mains
        self.runs = []     # of upsmibd
        self.up_since = None
        self.kills = self.stops = 0
        self.receiver = lab.receiver()
        self.sim = Sim(lab, '--count', str(units), '--fast')
        self.conf = 'pollinterval = 0.3\npollfreq = 5\n' + ''.join(
            section(f'ups{n}', self.sim, port=f'{self.sim.link}.{n}') for n in range(units))
        self.face = Face(lab, self.conf, extra=SINK.format(port=self.receiver.port),
                         contexts=[f'ups{n}' for n in range(units)])
        self.clients = [lab.client(self.face.port, f'c_ups{n}', timeout=0.5, retries=40 * SLOW)
                        for n in range(units)]
        for client in self.clients:
            wait_until(lambda c=client: c.value(oid('upsBatteryVoltage.0')) is not None, 'values')
        self.up_since = 0.0
        self.time = Timeline(self.receiver.poll)
        self._plan(failures, kills, stops)

    def _plan(self, failures, kills, stops):
        end = 0.0
        for unit in range(self.units):
            moment = self.chance.uniform(0.5, 8 * SLOW)
            share = failures // self.units + (unit < failures % self.units)
            for _ in range(share):
                back = moment + self.chance.uniform(*OFF_S)
                self.time.at(moment, self._mains, unit, False)
                self.time.at(back, self._mains, unit, True)
                moment = back + self.chance.uniform(*ON_S)
                end = max(end, moment)
        for _ in range(kills):
            self.time.at(self.chance.uniform(1, end - 2), self._kill_master)
        for n in range(stops):
            number = signal.SIGTERM if n % 4 == 3 else signal.SIGKILL
            self.time.at(self.chance.uniform(1, end - 2), self._stop_daemon, number)
        self.time.at(end, lambda: None)

    def _mains(self, unit, on):
        """Before the change, what was before has settled if nothing else happened for long enough."""
        last = next((c for c in reversed(self.changes) if c.unit == unit), None)
        wall = time.time()
        settled = (self.up_since is not None and self.time.now() - self.up_since > SETTLE_S
                   and (last is None or wall - last.wall > SETTLE_S))
        self.sim.command(f'@{unit} mains {"on" if on else "off"}')
        self.changes.append(Change(wall, unit, on, settled))

    def _kill_master(self):
        if not self.face.master.running():
            self.time.after(0.3, self._kill_master)
            return
        self.face.master.end(signal.SIGKILL)
        self.kills += 1
        self.time.after(self.chance.uniform(*MASTER_AWAY_S), self.face.master.begin)

    def _stop_daemon(self, number):
        if self.up_since is None:
            self.time.after(0.3, self._stop_daemon, number)
            return
        self._end_daemon(number)
        self.stops += 1
        self.up_since = None
        self.time.after(self.chance.uniform(*DAEMON_AWAY_S), self._start_daemon)

    def _end_daemon(self, number):
        daemon = self.face.daemon
        status = daemon.stop(number)
        if status != (0 if number == signal.SIGTERM else -number):
            raise AssertionError(f'upsmibd ended with {status} on signal {number}')
        self.lab.processes.remove(daemon)
        with open(self.lab.path('state/events'), encoding='utf-8') as f:
            journal = f.read()
        self.runs.append(Run(daemon, number == signal.SIGKILL, time.time(), journal))

    def _start_daemon(self):
        self.face.start(self.conf)
        self.up_since = self.time.now()

    def run(self):
        self.time.run()

        def drained():
            self.receiver.poll()
            return self.face.client.value(QUEUE + '5.0') == 0
        # an empty queue may fill again until the last recovery is told
        began = time.monotonic()
        wait_until(lambda: drained() and time.monotonic() - began > 6 * SLOW, 'the queue is empty',
                   60 * SLOW)
        self.lost = self.face.client.value(QUEUE + '7.0')
        self.refused = self.face.client.value(QUEUE + '8.0')
        self.standing = [c.value(oid('upsAlarmsPresent.0')) for c in self.clients]
        self._end_daemon(signal.SIGTERM)
        self.receiver.poll()
        self.dropped = self.receiver.dropped()


def date_and_time(octets):
    """SNMPv2-TC's DateAndTime, in UTC, as seconds since 1970."""
    year, rest = int.from_bytes(octets[:2], 'big'), octets[2:7]
    return datetime.datetime(year, *rest, tzinfo=datetime.timezone.utc).timestamp() + octets[7] / 10


class Account:
    """What a storm has shown.  Whatever is wrong stands in self.wrong."""

    def __init__(self, storm):
        self.storm = storm
        self.wrong = []
        self.figures = collections.OrderedDict()
        self._own()
        self._rfc()
        self._log()
        self._told_anew()
        self._view()
        self._end()

    def fail(self, text):
        self.wrong.append(text)

    # -- what came ----------------------------------------------------------------------------

    def _own(self):
        """UPSMIBD-MIB's notifications: by number, doubles apart."""
        numbers, self.own, doubles = {}, [], 0
        for n in self.storm.receiver.seen:
            if not n.trap.startswith(OWN_TRAPS):
                continue
            number, content = n.value(SEQUENCE), repr(n)
            if number in numbers:
                doubles += 1
                if numbers[number] != content:
                    self.fail(f'number {number} came twice with different contents')
                continue
            if numbers and number < max(numbers):
                self.fail(f'number {number} first came after {max(numbers)}')
            numbers[number] = content
            if n.trap == OWN_LOST:
                self.fail('upsmibd says that notifications were lost')
            if n.trap in (OWN_ADDED, OWN_CLEARED):
                self.own.append(Event(number, n.value(UNIT_NAME).decode(), n.trap == OWN_ADDED,
                                      n.value(IDENTITY), n.value(TEXT).decode(),
                                      date_and_time(n.value(TIME))))
        self.figures['own alarm notifications'] = len(self.own)
        self.figures['doubles of own notifications'] = doubles
        self.by_unit = collections.defaultdict(list)
        for event in self.own:
            self.by_unit[event.unit].append(event)

    def _rfc(self):
        """RFC 1628's: per unit and alarm the same story as our own, each upsAlarmId once."""
        stories, seen, doubles, battery = collections.defaultdict(list), set(), 0, 0
        for n in self.storm.receiver.seen:
            battery += n.trap == RFC_ON_BATTERY
            if n.trap not in (RFC_ADDED, RFC_REMOVED):
                continue
            unit, added = n.context or 'ups0', n.trap == RFC_ADDED
            number, identity = n.value(ALARM_ID), n.value(ALARM_DESCR)
            if (unit, added, number, identity) in seen:
                doubles += 1
                continue
            seen.add((unit, added, number, identity))
            stories[unit, identity].append((added, number))
        own = collections.defaultdict(list)
        for event in self.own:
            story = own[event.unit, event.identity]
            if not story or story[-1] != event.added:
                story.append(event.added)
        for key in sorted(set(stories) | set(own)):
            self._compare_rfc(key, stories[key], own[key])
        self.figures["RFC 1628's added and removed"] = len(seen)
        self.figures['doubles of these'] = doubles
        self.figures['upsTrapOnBattery'] = battery

    def _compare_rfc(self, key, story, own):
        if key[1] == ON_BATTERY_ALARM:
            own = [added for added in own if not added]  # upsTrapOnBattery tells the other half
        if [added for added, _ in story] != own:
            self.fail(f'{key}: RFC 1628 {story}, own {own}')
        numbers = [number for added, number in story]
        if numbers != sorted(numbers):
            self.fail(f'{key}: upsAlarmId out of order: {story}')

    # -- what upsmibd's log says --------------------------------------------------------------

    def _log(self):
        """Each line about an alarm has its notification, and the other way round, in order."""
        told, logged, silent = collections.defaultdict(list), collections.defaultdict(list), set()
        for event in self.own:
            if event.identity != COMMUNICATIONS_LOST_ALARM:  # has other lines
                told[event.unit, event.text].append(event.added)
        for run in self.storm.runs:
            last = {}
            for line in run.daemon.log().splitlines():
                match = ALARM_LINE.search(line)
                if 'alarm lines not logged' in line:
                    silent.add(re.search(r'(ups\d+):', line).group(1))
                if match:
                    key = match.group(1), match.group(3)
                    logged[key].append((match.group(2) == 'begins', False))
                    last[key] = len(logged[key]) - 1
            for key, at in last.items():
                # killed between the line and the journal: the next start tells it by comparison
                logged[key][at] = (logged[key][at][0], run.killed)
        cut = sum(self._compare_log(key, logged[key], told[key])
                  for key in set(told) | set(logged) if key[0] not in silent)
        self.figures['lines about alarms in the log'] = sum(map(len, logged.values()))
        self.figures['lines cut off by a kill'] = cut
        self.figures['units whose log was throttled'] = len(silent)

    def _compare_log(self, key, logged, told):
        """How many lines have no notification, each the last before a kill."""
        at = cut = 0
        for added, last in logged:
            if at < len(told) and told[at] == added:
                at += 1
            elif last:
                cut += 1
            else:
                self.fail(f'{key}: logged and not notified, {at} were before it')
                return cut
        if at < len(told):
            self.fail(f'{key}: {len(told) - at} notified and not logged')
        return cut

    def _killed_between(self, one, two):
        return any(run.killed and one.wall - 0.2 <= run.ended <= two.wall + 0.2
                   for run in self.storm.runs)

    def _told_anew(self):
        """Added comes after cleared and so on, unless upsmibd was killed before it knew on disk."""
        anew = 0
        for unit, events in self.by_unit.items():
            last = {}
            for event in events:
                before = last.get(event.identity)
                if before is None and not event.added:
                    self.fail(f'{unit}: cleared and never added: {event}')
                if before is not None and before.added == event.added:
                    anew += 1
                    if not self._killed_between(before, event):
                        self.fail(f'{unit}: twice the same: {before}, {event}')
                last[event.identity] = event
            for identity, event in last.items():
                if event.added:
                    self.fail(f'{unit}: never cleared: {event}')
        self.figures['told anew after SIGKILL'] = anew

    # -- what the simulators know -------------------------------------------------------------

    def _view(self):
        """Before each change a manager knows what the mains were."""
        known = collections.defaultdict(lambda: True)
        settled = around = 0
        for change in self.storm.changes:
            unit = f'ups{change.unit}'
            was, known[unit] = known[unit], change.on
            if not change.settled:
                around += 1
                continue
            settled += 1
            for identity in (INPUT_BAD_ALARM, ON_BATTERY_ALARM):
                events = [e for e in self.by_unit[unit]
                          if e.identity == identity and e.wall < change.wall - 0.1]
                if (bool(events) and events[-1].added) == was:
                    self.fail(f'{unit} at {change.wall:.1f}: mains were {"on" if was else "off"}, '
                              f'{identity} was told otherwise: {events[-3:]}')
        self.figures['changes of the mains'] = len(self.storm.changes)
        self.figures['told before the next change'] = settled
        self.figures['of those not looked at: upsmibd was down or just up'] = around

    def _end(self):
        if self.storm.dropped:
            self.fail(f'the receiver itself lost {self.storm.dropped}')
        if self.storm.lost or self.storm.refused:
            self.fail(f'upsmibd: {self.storm.lost} lost, {self.storm.refused} refused')
        if any(self.storm.standing):
            self.fail(f'alarms stand at the end: {self.storm.standing}')


def run(lab, failures=1000, kills=50, stops=20, units=None, seed=1):
    """Returns the figures and what is wrong."""
    units = units or max(1, min(50, failures // 3))
    storm = Storm(lab, failures, units, kills, stops, seed)
    began = time.monotonic()
    storm.run()
    account = Account(storm)
    figures = collections.OrderedDict(seed=seed, units=units)
    figures['mains failures'] = sum(not c.on for c in storm.changes)
    figures['snmpd killed'] = storm.kills
    figures['upsmibd killed or stopped'] = storm.stops
    figures.update(account.figures)
    figures['seconds'] = round(time.monotonic() - began, 1)
    return figures, account.wrong
