#!/bin/bash
# Mounts cgroup v2 at CGROUP_ROOT of the node, where agents attach load balancing at sockets. The mount must be made in
# the namespaces of the node, so the helper of the image is lent to the node, as CNI plugins are, and taken back.
set -eu

lent=/hostbin/cilium-mount
trap 'rm -f "$lent"' EXIT
cp /usr/bin/cilium-mount "$lent"
nsenter --cgroup=/hostproc/1/ns/cgroup --mount=/hostproc/1/ns/mnt "$BIN_PATH/${lent##*/}" "$CGROUP_ROOT"
