#!/bin/bash
# Cilium serves Services in place of kube-proxy. Rules that kube-proxy left on the node would still translate addresses of
# Services, to endpoints that may no longer exist, so this removes them from iptables, nftables and IPVS, and nothing else.
set -uo pipefail

# Chains of kubelet resemble those of kube-proxy. They show containers which backend of iptables the node uses.
kubelet='KUBE-(IPTABLES-HINT|KUBELET-CANARY|FIREWALL)([^A-Z0-9-]|$)'
failed=0

# usage: without_kube_proxy RULES
without_kube_proxy() {
  while IFS= read -r line; do
    if [[ $line == *KUBE-* && ! $line =~ $kubelet ]]; then continue; fi
    printf '%s\n' "$line"
  done <<<"$1"
}

# usage: clean_iptables ip|ip6
clean_iptables() {
  local rules kept
  # Fails on nodes without the family, which then have nothing to clean up.
  if ! rules=$("$1tables-save" 2>/dev/null); then
    echo "$1tables holds nothing to clean up"
    return
  fi
  kept=$(without_kube_proxy "$rules")
  # Restoring tables removes rules that others add at the same time, so it is done only if there is a reason.
  if [ "$kept" = "$rules" ]; then return; fi
  if "$1tables-restore" -w 10 <<<"$kept"; then
    echo "removed the rules of kube-proxy from $1tables"
  else
    echo "error: the rules of kube-proxy could not be removed from $1tables" >&2
    failed=1
  fi
}

# The image has no nft, so the command of the node is used. Agents start even if this fails, as they did before.
on_node() { nsenter --mount=/hostproc/1/ns/mnt "$@"; }

clean_nftables() {
  local tables family
  if ! tables=$(on_node nft list tables 2>/dev/null); then
    echo 'tables of nftables are not checked: the node has no nft'
    return
  fi
  for family in ip ip6; do
    grep -qx "table $family kube-proxy" <<<"$tables" || continue
    if on_node nft delete table "$family" kube-proxy; then
      echo "removed table $family kube-proxy from nftables"
    else
      echo "warning: table $family kube-proxy could not be removed from nftables" >&2
    fi
  done
}

# IPVS handles packets to local addresses only. Without the device the node no longer has the addresses of Services;
# virtual servers remain, because others may use IPVS as well.
clean_ipvs() {
  ip link show dev kube-ipvs0 >/dev/null 2>&1 || return
  if ip link delete dev kube-ipvs0; then
    echo 'removed device kube-ipvs0 of kube-proxy in mode IPVS'
  else
    echo 'warning: device kube-ipvs0 could not be removed' >&2
  fi
}

clean_iptables ip
clean_iptables ip6
clean_nftables
clean_ipvs
exit "$failed"
