#!/bin/sh
# Without an overlay pods send to the DNS servers of the infrastructure with addresses that those do not answer, so what
# goes to the nameservers of the node leaves with the node's address. POD_CIDR holds the pod range, one CIDR.
set -u
sleeper='' tool=''
trap '[ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null; exit 0' TERM INT

# A shell runs a trap only after the command in the foreground has ended, but at once while it waits.
pause() {
  sleep "$1" & sleeper=$!
  wait "$sleeper"
  sleeper=''
}

# Prints why a nameserver gets no rule, or nothing. What is no plain address must not reach iptables, which would ask
# DNS for it. 169.254.0.0/16 passes: clouds route it to their resolvers.
why_not() {
  case $1 in
    *[!0-9a-fA-F.:]*) echo 'is not a plain IP address' ;;
    127.* | 0.* | ::1 | ::) echo 'is the loopback of whoever asks' ;;
    [fF][eE][89aAbB]?:*) echo 'is link-local, no pod can send to it' ;;
    *:*) [ "$bits" = 128 ] || echo "is not of the family of POD_CIDR $POD_CIDR" ;;
    *[!0-9.]* | *..* | .* | *. | *.*.*.*.*) echo 'is not a plain IP address' ;;
    *.*.*.*) [ "$bits" = 32 ] || echo "is not of the family of POD_CIDR $POD_CIDR" ;;
    *) echo 'is not a plain IP address' ;;
  esac
}

masquerade() {
  "$tool" -w 10 -t nat "$1" CILIUM_POST_nat -s "$POD_CIDR" -d "$2/$bits" ! -o cilium_+ -j MASQUERADE
}

# Code 1 of -C means that the rule is missing. After any other failure, adding it could add it twice.
ensure_masquerade() {
  answer=$(masquerade -C "$1" 2>&1) || case $? in
    1) masquerade -I "$1" ;;
    *) echo "$answer" >&2 && return 1 ;;
  esac
}

case ${POD_CIDR:=} in
  *[!0-9a-fA-F.:/]*) ;;
  *:*/*) tool=ip6tables bits=128 ;;
  *.*.*.*/*) tool=iptables bits=32 ;;
esac
if [ -z "$tool" ]; then
  echo "error: POD_CIDR is '$POD_CIDR', not a CIDR like 100.96.0.0/11: check spec.podCIDR of the Network" >&2
  pause 60 # kubelet would otherwise restart this container at once
  exit 1
fi

skipped=''
while :; do
  # The agent makes the chain, and makes it anew with each start.
  until "$tool" -w 10 -t nat -S CILIUM_POST_nat >/dev/null 2>&1; do pause 5; done
  while read -r keyword server _ || [ -n "$keyword" ]; do
    [ "$keyword" = nameserver ] || continue
    reason=$(why_not "$server")
    if [ -z "$reason" ]; then
      ensure_masquerade "$server" || echo "warning: nameserver $server has no rule, next try in 60 s" >&2
    elif [ "${skipped#*" $server "}" = "$skipped" ]; then
      skipped="$skipped $server "
      echo "no rule for nameserver '$server': it $reason"
    fi
  done </etc/resolv.conf
  pause 60
done
