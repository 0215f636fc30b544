#!/bin/sh
# Gives the host's folders that calico-node writes to NODE_USER_ID, the user that it runs as when it is not privileged.
# exec, so that signals reach calico-node and its exit code is that of the container.
exec calico-node -hostpath-init
