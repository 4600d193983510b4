# SPDX-License-Identifier: BSD-2-Clause
"""vhcisim, and what the kernel knows of the devices that it plugs in."""

import fcntl
import glob
import os
import socket
import struct

from harness import BUILD, DEADLINE, Process, wait_until

VHCISIM = os.path.join(BUILD, 'tests/sim/usb/vhcisim')
HUB = '/sys/devices/platform/vhci_hcd.0/usb*/'

# linux/usbdevice_fs.h
CLAIM_INTERFACE, RELEASE_INTERFACE = 0x8004550f, 0x80045510
USBFS_IOCTL, USBFS_DISCONNECT = 0xc0105512, 0x5516
CLEAR_HALT = 0x80045515


def read(path):
    """The text of a file of sysfs; '' if it is not there, or no longer."""
    try:
        with open(path, encoding='ascii', errors='replace') as f:
            return f.read().strip()
    except OSError:
        return ''


class Bus(Process):
    """A vhcisim and its control socket.  All its devices are unplugged when it ends."""

    def __init__(self, lab):
        self.socket = None
        path = lab.fresh('vhci')
        super().__init__(lab, 'vhcisim', [VHCISIM, '-c', path])
        wait_until(lambda: os.path.exists(path) or not self.running(), 'vhcisim is ready')
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wait_until(lambda: self._connect(path), 'vhcisim listens')
        self.socket.settimeout(DEADLINE)
        self.devices = []

    def _connect(self, path):
        if not self.running():
            raise AssertionError('vhcisim: ' + self.log())
        try:
            self.socket.connect(path)
        except ConnectionRefusedError:
            return False
        return True

    def command(self, *words):
        self.socket.sendall(' '.join(str(w) for w in words).encode() + b'\n')
        answer = self.socket.recv(256).decode().strip()
        if not answer.startswith('ok'):
            raise AssertionError(f'vhcisim {words}: {answer}')
        return int(answer[2:])

    def add(self, model, *serial):
        """Plugs a new device in and waits until the kernel has it."""
        device = self.add_soon(model, *serial)
        device.wait_there()
        return device

    def add_soon(self, model, *serial):
        """The same without waiting."""
        device = Device(self, model, self.command('add', model, *serial))
        self.devices.append(device)
        return device

    def kill(self):
        if self.socket:
            self.socket.close()
        super().kill()
        for device in self.devices:
            device.wait_gone()


class Device:
    def __init__(self, bus, model, number):
        self.bus = bus
        self.model = model
        self.number = number
        self.port = self.get('port')

    def get(self, counter):
        return self.bus.command('get', self.number, counter)

    def set(self, fault, value):
        self.bus.command('set', self.number, fault, value)

    # -- the plug

    def plug(self, *port):
        """Back in, at the given port or at the next free one; does not wait."""
        self.bus.command('plug', self.number, *port)
        self.port = self.get('port')

    def pull(self):
        """Out; does not wait."""
        self.bus.command('unplug', self.number)

    def wait_there(self):
        wait_until(lambda: self.attribute('bConfigurationValue') == '1' and self.interface(),
                   f'the kernel has {self.model} at port {self.port}')

    def wait_gone(self):
        wait_until(lambda: not self.folder(), f'port {self.port} is empty')

    # -- what the kernel says

    def folder(self):
        """Of sysfs.  The first hub of vhci-hcd takes all speeds that there are here."""
        found = sorted(glob.glob(f'{HUB}*-{self.port}'))
        return found[0] if found else None

    def attribute(self, name):
        return read(os.path.join(self.folder() or '/nowhere', name))

    def interface(self):
        folder = self.folder()
        path = folder and os.path.join(folder, os.path.basename(folder) + ':1.0')
        return path if path and os.path.isdir(path) else None

    def driver(self):
        """The name of the driver that has interface 0; None: there is none."""
        try:
            return os.path.basename(os.readlink(os.path.join(self.interface() or '', 'driver')))
        except OSError:
            return None

    def address(self):
        return int(self.attribute('devnum'))

    def node(self):
        return f'/dev/bus/usb/{int(self.attribute("busnum")):03}/{self.address():03}'


class Holder:
    """Another program that has the device's interface 0, as one without libusb would take it."""

    def __init__(self, device):
        self.file = open(device.node(), 'rb+', buffering=0)
        if device.driver() == 'usbhid':
            fcntl.ioctl(self.file, USBFS_IOCTL, struct.pack('iiP', 0, USBFS_DISCONNECT, 0))
        fcntl.ioctl(self.file, CLAIM_INTERFACE, struct.pack('I', 0))

    def let_go(self):
        fcntl.ioctl(self.file, RELEASE_INTERFACE, struct.pack('I', 0))
        self.file.close()


def use_unclaimed(device, endpoint):
    """What no good program does: uses an endpoint of an interface that it has not claimed."""
    with open(device.node(), 'rb+', buffering=0) as f:
        try:
            fcntl.ioctl(f, CLEAR_HALT, struct.pack('I', endpoint))
        except OSError:
            pass  # usbhid has it; the kernel complains before it looks
