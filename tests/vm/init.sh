#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# The first process of the virtual machine.  Its root is the host's, read-only over 9p, under a
# layer of memory that takes what is written.  There it runs /command; its exit status goes to the
# second serial line, which vm.py reads.
B=/bin/busybox

finish()
{
    echo "VM-EXIT $1" >/dev/ttyS1
    $B poweroff -f
}

load()
{
    while read -r module; do
        $B insmod "/modules/$module" || finish 97
    done <"$1"
}

$B mount -t proc proc /proc
$B mount -t sysfs sysfs /sys
$B mount -t devtmpfs dev /dev
$B mkdir -p /dev/pts /dev/shm
$B mount -t devpts -o ptmxmode=666 devpts /dev/pts
$B mount -t tmpfs tmpfs /dev/shm
load /modules/order
$B mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /low || finish 97
$B mount -t tmpfs tmpfs /rw
$B mkdir /rw/upper /rw/work
$B mount -t overlay -o lowerdir=/low,upperdir=/rw/upper,workdir=/rw/work root /root || finish 97
for dir in proc sys dev; do
    $B mount --rbind /$dir /root/$dir
done
# the host's would be out of place here: sockets, udev's data
$B mount -t tmpfs tmpfs /root/run
$B ifconfig lo 127.0.0.1 up
$B cp /command /root/run/command
$B stty -F /dev/ttyS1 raw
$B chroot /root /bin/sh /run/command >/dev/ttyS1 2>&1 </dev/null
finish $?
