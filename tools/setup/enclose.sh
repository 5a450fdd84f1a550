#!/bin/sh
# Runs a command inside namespaces of its own (network, mounts, processes; a user namespace too when not root), so that
# networks made by the demo and the tests never touch the machine and vanish with the command, even on kill -9.
# usage: tools/setup/enclose.sh COMMAND [ARGUMENT ...]
set -eu

if [ "${MERLON_ENCLOSED:-}" = 1 ]; then exec "$@"; fi

PATH="$PATH:/usr/sbin:/sbin"
user=
[ "$(id -u)" = 0 ] || user="--user --map-root-user"
proc=--mount-proc
# Inside some containers /proc may not be mounted again; the outer one is good enough then.
# shellcheck disable=SC2086
unshare $user --net --mount --pid --fork --mount-proc true 2>/dev/null || proc=
# The kernel kills unshare when the caller dies (even by kill -9), and --kill-child takes everything inside with it.
mortal=
if setpriv --pdeathsig KILL true 2>/dev/null; then mortal="setpriv --pdeathsig KILL"; fi
# The inner sh stays as process 1 of the namespace: it reaps orphans, which node does not, and the command behind it
# has the ordinary default for signals, which process 1 has not.
# shellcheck disable=SC2086
exec $mortal unshare $user --net --mount --pid --fork --kill-child $proc sh -c '
  set -e
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/netns /run/lock
  ip link set lo up
  set +e
  MERLON_ENCLOSED=1 "$@"
  exit $?
' enclose "$@"
