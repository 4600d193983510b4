#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""upsmibd --run: every instant command of huawei-ups2000 on simulated units.

What was written is taken from the simulator's log, in order; what came of it from its model.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import Case, SLOW, Sim, UPSMIBD, section, wait_until  # noqa: E402


class Run(Case):
    """A simulator and --run on it."""

    OPTIONS = ('response-timeout = 400',)

    def start(self, *options, conf=(), **how):
        self.sim = Sim(self.lab, *options, **how)
        self.conf = self.lab.write('upsmibd.conf',
                                   section('ups0', self.sim, *self.OPTIONS, *conf))

    def run_it(self, *command):
        """Exit status and standard error; the writes as (register, value) in self.writes."""
        self.sim.command('log')
        done = self.lab.run(UPSMIBD, '--run', '-c', self.conf, 'ups0', *command,
                            timeout=100 * SLOW)
        self.assertNotRegex(done.stderr, r'Sanitizer|runtime error:')
        self.assertEqual(done.stdout, '')
        log = self.sim.command('log')
        frames = re.findall(r'\b(?:[0-9A-F]{12})?01(06|10)([0-9A-F]{4})([0-9A-F]{4})', log)
        self.assertNotIn('10', [f[0] for f in frames], 'function 16 is in no guide')
        self.writes = [(int(f[1], 16), int(f[2], 16)) for f in frames]
        return done.returncode, done.stderr

    def done(self, *command):
        status, text = self.run_it(*command)
        self.assertEqual(status, 0, text)
        return self.writes

    def refused(self, *command, because, writes=()):
        status, text = self.run_it(*command)
        self.assertEqual(status, 1, text)
        self.assertRegex(text, rf'(?m)^upsmibd: ups0: {re.escape(command[0])}: .*{because}')
        self.assertEqual(self.writes, list(writes))

    def get(self, key):
        return self.sim.command('get ' + key)

    def wait_mode(self, mode):
        wait_until(lambda: self.get('mode') == mode, 'mode ' + mode)


class Beeper(Run):
    def test_beeper(self):
        self.start()
        self.assertEqual(self.done('beeper.disable'), [(11046, 1)])
        self.assertEqual(self.get('buzzer-off'), '1')
        self.assertEqual(self.done('beeper.toggle'), [(11046, 0)])
        self.assertEqual(self.done('beeper.toggle'), [(11046, 1)])
        self.assertEqual(self.done('beeper.enable'), [(11046, 0)])
        self.assertEqual(self.get('buzzer-off'), '0')

    def test_over_tcp(self):
        self.start(tcp=True)
        self.assertEqual(self.done('beeper.disable'), [(11046, 1)])

    def test_state_that_is_neither(self):
        self.start()
        self.sim.command('register 11046 2 -1')
        status, _ = self.run_it('beeper.toggle')
        self.assertEqual((status, self.writes), (1, []))


class Load(Run):
    def test_off_and_on(self):
        self.start(speed='5')
        self.assertEqual(self.done('load.off'), [(11045, 0), (11030, 1)])
        self.assertEqual(self.get('mode'), 'off')
        self.assertEqual(self.done('load.off'), [], 'off already')
        self.assertEqual(self.done('load.on'), [(11029, 1)])
        self.assertEqual(self.get('mode'), 'online')
        self.assertEqual(self.done('load.on'), [], 'on already')

    def test_off_although_bypass_is_enabled(self):
        """Without 1045 = 0 the unit would go to the bypass, and from there it would not go off."""
        self.start('start=bypass')
        self.assertEqual(self.done('load.off'), [(11045, 0), (11030, 1)])
        self.assertEqual(self.get('mode'), 'off')

    def test_off_on_battery_goes_dark(self):
        self.start('start=battery')
        self.done('load.off')
        self.assertEqual((self.get('mode'), self.get('board')), ('off', '0'))

    def test_on_in_bypass_is_refused(self):
        self.start('start=bypass')
        self.refused('load.on', because='bypass.stop')
        self.assertEqual(self.get('mode'), 'bypass')

    def test_start_fails(self):
        self.start('start=off', speed='5')
        self.sim.command('fault fail-start on')
        self.refused('load.on', because='start has failed', writes=[(11029, 1)])

    def test_on_after_a_failed_start(self):
        self.start('start=off', speed='5')
        self.sim.command('fault fail-start on')
        self.run_it('load.on')
        self.sim.command('fault fail-start off')
        self.assertEqual(self.done('load.on'), [(11029, 1)])


class Bypass(Run):
    def test_start_and_stop(self):
        self.start()
        self.assertEqual(self.done('bypass.start'), [(11045, 1), (11030, 1)])
        self.assertEqual(self.get('mode'), 'bypass')
        self.refused('bypass.start', because='reads 1')
        self.assertEqual(self.done('bypass.stop'), [(11029, 1), (11045, 0)])
        self.assertEqual((self.get('mode'), self.get('bypass-enable')), ('online', '0'))
        self.refused('bypass.stop', because='not in bypass')

    def test_bad_bypass_is_refused(self):
        self.start()
        for bad, good in (('bypass off', 'bypass follow'),
                          ('fault 10/1 on', 'fault 10/1 off'), ('fault 10/2 on', 'fault 10/2 off'),
                          ('register 11004 0x7fff -1', 'register 11004 off'),
                          ('register 11007 0 -1', 'register 11007 off')):
            self.sim.command(bad)
            self.refused('bypass.start', because='bypass')
            self.assertEqual(self.get('mode'), 'online', bad)
            self.sim.command(good)
        self.done('bypass.start')

    def test_no_switch_before_the_permission_stands(self):
        """An ignored 1045 followed by 1030 would switch the load off."""
        self.start()
        self.sim.command('writes ignore')
        self.refused('bypass.start', because='not done',
                     writes=[(11045, 1), (11045, 0)])
        self.assertEqual(self.get('mode'), 'online')

    def test_permission_is_taken_back(self):
        self.start()
        self.sim.command('exception 4 11030 -1')
        self.refused('bypass.start', because=r'exception 4',
                     writes=[(11045, 1), (11030, 1), (11045, 0)])
        self.assertEqual(self.get('bypass-enable'), '0')


class Shutdown(Run):
    def test_return(self):
        self.start(conf=('ondelay = 61', 'offdelay = 50'))
        self.assertEqual(self.done('shutdown.return'), [(11044, 1), (11048, 2), (11047, 9)])
        self.assertGreater(float(self.get('timer-off')), 40)
        self.assertEqual(self.done('shutdown.stop'), [(11050, 1)])
        self.assertEqual(self.get('timer-off'), '-1.000')

    def test_values(self):
        """Raised to the least, rounded up, refused above the most."""
        self.start()
        for seconds, raw in (('0', 1), ('6', 1), ('7', 2), ('60', 10), ('5940', 990)):
            self.assertEqual(self.done('shutdown.return', seconds),
                             [(11044, 1), (11048, 1), (11047, raw)])
        self.refused('shutdown.return', '5941', because='at most 5940 s')
        self.refused('shutdown.stayoff', '5941', because='at most 5940 s')
        for value in ('1.5', 'soon', '2147483648'):
            status, text = self.run_it('shutdown.return', value)
            self.assertEqual((status, self.writes), (1, []), value)
            self.assertIn('expected a whole number', text)

    def test_stayoff(self):
        self.start('auto-start=yes')
        self.assertEqual(self.done('shutdown.stayoff', '30'), [(11044, 0), (11049, 5)])
        self.assertGreater(float(self.get('timer-off')), 20)
        self.assertEqual(self.done('shutdown.stop'), [(11050, 1)])

    def test_reboot(self):
        self.start(conf=('rebootdelay = 31',))
        self.assertEqual(self.done('shutdown.reboot'), [(11044, 1), (11048, 1), (11047, 1)])
        self.assertEqual(self.done('shutdown.stop'), [(11050, 1)])
        self.assertEqual(self.done('shutdown.reboot', '61'), [(11044, 1), (11048, 2), (11047, 1)])
        self.assertEqual(self.done('shutdown.stop'), [(11050, 1)])
        self.assertEqual(self.done('shutdown.reboot.graceful'),
                         [(11044, 1), (11048, 1), (11047, 6)])
        self.assertEqual(self.done('shutdown.stop'), [(11050, 1)])

    def test_the_load_comes_back(self):
        self.start(speed='20')
        self.done('shutdown.return', '60')
        self.wait_mode('off')
        self.wait_mode('online')

    def test_the_load_stays_off(self):
        self.start('auto-start=yes', speed='20')
        self.done('shutdown.stayoff', '60')
        self.wait_mode('off')
        self.sim.command('mains off')
        self.sim.command('mains on')
        self.assertEqual((self.get('mode'), self.get('startup')), ('off', '0'))

    def test_stop_without_a_countdown(self):
        self.start()
        self.assertEqual(self.done('shutdown.stop'), [(11050, 1)])

    def test_stop_leaves_the_restart_alone(self):
        self.start(speed='10')
        self.done('shutdown.reboot', '120')
        self.wait_mode('off')
        self.refused('shutdown.stop', because='off already')
        self.wait_mode('online')

    def test_stop_that_is_ignored(self):
        self.start()
        self.done('shutdown.return')
        self.sim.command('writes ignore')
        self.refused('shutdown.stop', because='not done', writes=[(11050, 1)])

    def test_register_that_counts_down(self):
        self.start('delay-readback=remaining')
        self.done('shutdown.return')
        self.done('shutdown.stop')

    def test_countdown_that_does_not_show(self):
        """Told "failed", nobody expects the load to go off: the countdown must not run on."""
        self.start('delay-readback=zero')
        self.refused('shutdown.return', because='11047|1047.*cancelled',
                     writes=[(11044, 1), (11048, 1), (11047, 10), (11050, 1), (11044, 0)])
        self.assertEqual((self.get('timer-off'), self.get('auto-start')), ('-1.000', '0'))

    def test_countdown_that_is_trusted(self):
        """The same, when the configuration knows that such a UPS counts: and so it does."""
        self.start('delay-readback=zero', speed='20', conf=('unseen-countdown = trust',))
        self.assertEqual(self.done('shutdown.return', '120'), [(11044, 1), (11048, 1), (11047, 20)])
        self.assertGreater(float(self.get('timer-off')), 0)
        self.wait_mode('off')
        self.wait_mode('online')
        self.done('shutdown.stayoff', '5940')
        self.assertEqual(self.done('shutdown.stop'), [(11050, 1)])
        self.assertEqual(self.get('timer-off'), '-1.000')

    def test_restart_delay_that_is_not_kept(self):
        """The shut-down does not begin, because the load might not come back."""
        self.start(conf=('ondelay = 120',))
        self.sim.command('register 11048 0 -1')
        self.refused('shutdown.return', because='restart delay',
                     writes=[(11044, 1), (11048, 2), (11044, 0)])
        self.assertEqual(self.get('timer-off'), '-1.000')

    def test_start_of_the_countdown_refused(self):
        """Exception 04: nothing runs that is to be cancelled; the setting goes back."""
        self.start('auto-start=yes')
        self.sim.command('exception 4 11049 -1')
        self.refused('shutdown.stayoff', because='exception 4',
                     writes=[(11044, 0), (11049, 10), (11044, 1)])
        self.assertEqual(self.get('auto-start'), '1')


class Tests(Run):
    def test_quick(self):
        self.start()
        self.assertEqual(self.done('test.battery.start.quick'), [(12028, 1)])
        self.assertEqual(self.get('test'), 'short')
        self.refused('test.battery.start.deep', because='runs already')
        self.assertEqual(self.done('test.battery.stop'), [(12023, 1)])
        self.assertEqual(self.get('test'), 'none')
        self.refused('test.battery.stop', because='no battery test')

    def test_deep(self):
        self.start()
        self.assertEqual(self.done('test.battery.start.deep'), [(12021, 1)])
        self.assertEqual(self.get('test'), 'deep')
        self.assertEqual(self.done('test.battery.stop'), [(12023, 1)])

    def test_shown_as_battery_mode(self):
        self.start('test-shows-battery=yes')
        self.done('test.battery.start.quick')
        self.done('test.battery.stop')

    def test_not_without_battery(self):
        self.start()
        self.sim.command('fault no-battery on')
        self.refused('test.battery.start.quick', because='22/1')

    def test_not_on_battery(self):
        self.start('start=battery')
        self.refused('test.battery.start.quick', because='mains')


class Faults(Run):
    COMMANDS = (('beeper.disable', [(11046, 1)]),
                ('shutdown.return', [(11044, 1), (11048, 1), (11047, 10)]),
                ('shutdown.stop', [(11050, 1)]),
                ('test.battery.start.quick', [(12028, 1)]),
                ('test.battery.stop', [(12023, 1)]),
                ('bypass.start', [(11045, 1), (11030, 1)]),
                ('bypass.stop', [(11029, 1), (11045, 0)]),
                ('load.off', [(11045, 0), (11030, 1)]),
                ('load.on', [(11029, 1)]))

    def test_echoes_lost(self):
        """What was done is found out by reading; nothing is written twice."""
        self.start(speed='5')
        self.sim.command('writes lostecho')
        for command, writes in self.COMMANDS:
            self.assertEqual(self.done(command), writes, command)

    def test_writes_ignored(self):
        self.start()
        self.sim.command('writes ignore')
        self.refused('beeper.disable', because='not done', writes=[(11046, 1)])
        self.refused('shutdown.return', because='not done',
                     writes=[(11044, 1), (11044, 0)])
        self.refused('test.battery.start.quick', because='not done', writes=[(12028, 1)])
        self.refused('load.off', because='not done', writes=[(11045, 0), (11030, 1)])
        self.assertEqual((self.get('mode'), self.get('test')), ('online', 'none'))

    def test_exception_04(self):
        self.start()
        self.sim.command('exception 4 06 -1')
        for command, writes in self.COMMANDS:
            if command in ('test.battery.stop', 'bypass.stop', 'load.on'):
                continue
            self.refused(command, because='exception 4', writes=writes[:1])
        self.assertEqual(self.get('mode'), 'online')

    def test_exception_05_passes(self):
        self.start()
        self.sim.command('exception 5 06 2')
        self.assertEqual(self.done('beeper.disable'), [(11046, 1)] * 3)
        self.assertEqual(self.get('buzzer-off'), '1')

    def test_exception_05_stays(self):
        self.start()
        self.sim.command('exception 5 06 -1')
        self.refused('beeper.disable', because='exception 5', writes=[(11046, 1)] * 3)

    def test_other_value_echoed(self):
        self.start()
        self.sim.command('writes othervalue')
        self.refused('beeper.disable', because='something else', writes=[(11046, 1)])

    def test_countdown_after_a_wrong_echo_is_cancelled(self):
        self.start('auto-start=yes')
        self.sim.command('writes othervalue')
        self.sim.command('register 11044 0 -1')
        status, _ = self.run_it('shutdown.stayoff')
        self.assertEqual(status, 1)
        self.assertEqual(self.get('timer-off'), '-1.000')

    def test_unit_without_identity_is_not_controlled(self):
        self.start()
        self.sim.command('exception 1 2b -1')
        self.refused('load.off', because='has no load.off')

    def test_what_it_does_not_have(self):
        self.start()
        for command in ('beeper.mute', 'eco.start', 'eco.stop', 'test.battery.start'):
            self.refused(command, because='this UPS has no')
        done = self.lab.run(UPSMIBD, '--run', '-c', self.conf, 'ups0', 'no.such')
        self.assertEqual(done.returncode, 1)
        self.assertIn('no.such', done.stderr)


class Large(Run):
    """6-20 kVA: no delays, no beeper, no commanded bypass; other registers for the tests."""

    def test_commands(self):
        self.start(large=True, speed='5')
        self.assertEqual(self.done('test.battery.start.quick'), [(12020, 1)])
        self.assertEqual(self.get('test'), 'short')
        self.assertEqual(self.done('test.battery.stop'), [(12023, 1)])
        self.assertEqual(self.done('test.battery.start.deep'), [(12021, 1)])
        self.assertEqual(self.done('test.battery.stop'), [(12023, 1)])
        self.assertEqual(self.done('load.off'), [(11030, 1)])
        self.assertEqual(self.done('load.on'), [(11029, 1)])
        for command in ('shutdown.return', 'beeper.disable', 'bypass.start'):
            self.refused(command, because='this UPS has no')

    def test_only_the_short_test(self):
        """2019: bit 15 set, 14 to 8 clear."""
        self.start(large=True)
        self.sim.command('register 12019 32768 -1')
        self.refused('test.battery.start.deep', because='this battery test is not possible')
        self.assertEqual(self.done('test.battery.start.quick'), [(12020, 1)])
        self.sim.command('register 12019 33024 -1')
        self.done('test.battery.stop')
        self.refused('test.battery.start.quick', because='this battery test is not possible')


if __name__ == '__main__':
    tap.main()
