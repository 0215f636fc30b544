#!/bin/sh
# Reverse path filtering drops packets that eBPF redirects between devices. systemd turns it on again for every new
# device unless a file that sorts behind its own says otherwise, so the setting goes to the node's sysctl.d.
set -eu

target=/host/etc/sysctl.d/99-cilium-rp-filter.conf
wanted='net.ipv4.conf.all.rp_filter = 0'

if [ -f "$target" ] && [ "$(cat "$target")" = "$wanted" ]; then exit 0; fi
mkdir -p "${target%/*}"
# systemd may read the folder at any time: a rename never shows it half a file, and it skips names without .conf.
printf '%s\n' "$wanted" >"$target.new"
mv -f "$target.new" "$target"
