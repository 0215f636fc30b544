#!/bin/bash
# Keeps systemd from changing kernel settings of Cilium's own devices. The settings belong to the node, so the helper of
# the image is lent to the node, as CNI plugins are, and taken back.
set -eu

lent=/hostbin/cilium-sysctlfix
trap 'rm -f "$lent"' EXIT
cp /usr/bin/cilium-sysctlfix "$lent"
nsenter --mount=/hostproc/1/ns/mnt "$BIN_PATH/${lent##*/}"
