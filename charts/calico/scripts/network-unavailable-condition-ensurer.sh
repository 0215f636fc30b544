#!/bin/bash
# A cloud's controller may mark a new node NetworkUnavailable after calico-node, which clears that mark only as it starts,
# has started. So the start-up steps run once more when that race is over; the second one is what clears the mark.
set -u

child=
stop() {
  if [ -n "$child" ]; then kill "$child" 2>/dev/null; fi
  exit 0
}
trap stop TERM INT

# A shell runs a trap only after the command in the foreground has ended, but at once while it waits.
interruptible() {
  "$@" &
  child=$!
  wait "$child"
  code=$?
  child=
  return "$code"
}

interruptible sleep 30
# Trying again here instead of failing keeps the pod ready, and with it everything that waits for a ready calico-node.
until interruptible calico-node -startup -complete-startup; do
  echo 'warning: calico-node -startup -complete-startup failed, the node may stay NetworkUnavailable; next try in 30 s' >&2
  interruptible sleep 30
done
while :; do
  interruptible sleep 3600
done
