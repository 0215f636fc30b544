#!/bin/bash
# Cilium serves Services in place of kube-proxy; rules that a kube-proxy left on the node would still translate their
# addresses, to endpoints that may be gone. They are taken out of what iptables holds, everything else stays.
set -uo pipefail

# Chains of kubelet look like kube-proxy's. They tell containers which backend of iptables the node uses.
kubelet='KUBE-(IPTABLES-HINT|KUBELET-CANARY|FIREWALL)([^A-Z0-9-]|$)'

# usage: without_kube_proxy RULES
without_kube_proxy() {
  while IFS= read -r line; do
    if [[ $line == *KUBE-* && ! $line =~ $kubelet ]]; then continue; fi
    printf '%s\n' "$line"
  done <<<"$1"
}

failed=0
for family in ip ip6; do
  # Fails on nodes without the family, which then have nothing to clean up.
  if ! rules=$("${family}tables-save" 2>/dev/null); then
    echo "${family}tables holds nothing to clean up"
    continue
  fi
  kept=$(without_kube_proxy "$rules")
  # Writing the tables back takes rules away that somebody adds meanwhile, so it is done only when there is a reason.
  if [ "$kept" = "$rules" ]; then continue; fi
  if "${family}tables-restore" -w 10 <<<"$kept"; then
    echo "removed the rules of kube-proxy from ${family}tables"
  else
    echo "error: the rules of kube-proxy could not be removed from ${family}tables" >&2
    failed=1
  fi
done
exit "$failed"
