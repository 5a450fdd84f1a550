#!/bin/sh
# Inside the enclosure of a scratch gateway: makes the devices, starts the gateway, and stops it in good order when standard
# input ends, which it also does when whoever started us dies.
# usage: scratch-inside.sh DEVICES-BATCH FAR-BATCH COMMAND [ARGUMENT ...]
set -eu
near=$1
far=$2
shift 2
ip netns add far
ip -batch "$near"
ip -netns far -batch "$far"
exec 9<&0
"$@" </dev/null 9<&- &
gateway=$!
{
  cat <&9 >/dev/null
  kill -TERM "$gateway" 2>/dev/null
} &
set +e
wait "$gateway"
exit $?
