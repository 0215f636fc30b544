#!/bin/sh
# What pods send out of the cluster leaves with the address of their node; traffic to pods and nodes does not. POD_CIDR
# is the pod range, NODE_CIDR that of the nodes; without NODE_CIDR only traffic between pods is left alone.
set -u
sleeper='' POD_CIDR=${POD_CIDR:-} NODE_CIDR=${NODE_CIDR:-}
trap '[ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null; exit 0' TERM INT

# A shell runs a trap only after the command in the foreground has ended, but at once while it waits.
pause() {
  sleep "$1" & sleeper=$!
  wait "$sleeper"
  sleeper=''
}

# usage: rule -C|-A|-D MATCH... of what pods send
rule() {
  operation=$1
  shift
  "$tool" -w 10 -t nat "$operation" CILIUM_POST_nat -s "$POD_CIDR" "$@"
}

# Does one thing with all our rules, in the order in which they must stand. Without && the last rule alone would count.
rules() {
  rule "$1" -d "$POD_CIDR" -j RETURN &&
    { [ -z "$NODE_CIDR" ] || rule "$1" -d "$NODE_CIDR" -j RETURN; } &&
    rule "$1" ! -o cilium_+ -j MASQUERADE
}

# Code 1 of -C means that a rule is missing. After any other failure, adding could add rules twice. An exception that
# stands behind the masquerading has no effect, so all rules are made anew when one is missing.
ensure_rules() {
  answer=$(rules -C 2>&1) && return
  code=$?
  if [ "$code" != 1 ]; then
    echo "$answer" >&2
    return 1
  fi
  rule -D -d "$POD_CIDR" -j RETURN 2>/dev/null
  [ -z "$NODE_CIDR" ] || rule -D -d "$NODE_CIDR" -j RETURN 2>/dev/null
  rule -D ! -o cilium_+ -j MASQUERADE 2>/dev/null
  rules -A
}

family_of() {
  case $1 in
    *[!0-9a-fA-F.:/]*) ;;
    *:*/*) echo ip6tables ;;
    *.*.*.*/*) echo iptables ;;
  esac
}

tool=$(family_of "$POD_CIDR")
if [ -z "$tool" ]; then
  echo "error: POD_CIDR is '$POD_CIDR', not a CIDR like 100.96.0.0/11: check spec.podCIDR of the Network" >&2
  pause 60 # kubelet would otherwise restart this container at once
  exit 1
fi
if [ -n "$NODE_CIDR" ] && [ "$(family_of "$NODE_CIDR")" != "$tool" ]; then
  echo "no exception for NODE_CIDR '$NODE_CIDR': it is no CIDR of the family of POD_CIDR $POD_CIDR"
  NODE_CIDR=''
fi

while :; do
  # The agent makes the chain, and makes it anew with each start.
  until "$tool" -w 10 -t nat -S CILIUM_POST_nat >/dev/null 2>&1; do pause 5; done
  ensure_rules || echo 'warning: not all rules are in place, next try in 60 s' >&2
  pause 60
done
