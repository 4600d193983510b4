#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every command and every setting of Q* UPSes by UPSMIBD-MIB's tables, AgentX and standalone, on a serial
line and through a USB bridge: bytes, effect, state, notification."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import wait_until  # noqa: E402
from snmp import INTEGER, NOT_WRITABLE, OCTETS, WRONG_VALUE  # noqa: E402
from test_set_qx import (ALLOWED, CHANGED, COMMANDS, DONE, EXECUTE, KEPT, RANGE, SETTINGS, TOLD,  # noqa: E402
                         VALUE, Objects, Setter, named, spread)

class Commands(Setter):
    """The tables of UPSMIBD-MIB."""

    def every_command(self, dialect):
        self.start(dialect)
        rows = COMMANDS[dialect]
        offered = {bytes(int(n) for n in v.name[len(ALLOWED) + 1:].split('.')).decode()
                   for v in self.client.walk(ALLOWED)}
        self.assertEqual(offered, {row[0] for row in rows}, 'commands of the table')
        for name, argument, line, (key, shown) in rows:
            self.receiver.poll().clear()
            self.client.set((named(EXECUTE, name), INTEGER, argument))
            self.finished(name, DONE)
            self.assertEqual(self.commands(), [line], name)
            wait_until(lambda k=key, s=shown: self.get(k) == s, f'{name}: {key} is {shown}')
            self.assertIn(b'done in', self.value(named(TOLD, name)))

    def every_setting(self, dialect):
        self.start(dialect)
        delays = dialect != 'hunnox'
        for name, value, back, *line in KEPT + SETTINGS.get(dialect, []):
            if not delays and name == 'ups.delay.shutdown' and value == '61':
                continue
            self.receiver.poll().clear()
            self.client.set((named(VALUE, name), OCTETS, value.encode()))
            self.wait(named(VALUE, name), back.encode())
            self.assertEqual(self.commands(), line, name)
            self.trap(CHANGED, lambda n, v=named(VALUE, name): any(x.name == v for x in n.variables), name)
            self.assertTrue(self.value(named(RANGE, name)) or name == 'ups.start.auto', name)
        self.refused(WRONG_VALUE, (named(VALUE, 'ups.delay.shutdown'), OCTETS, b'99999999'))
        self.refused(WRONG_VALUE, (named(VALUE, 'ups.delay.shutdown'), OCTETS, b'soon'))
        self.refused(NOT_WRITABLE, (named(VALUE, 'battery.voltage'), OCTETS, b'12'))
        self.assertEqual(self.commands(), [])
        # what was set is what a command takes
        self.client.set((named(VALUE, 'ups.delay.shutdown'), OCTETS, b'180'),)
        self.client.set((named(EXECUTE, 'shutdown.return'), INTEGER, -1))
        self.finished('shutdown.return', DONE)
        self.assertEqual(self.commands()[0][:3], 'S03')


class CommandsAgentX(Commands):
    pass


class CommandsStandalone(Commands):
    STANDALONE = True


class Usb(Commands, Objects):
    """The same through a USB bridge."""

    USB = True


spread(CommandsAgentX, 'every_command')
spread(CommandsAgentX, 'every_setting')
spread(CommandsStandalone, 'every_command', ('megatec',))
spread(CommandsStandalone, 'every_setting', ('masterguard',))
spread(Usb, 'every_command', ('megatec',))
spread(Usb, 'every_object', ('megatec',))


if __name__ == '__main__':
    tap.main()
