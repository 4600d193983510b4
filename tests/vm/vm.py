#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots Debian's kernel in QEMU and runs the tests of kernel_usb.py there; docs/vm.md.

vm.py [--build DIR] [--cache DIR] [--seconds N] [TEST...]
Prints TAP, then how many passed and how long it took.  Exits 0 if all passed, 77 with a word if
there is no QEMU, no kernel or no module.  The kernel is unpacked in the cache, nothing is installed.
"""

import argparse
import ctypes
import glob
import lzma
import os
import re
import select
import shlex
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tarfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

QEMU = 'qemu-system-x86_64'
# Not microvm, which can't find its clock without KVM.
MACHINE = ['-accel', 'tcg', '-cpu', 'max', '-M', 'q35', '-smp', '2', '-m', '1024', '-nodefaults',
           '-no-user-config', '-no-reboot', '-display', 'none']
KERNEL_LINE = 'console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off tsc=reliable'
# For the host's files, then for the devices; what these need is found out.
MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'vhci-hcd', 'usbhid', 'hid-generic']
FOLDERS = ['drivers/virtio', 'net/9p', 'fs/9p', 'fs/netfs', 'fs/fscache', 'fs/overlayfs', 'lib',
           'drivers/usb/common', 'drivers/usb/core', 'drivers/usb/usbip', 'drivers/hid']


class Skip(Exception):
    """Something that the machine here does not have."""


# -- the kernel ------------------------------------------------------------------------------------

def download(cache):
    """The path of Debian's kernel package, which is fetched if it is not there."""
    if not shutil.which('apt-get') or not shutil.which('dpkg-deb'):
        raise Skip('no kernel: this is not Debian')
    said = subprocess.run(['apt-cache', 'depends', 'linux-image-amd64'], capture_output=True,
                          text=True, check=False, env={**os.environ, 'LC_ALL': 'C'}).stdout
    found = re.search(r'Depends: (linux-image-\S+)', said)
    if not found:
        raise Skip('no kernel: apt knows no linux-image-amd64')
    name = found.group(1)
    packages = glob.glob(os.path.join(cache, name + '_*.deb'))
    if packages:
        return packages[0]
    print(f'# downloading {name}', flush=True)
    got = subprocess.run(['apt-get', 'download', '-q', name], cwd=cache, capture_output=True,
                         text=True, check=False)
    packages = glob.glob(os.path.join(cache, name + '_*.deb'))
    if got.returncode != 0 or not packages:
        said = got.stderr.strip().splitlines() or ['no reason given']
        raise Skip(f'no kernel: {name} can\'t be downloaded: {said[-1]}')
    return packages[0]


def unpack(package, root):
    """What is needed of the package, below root."""
    wanted = re.compile(r'\./boot/vmlinuz-|\./lib/modules/[^/]+/kernel/(' + '|'.join(FOLDERS) + ')/')
    with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', package],
                          stdout=subprocess.PIPE) as archive:
        with tarfile.open(fileobj=archive.stdout, mode='r|') as tar:
            for member in tar:
                if member.isfile() and wanted.match(member.name):
                    tar.extract(member, root)
    if archive.returncode != 0:
        raise Skip(f'no kernel: {package} is damaged')


def kernel(cache):
    """The root directory that holds a kernel and its modules; its version."""
    package = download(cache)
    root = os.path.join(cache, os.path.basename(package)[:-len('.deb')])
    if not os.path.isdir(root):
        unpack(package, root + '.part')
        os.rename(root + '.part', root)
    versions = os.listdir(os.path.join(root, 'lib/modules'))
    if len(versions) != 1:
        raise Skip(f'no kernel: {package} holds {len(versions)} sets of modules')
    return root, versions[0]


def vmlinux(root, version):
    """The path of what QEMU boots: the unpacked kernel, which spares the guest doing it slowly."""
    packed = os.path.join(root, 'boot/vmlinuz-' + version)
    plain = os.path.join(root, 'vmlinux')
    if os.path.exists(plain):
        return plain
    with open(packed, 'rb') as f:
        image = f.read()
    # Documentation/x86/boot.rst: setup_sects, payload_offset, payload_length
    start = (image[0x1f1] + 1) * 512 + struct.unpack_from('<I', image, 0x248)[0]
    payload = image[start:start + struct.unpack_from('<I', image, 0x24c)[0]]
    if not payload.startswith(b'\xfd7zXZ'):
        return packed
    with open(plain + '.part', 'wb') as f:
        f.write(lzma.LZMADecompressor().decompress(payload))
    os.rename(plain + '.part', plain)
    return plain


# -- the initramfs ---------------------------------------------------------------------------------

def module_files(root, version):
    """{name: path} of all modules there are."""
    paths = glob.glob(os.path.join(root, 'lib/modules', version, 'kernel/**/*.ko*'), recursive=True)
    return {os.path.basename(p).split('.ko')[0].replace('-', '_'): p for p in paths}


def read_module(path):
    with open(path, 'rb') as f:
        data = f.read()
    if path.endswith('.xz'):
        return lzma.decompress(data)
    if not path.endswith('.ko'):
        raise Skip(f'no module: {path} is packed in a way unknown here')
    return data


def with_needs(files, wanted):
    """{file name: contents} of the modules and of all they need, in the order of loading."""
    chosen = {}

    def choose(name):
        name = name.replace('-', '_')
        if name + '.ko' in chosen:
            return
        if name not in files:
            raise Skip(f'no module {name} in the kernel package')
        data = read_module(files[name])
        needs = re.search(rb'\0depends=([^\0]*)\0', data)
        for need in needs.group(1).decode().split(',') if needs else ():
            if need:
                choose(need)
        chosen[name + '.ko'] = data
    for name in wanted:
        choose(name)
    return chosen


def cpio(entries):
    """An archive of the kind that the kernel takes ("newc"), of (name, mode, contents)."""
    out = bytearray()
    for number, (name, mode, data) in enumerate(entries + [('TRAILER!!!', 0, b'')]):
        title = name.encode() + b'\0'
        fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(title), 0]
        out += b'070701' + b''.join(b'%08x' % n for n in fields) + title
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)


def initramfs(root, version, command):
    modules = with_needs(module_files(root, version), MODULES)
    busybox = shutil.which('busybox')
    if not busybox:
        raise Skip('busybox is not installed')
    with open(busybox, 'rb') as f:
        program = f.read()
    if b'/ld-linux' in program[:4096]:
        raise Skip('busybox is not a static one (busybox-static)')
    with open(os.path.join(HERE, 'init.sh'), 'rb') as f:
        init = f.read()
    folders = ['bin', 'modules', 'proc', 'sys', 'dev', 'low', 'rw', 'root']
    return cpio([(name, stat.S_IFDIR | 0o755, b'') for name in folders] +
                [('bin/busybox', stat.S_IFREG | 0o755, program),
                 ('init', stat.S_IFREG | 0o755, init),
                 ('command', stat.S_IFREG | 0o644, command.encode()),
                 ('modules/order', stat.S_IFREG | 0o644, '\n'.join(modules).encode() + b'\n')] +
                [('modules/' + name, stat.S_IFREG | 0o644, data) for name, data in modules.items()])


# -- the machine -----------------------------------------------------------------------------------

def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Output:
    """What the guest says: passed on line by line, cases counted, until it names its exit status."""

    def __init__(self):
        self.rest = b''
        self.status = None
        self.passed = self.failed = self.skipped = 0

    def take(self, data):
        *lines, self.rest = (self.rest + data).split(b'\n')
        for line in lines:
            self.line(line.decode(errors='replace').rstrip('\r'))

    def line(self, text):
        ended = re.fullmatch(r'VM-EXIT (\d+)', text)
        if ended:
            self.status = int(ended.group(1))
            return
        if re.match(r'ok \d+ .*# SKIP', text):
            self.skipped += 1
        elif re.match(r'ok \d', text):
            self.passed += 1
        elif re.match(r'not ok \d', text):
            self.failed += 1
        print(text, flush=True)


def boot(image, initrd, console, seconds):
    """Runs the machine to its end, or for so long; what it said."""
    command = [QEMU, *MACHINE, '-kernel', image, '-initrd', initrd, '-append', KERNEL_LINE,
               '-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap',
               '-device', 'virtio-9p-pci,fsdev=host,mount_tag=host',
               '-serial', 'file:' + console, '-serial', 'stdio']
    output = Output()
    deadline = time.monotonic() + seconds
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          preexec_fn=die_with_parent) as qemu:
        try:
            while (left := deadline - time.monotonic()) > 0:
                if not select.select([qemu.stdout], [], [], left)[0]:
                    break
                data = os.read(qemu.stdout.fileno(), 65536)
                if not data:
                    return output
                output.take(data)
            print(f'# the machine is ended: it has run for {seconds} s')
            return output
        finally:
            qemu.kill()


def tail(path):
    with open(path, encoding='utf-8', errors='replace') as f:
        for line in f.read().splitlines()[-30:]:
            print('# console: ' + line)


def run(options):
    if not shutil.which(QEMU):
        raise Skip(QEMU + ' is not installed')
    begun = time.monotonic()
    os.makedirs(options.cache, exist_ok=True)
    root, version = kernel(options.cache)
    image = vmlinux(root, version)
    inside = ['exec', 'env', 'srcdir=' + TOP, 'builddir=' + options.build, 'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
              '/usr/bin/python3', os.path.join(HERE, 'kernel_usb.py'), *options.tests]
    initrd = os.path.join(options.cache, 'initrd')
    with open(initrd, 'wb') as f:
        f.write(initramfs(root, version, shlex.join(inside) + '\n'))
    console = os.path.join(options.cache, 'console.log')
    print(f'# Linux {version}, libusb and upsmibd of this tree, QEMU without KVM', flush=True)
    booted = time.monotonic()
    output = boot(image, initrd, console, options.seconds)
    now = time.monotonic()
    if output.status is None or output.status > 1:
        tail(console)
    good = output.status == 0 and output.failed == 0 and output.passed > 0
    if not good and output.failed == 0:
        output.failed = 1
    print(f'test-vm: {now - booted:.0f} s in the machine, {now - begun:.0f} s in all')
    print(f'{output.passed} passed, {output.failed} failed, {output.skipped} skipped')
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser(description='Tests in a virtual machine; see docs/vm.md.')
    parser.add_argument('tests', nargs='*', metavar='TEST', help='Class or Class.test; default: all')
    parser.add_argument('--build', default=os.path.join(TOP, 'build'), help='build directory')
    parser.add_argument('--cache', default=os.path.join(TOP, 'build-vm'), help='where the kernel is kept')
    parser.add_argument('--seconds', type=int, default=420, help='the machine is ended after that (420)')
    options = parser.parse_args()
    options.build, options.cache = os.path.abspath(options.build), os.path.abspath(options.cache)
    try:
        sys.exit(run(options))
    except Skip as why:
        print(f'1..0 # SKIP {why}')
        print(f'test-vm: skipped: {why}')
        sys.exit(77)


if __name__ == '__main__':
    main()
