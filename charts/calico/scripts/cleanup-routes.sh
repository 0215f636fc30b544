#!/bin/sh
# Deletes the routes that BIRD left in the kernel when the cluster ran with an overlay. BIRD no longer runs without one,
# so nobody else would remove them, and they would keep sending pod traffic into tunnels that are gone.
#
# Only the main table: Calico's BIRD writes nowhere else, and a BIRD of the node's owner may use a table of its own.
set -u

if ! command -v ip >/dev/null; then
  echo 'error: ip is not in this image, routes of BIRD cannot be deleted' >&2
  exit 1
fi

failed=0
for family in -4 -6; do
  attempt=0
  # Listing fails where the node has this family switched off or no route of it at all: nothing to delete then.
  while routes=$(ip "$family" route show proto bird 2>/dev/null) && [ -n "$routes" ]; do
    attempt=$((attempt + 1))
    if [ "$attempt" -gt 5 ]; then
      # Failing lets kubelet try again; going on would leave pods unreachable without a sign of why.
      echo "error: ip $family route flush proto bird left routes behind, 5 times:" >&2
      echo "$routes" >&2
      failed=1
      break
    fi
    # A flush ends at the first route that vanished meanwhile, with its device for example; the listing above decides.
    ip "$family" route flush proto bird
  done
done
exit "$failed"
