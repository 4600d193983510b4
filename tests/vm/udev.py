# SPDX-License-Identifier: BSD-2-Clause
"""udevd in the machine, with udev's default rules and ours and nothing else of the host's."""

import os
import shutil
import subprocess
import unittest

from harness import Lab, Process, SRC, wait_until

PROGRAM = '/lib/systemd/systemd-udevd'
RULES = os.path.join(SRC, 'conf/60-upsmibd.rules')
DEFAULT_RULES = '/usr/lib/udev/rules.d/50-udev-default.rules'
GROUP, GROUP_ID = 'upsmibd', 6281


def _rules():
    with open(DEFAULT_RULES, encoding='utf-8') as f:
        default = f.read()
    for folder in ('/usr/lib/udev/rules.d', '/etc/udev/rules.d'):
        subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', folder], check=True)
    with open(DEFAULT_RULES, 'w', encoding='utf-8') as f:
        f.write(default)
    shutil.copy(RULES, '/etc/udev/rules.d')
    with open('/etc/group', 'a', encoding='utf-8') as f:
        f.write(f'{GROUP}:x:{GROUP_ID}:\n')


def settle():
    subprocess.run(['udevadm', 'settle', '--timeout=20'], check=True,
                   env={**os.environ, 'SYSTEMD_IGNORE_CHROOT': '1'})


def start(running=[]):
    """udevd, from the first call to the machine's end."""
    if running:
        return running[0]
    if not os.access(PROGRAM, os.X_OK):
        raise unittest.SkipTest('udev is not installed')
    _rules()
    process = Process(Lab(), 'udevd', [PROGRAM], env={'SYSTEMD_IGNORE_CHROOT': '1'})
    wait_until(lambda: os.path.exists('/run/udev/control') or not process.running(),
               'udevd is ready')
    settle()
    running.append(process)
    return process
