#!/bin/sh
# Runs a command inside namespaces of its own (network, mounts, processes; a user namespace too when not root), so that
# networks made by the demo and the tests never touch the machine and vanish with the command, even on kill -9.
# usage: tools/setup/enclose.sh COMMAND [ARGUMENT ...]
set -eu

if [ "${MERLON_ENCLOSED:-}" = 1 ]; then exec "$@"; fi

user=
[ "$(id -u)" = 0 ] || user="--user --map-root-user"
proc=--mount-proc
# Inside some containers /proc may not be mounted again; the outer one is good enough then.
# shellcheck disable=SC2086
unshare $user --net --mount --pid --fork --mount-proc true 2>/dev/null || proc=
# shellcheck disable=SC2086
exec unshare $user --net --mount --pid --fork --kill-child $proc sh -c '
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/netns /run/lock
  ip link set lo up
  MERLON_ENCLOSED=1 exec "$@"
' enclose "$@"
