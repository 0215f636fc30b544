#!/bin/sh
# Runs a command for as long as the process that holds the other end of file descriptor 3 lives.
#
# usage: lifeline.sh FOLDER COMMAND [ARGUMENT...]
#
# A line on descriptor 3 names the signal that ends the command (TERM or KILL). End of file without a line means that
# the owner is gone, however it died: then nobody is left to stop the command or to clean up, so it gets the signal that
# the variable LAST_SIGNAL names (KILL by default), and FOLDER, its data, is removed. A shell does this because it is the
# one thing that works without the owner's help on every system that runs kube-apiserver; trapping signals in the owner
# would not survive a kill -9.
set -u
folder=$1
shift
last_signal=${LAST_SIGNAL:-KILL}
unset LAST_SIGNAL

"$@" 3<&- &
child=$!

# Waits until the command is gone; patience ends after 20 s.
end() {
  kill -s "$1" "$child" 2>/dev/null
  waited=0
  while kill -0 "$$" 2>/dev/null; do
    if [ "$waited" -ge 20 ]; then kill -s KILL "$child" 2>/dev/null; fi
    sleep 1
    waited=$((waited + 1))
  done
}

{
  signal=
  read -r signal <&3
  # The script ends as soon as the command did, and takes this watcher with it; not before it has cleaned up.
  trap '' TERM
  if [ -z "$signal" ]; then
    if [ "$last_signal" = KILL ]; then kill -s KILL "$child" 2>/dev/null; else end "$last_signal"; fi
    rm -rf -- "$folder" || rm -rf -- "$folder"
    exit
  fi
  end "$signal"
} &
watcher=$!
exec 3<&-

wait "$child"
code=$?
kill -s TERM "$watcher" 2>/dev/null
exit "$code"
