#!/bin/sh
# Brings the CNI plugins that networks of Multus may name to the node.
set -eu

source=/usr/src/cni/bin
target=/host/opt/cni/bin

installed=0
for plugin in "$source"/*; do
  name=${plugin##*/}
  # Calico's own install-cni brings these four; two writers with different versions would take turns.
  case $name in
    host-local | loopback | portmap | tuning) continue ;;
  esac
  # The archive of the plugins holds a licence and a readme too.
  if [ ! -f "$plugin" ] || [ ! -x "$plugin" ]; then continue; fi
  # A plugin may run or be started at any time: writing to its file fails with "Text file busy", and a half-written one
  # fails pods. A rename in one folder has neither fault. The name is fixed, so that a copy left behind is reused.
  copy=$target/.$name.new
  if ! { cp "$plugin" "$copy" && chmod 0755 "$copy" && mv -f "$copy" "$target/$name"; }; then
    rm -f "$copy"
    echo "error: $plugin could not be installed as $target/$name" >&2
    exit 1
  fi
  installed=$((installed + 1))
done

if [ "$installed" -eq 0 ]; then
  echo "error: no plugin in $source, is this the image cni-plugins?" >&2
  exit 1
fi
echo "installed $installed plugins in $target"
