#!/bin/bash
# Keeps systemd from changing kernel settings of Cilium's own devices. The settings belong to the node, so the helper of
# the image is lent to the node, as CNI plugins are, and taken back.
set -eu

helper=cilium-sysctlfix
trap 'rm -f "/hostbin/$helper"' EXIT
cp "/usr/bin/$helper" "/hostbin/$helper"
nsenter --mount=/hostproc/1/ns/mnt "$BIN_PATH/$helper"
