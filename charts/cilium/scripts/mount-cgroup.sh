#!/bin/bash
# Mounts cgroup v2 at CGROUP_ROOT of the node, where agents attach load balancing at sockets. The mount must be made in
# the namespaces of the node, so the helper of the image is lent to the node, as CNI plugins are, and taken back.
set -eu

helper=cilium-mount
trap 'rm -f "/hostbin/$helper"' EXIT
cp "/usr/bin/$helper" "/hostbin/$helper"
nsenter --cgroup=/hostproc/1/ns/cgroup --mount=/hostproc/1/ns/mnt "$BIN_PATH/$helper" "$CGROUP_ROOT"
