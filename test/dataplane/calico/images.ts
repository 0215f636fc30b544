/** Images of Calico, from the programs that were built. */
import path from 'node:path';
import { findProgram } from '../arena/command.ts';
import type { Image } from '../arena/container.ts';
import type { CalicoPrograms } from './programs.ts';

/**
 * Does what rc.local and the services of the image calico/node do, in one shell: start-up, addresses of tunnels, then the services of the backend,
 * which are started again when they end. Felix ends whenever a part of its configuration changes that it cannot change while it runs.
 */
const entrypoint = `
serve() {
  while :; do
    "$@" || true
    sleep 1
  done
}
calico-node -startup
calico-node -allocate-tunnel-addrs -allocate-tunnel-addrs-run-once
NODENAME=$(cat /var/lib/calico/nodename)
export NODENAME FELIX_FELIXHOSTNAME=$NODENAME FELIX_DATASTORETYPE=$DATASTORE_TYPE
[ "$CALICO_NETWORKING_BACKEND" = none ] || serve calico-node -monitor-addresses &
serve calico-node -allocate-tunnel-addrs &
serve calico-node -status-reporter &
[ "$CALICO_MANAGE_CNI" = false ] || serve calico-node -monitor-token &
if [ "$CALICO_NETWORKING_BACKEND" = bird ]; then
  serve calico-node -confd &
  until [ -s /etc/calico/confd/config/bird.cfg ] && [ -s /etc/calico/confd/config/bird6.cfg ]; do sleep 0.2; done
  for bird in bird bird6; do
    serve "$bird" -R -s "/var/run/calico/$bird.ctl" -d -c "/etc/calico/confd/config/$bird.cfg" &
  done
fi
serve calico-node -felix
`;

export function nodeImage({ folder }: CalicoPrograms): Image {
  return {
    programs: path.join(folder, 'bin'),
    links: {},
    folders: { '/etc/calico': path.join(folder, 'etc') },
    entrypoint: ['sh', '-ec', entrypoint],
  };
}

export function installerImage({ folder }: CalicoPrograms): Image {
  const cni = path.join(folder, 'cni');
  return { programs: cni, links: {}, folders: {}, readOnly: { '/opt/cni/bin': cni } };
}

export function typhaImage({ folder }: CalicoPrograms): Image {
  return { programs: path.join(folder, 'bin'), links: {}, folders: {}, entrypoint: ['calico-typha'] };
}

/** Programs that classes with backend bird need and that this project does not build: Calico's own variant of BIRD. */
export function missingBird(): readonly string[] {
  return ['bird', 'bird6'].filter((name) => findProgram(name) === undefined);
}
