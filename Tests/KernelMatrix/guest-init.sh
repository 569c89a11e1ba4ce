#!/bin/sh
# The guest's init. Its FOVEA-GUEST lines tell run.sh what was booted and how the guest script ended.
export PATH=/usr/sbin:/usr/bin HOME=/root TERM=dumb
umask 022
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tracefs tracefs /sys/kernel/tracing
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mkdir /dev/pts /dev/shm /run/netns
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ln -s /proc/self/fd /dev/fd
ip link set lo up
modules=/lib/modules/$(uname -r)
while read -r module; do insmod "$modules/$module" || echo "cannot load $module"; done <"$modules/load-order"
echo "FOVEA-GUEST-KERNEL $(uname -r)"
sh /guest.sh </dev/null
echo "FOVEA-GUEST-EXIT $?"
usleep 200000 # lets the serial port drain
echo 0 >/proc/sys/kernel/printk # the kernel announces a power-off as an emergency
poweroff -f
