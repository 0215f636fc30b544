#!/bin/sh
# Makes the node's kernel log each time it tells a sender that a packet was too big for the next hop. A wrong MTU shows
# nowhere else: small packets pass, large ones vanish. No rate limit in the rules, the kernel limits such ICMP itself.
#
# A help for finding faults must not keep a node from getting its network: this script warns and always succeeds.
set -u

# Prints nft or legacy: the iptables backend in which kubelet made the chains that it keeps as a hint for containers.
# nft is asked first because asking legacy loads kernel modules, and is what remains where kubelet keeps no such chains.
kubelet_backend() {
  for backend in nft legacy; do
    for chain in KUBE-IPTABLES-HINT KUBE-KUBELET-CANARY; do
      for binary in iptables ip6tables; do
        "$binary-$backend" -w 10 -t mangle -S "$chain" >/dev/null 2>&1 && echo "$backend" && return
      done
    done
  done
  echo nft
}

# usage: log_rule TOOL -C|-I MATCH...
log_rule() {
  tool=$1 operation=$2
  shift 2
  "$tool" -w 10 -t filter "$operation" OUTPUT "$@" -j LOG --log-prefix 'PACKET-TOO-BIG '
}

# usage: ensure_logged TOOL MATCH...
# Code 1 of -C means that the rule is missing. After any other failure, adding it could add it twice.
ensure_logged() {
  tool=$1
  shift
  answer=$(log_rule "$tool" -C "$@" 2>&1) || case $? in
    1) log_rule "$tool" -I "$@" ;;
    *) echo "$answer" >&2 && return 1 ;;
  esac
}

mode=$(kubelet_backend)
ensure_logged "iptables-$mode" -p icmp --icmp-type fragmentation-needed ||
  echo 'warning: the node will not log IPv4 packets that are too big' >&2
# Fails on nodes without IPv6, where nothing is lost.
ensure_logged "ip6tables-$mode" -p ipv6-icmp --icmpv6-type packet-too-big ||
  echo 'warning: the node will not log IPv6 packets that are too big' >&2
exit 0
