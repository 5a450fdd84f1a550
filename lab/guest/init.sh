#!/bin/busybox sh
# The first process of the guest: loads the modules, makes the folders that programs expect, and then runs the commands
# that come in over the serial line, one a line. Behind the output of each it writes NUL, the exit status, NUL. It never
# ends: the guest dies with the process that emulates it.
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
for folder in /dev/pts /dev/shm /run /tmp; do busybox mkdir -p $folder; done
busybox mount -t devpts devpts /dev/pts
for folder in /dev/shm /run /tmp; do busybox mount -t tmpfs tmpfs $folder; done
busybox mkdir /run/netns /run/lock
busybox --install -s /bin
while read -r module; do insmod "$module" || echo "module $module cannot be loaded"; done </modules/order
ip link set lo up
export MERLON_ENCLOSED=1 MERLON_GUEST=1 TMPDIR=/run LC_ALL=C CI=true
cd /merlon || echo "there is no checkout"
exec </dev/ttyS0 >/dev/ttyS0 2>&1
stty raw -echo
printf '\0%s\0' 0
while true; do
  if read -r command; then
    sh -c "$command" </dev/null
    printf '\0%s\0' $?
  else sleep 1; fi
done
