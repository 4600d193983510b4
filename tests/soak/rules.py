# SPDX-License-Identifier: BSD-2-Clause
"""What may be SET, what a success must have done to the UPS, and what is read afterwards.

Written down from the MIB modules, not from the program: a row an object.
"""

from harness import OWN, UPS, oid
from snmp import INTEGER, OCTETS, OID

ON_MODES = ('online', 'battery', 'eco')
STARTING = 1  # the simulator's `startup`
QUICK, DEEP, ABORT = UPS + '.1.7.7.4', UPS + '.1.7.7.5', UPS + '.1.7.7.2'
OFF_MOST = 5940  # seconds that the UPS itself counts
OFF_STEP = 6     # in which it counts them
LOW_MOST = 60    # upsConfigLowBattTime, minutes

SHUTDOWN, STARTUP = oid('upsShutdownAfterDelay.0'), oid('upsStartupAfterDelay.0')
REBOOT, AUTO = oid('upsRebootWithDuration.0'), oid('upsAutoRestart.0')
AUDIBLE, LOW = oid('upsConfigAudibleStatus.0'), oid('upsConfigLowBattTime.0')
TEST, LOCK = oid('upsTestId.0'), oid('upsTestSpinLock.0')

COMMANDS = ('beeper.disable', 'beeper.enable', 'beeper.toggle', 'bypass.start', 'bypass.stop',
            'load.off', 'load.on', 'shutdown.reboot', 'shutdown.reboot.graceful', 'shutdown.return',
            'shutdown.stayoff', 'shutdown.stop', 'test.battery.start.deep',
            'test.battery.start.quick', 'test.battery.stop')


def named(column, name):
    """An instance of the first unit that is indexed by a name."""
    return f'{OWN}.{column}.1.' + '.'.join(str(b) for b in name.encode())


class Device:
    """What the simulated UPS is and does."""

    def __init__(self, sim):
        self.mode = sim.command('get mode')
        self.startup = int(sim.command('get startup'))
        self.test = sim.command('get test')
        self.auto = sim.command('get auto-start') == '1'
        self.silent = sim.command('get buzzer-off') == '1'
        self.off_in = float(sim.command('get timer-off'))

    def __repr__(self):
        return (f'<{self.mode}, startup {self.startup}, test {self.test}, auto {self.auto}, '
                f'silent {self.silent}, off in {self.off_in:.0f}>')

    def differs(self, before):
        """By an action: a countdown may have fired and a test have ended by themselves."""
        return (self.auto != before.auto or self.silent != before.silent
                or (self.test != before.test and self.test != 'none')
                or (self.off_in >= 0) > (before.off_in >= 0)
                or (self.off_in < 0 <= before.off_in and self.mode != 'off')
                or (self.mode != before.mode and before.off_in < 0 and before.startup != STARTING))


# -- effects: each a test of the device's state after a success --------------------------------

def counting(device):
    return device.off_in >= 0 or device.mode == 'off'


def counting_from(seconds):
    least = max(OFF_STEP, -(-seconds // OFF_STEP) * OFF_STEP)
    return lambda d: d.mode == 'off' or 0 <= d.off_in <= least


def not_counting(device):
    return device.off_in < 0


def running(device):
    return device.mode in ON_MODES or device.startup == STARTING


def off(device):
    return device.mode == 'off'


def bypassed(device):
    return device.mode == 'bypass'


def testing(kind):
    return lambda d: d.test == kind


def no_test(device):
    return device.test == 'none'


def silence(silent):
    return lambda d: d.silent == silent


def auto(on):
    return lambda d: d.auto == on


EFFECTS = {'beeper.disable': silence(True), 'beeper.enable': silence(False),
           'bypass.start': bypassed, 'bypass.stop': running, 'load.off': off, 'load.on': running,
           'shutdown.reboot': counting, 'shutdown.reboot.graceful': counting,
           'shutdown.return': counting, 'shutdown.stayoff': counting,
           'shutdown.stop': not_counting, 'test.battery.start.deep': testing('deep'),
           'test.battery.start.quick': testing('short'), 'test.battery.stop': no_test}


def command_effect(name):
    if name == 'beeper.toggle':
        return lambda value, before, variables: silence(not before.silent)
    return lambda value, before, variables: EFFECTS[name]


def among(variables, name):
    return next((v.value for v in variables if v.name == name), None)


def shutdown_effect(value, before, variables):
    if value < 0:
        return not_counting
    if value == 0:
        plain = among(variables, AUTO) is None and among(variables, STARTUP) is None
        return off if plain else counting
    return counting_from(value) if value <= OFF_MOST else None


def startup_effect(value, before, variables):
    return running if value == 0 else None


def reboot_effect(value, before, variables):
    return counting if value >= 0 else None


def words(table):
    """The effect of each number; others: none."""
    return lambda value, before, variables: table.get(value)


def countdown_effect(value, before, variables):
    return not_counting if value < 0 else counting_from(value)


# -- objects -----------------------------------------------------------------------------------

class Target:
    """One object that can be SET."""

    def __init__(self, name, title, kind, values, effect=None, lock=None, lock_needed=False,
                 may_write=False):
        self.name, self.title, self.kind = name, title, kind
        self.values = values  # sensible ones; (): none
        self.effect = effect or (lambda value, before, variables: None)
        self.lock, self.lock_needed = lock, lock_needed
        self.may_write = may_write or effect is not None  # may tell the UPS something

    def sensible(self, chance):
        return chance.choice(self.values) if self.values else None


SECONDS = (-1, 0, 6, 30, 60, 61, 300, 5940, 5941, 100000)
TEXT = (b'', b'cellar', b'rack 7', b'x' * 63)


def targets():
    found = [
        Target(oid('upsIdentName.0'), 'upsIdentName', OCTETS, TEXT),
        Target(oid('upsIdentAttachedDevices.0'), 'upsIdentAttachedDevices', OCTETS, TEXT),
        Target(TEST, 'upsTestId', OID, (QUICK, DEEP, ABORT),
               words({QUICK: testing('short'), DEEP: testing('deep'), ABORT: no_test}), LOCK, True),
        Target(LOCK, 'upsTestSpinLock', INTEGER, ()),
        Target(oid('upsShutdownType.0'), 'upsShutdownType', INTEGER, (1, 2)),
        Target(SHUTDOWN, 'upsShutdownAfterDelay', INTEGER, SECONDS, shutdown_effect),
        Target(STARTUP, 'upsStartupAfterDelay', INTEGER, SECONDS, startup_effect),
        Target(REBOOT, 'upsRebootWithDuration', INTEGER, (-1, 0, 30, 60, 300), reboot_effect),
        Target(AUTO, 'upsAutoRestart', INTEGER, (1, 2), words({1: auto(True), 2: auto(False)})),
        Target(LOW, 'upsConfigLowBattTime', INTEGER, (0, 1, 5, 60, 61, 2147483647)),
        Target(AUDIBLE, 'upsConfigAudibleStatus', INTEGER, (1, 2, 3),
               words({1: silence(True), 2: silence(False)})),
        Target(named('1.4.1.1.2', 'ups.beeper.status'), 'ups.beeper.status', OCTETS,
               (b'enabled', b'disabled'), words({b'enabled': silence(False),
                                                 b'disabled': silence(True)})),
        Target(named('1.4.1.1.2', 'ups.start.auto'), 'ups.start.auto', OCTETS, (b'yes', b'no'),
               words({b'yes': auto(True), b'no': auto(False)})),
    ]
    found += [Target(named('1.4.1.1.2', name), name, OCTETS, values) for name, values in (
        ('ups.delay.shutdown', (b'6', b'60', b'5940', b'61', b'5941')),
        ('ups.delay.start', (b'60', b'61', b'600', b'599940')),
        ('ups.delay.reboot', (b'6', b'60', b'61')))]
    found += control_targets()
    for name in COMMANDS:
        lock = named('1.5.1.1.7', name)
        numbers = (-1, -1, 0, 60, 300) if name.startswith('shutdown.r') else (-1,)
        found.append(Target(lock, name + ' lock', INTEGER, ()))
        found.append(Target(named('1.5.1.1.9', name), name, INTEGER, numbers, command_effect(name),
                            lock))
    return found


def control_targets():
    """upsmibdControlTable."""
    def control(column, title, values, effect=None):
        return Target(f'{OWN}.1.5.2.1.{column}.1', title, INTEGER, values, effect)
    return [
        control(1, 'upsmibdControlBypass', (1, 2), words({1: bypassed, 2: running})),
        control(3, 'upsmibdControlBeeper', (1, 2, 3), words({1: silence(True), 2: silence(False)})),
        control(4, 'upsmibdControlLoad', (1, 2), words({1: running, 2: off})),
        control(5, 'upsmibdControlTest', (1, 2, 3),
                words({1: no_test, 2: testing('short'), 3: testing('deep')})),
        control(8, 'upsmibdControlShutdownReturn', (-1, 0, 60, 5940), countdown_effect),
        control(9, 'upsmibdControlShutdownStayoff', (-1, 0, 60, 5940), countdown_effect),
        control(10, 'upsmibdControlAutoRestart', (1, 2), words({1: auto(True), 2: auto(False)})),
        control(11, 'upsmibdControlResetExtremes', (1, 2)),
    ]


# -- reading back ------------------------------------------------------------------------------

def _exactly(value, read):
    return read == value


def _shutdown(value, read):
    if value <= 0:
        return read in (-1, 0) or value == 0 and read <= OFF_STEP
    return -1 <= read <= -(-value // OFF_STEP) * OFF_STEP and (read > 0 or value < 60)


def _countdown(value, read):
    return read == -1 if value < 0 else -1 <= read


def _lock(value, read):
    return read == (0 if value == 2147483647 else value + 1)


def _low(value, read):
    return read == min(value, LOW_MOST)


def _delay(value, read):
    """Rounded up to what the UPS counts in."""
    return read is not None and 0 <= float(read) - float(value) < 60


def _test(value, read):
    return read == value


def _loudness(value, read):
    return read == value or value == 3  # muted while nothing sounds: no effect


READ = {'upsIdentName': _exactly, 'upsIdentAttachedDevices': _exactly, 'upsTestId': _test,
        'upsTestSpinLock': _lock, 'upsShutdownType': _exactly, 'upsShutdownAfterDelay': _shutdown,
        'upsStartupAfterDelay': _countdown, 'upsRebootWithDuration': _countdown,
        'upsAutoRestart': _exactly, 'upsConfigLowBattTime': _low,
        'upsConfigAudibleStatus': _loudness, 'ups.beeper.status': _exactly,
        'ups.start.auto': _exactly, 'ups.delay.shutdown': _delay, 'ups.delay.start': _delay,
        'ups.delay.reboot': _delay, 'upsmibdControlBeeper': _loudness,
        'upsmibdControlAutoRestart': _exactly}


def readback(variable, read, variables):
    """Does the object read as it was set?  Commands are not read."""
    title = variable.target.title
    if title.endswith(' lock'):
        return _lock(variable.value, read)
    if title == 'upsStartupAfterDelay' and among(variables, SHUTDOWN) is not None:
        return read >= -1  # upsAutoRestart has the last word
    rule = READ.get(title)
    return rule is None or rule(variable.value, read)
