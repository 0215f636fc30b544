import type { Network } from '../../gardener/network.ts';
import type { ShootNetwork } from '../../network/decode-network.ts';
import type { AnnotationInput, AnnotationPlan, ListCheck } from '../../network/plugin.ts';
import type { NetworkConfig } from '../api/config.ts';
import { withDefaults } from '../api/defaults.ts';

/** The names are those of the Go extension, whose annotations remain in effect after a migration to this extension. */
const prefix = 'networking.calico.extensions.gardener.cloud';
const controlPlaneHa = `${prefix}/control-plane-ha`;
const stamps = {
  typha: { time: `${prefix}/typha-restarted-at`, reason: `${prefix}/typha-restart-reason` },
  node: { time: `${prefix}/calico-node-restarted-at`, reason: `${prefix}/calico-node-restart-reason` },
} as const;

/**
 * Restarts of the component that watches the datastore: Typha, without it calico-node (docs/design/calico.md#restarts). After a migration of the
 * control plane, and after the switch to a highly available one, its watches may not notice that they continue on another etcd. It serves its old
 * snapshot for up to 30 minutes then, and new pods get no network. The stamp on the Network is rendered into the pod template.
 */
export function restartAnnotations(
  decoded: ShootNetwork<NetworkConfig>,
  { operation, time }: AnnotationInput,
): AnnotationPlan {
  const { network, effective, shoot } = decoded;
  const stored = network.metadata.annotations ?? {};
  const seen = String(shoot.highlyAvailable);
  const state = stored[controlPlaneHa] === seen ? {} : { [controlPlaneHa]: seen };
  const typha = withDefaults(effective).typha.enabled;
  const stamp = typha ? stamps.typha : stamps.node;
  const isMigrated = operation === 'Restore' && stored[stamp.time] === undefined;
  const isSwitched = typha && shoot.highlyAvailable && stored[controlPlaneHa] === 'false';
  // A hibernated shoot runs no pods, and those that start later have no old snapshot.
  if (shoot.hibernated || !(isMigrated || isSwitched)) return { annotations: state, checks: [] };
  const reason = isMigrated ? 'control-plane-migration' : 'ha-transition';
  return { annotations: { ...state, [stamp.time]: time, [stamp.reason]: reason }, checks: [felixConfigurations] };
}

/**
 * One of the resources that Typha lists first. A restart before the API server can list them from the new etcd would only load the next old
 * snapshot.
 */
const felixConfigurations: ListCheck = {
  check: { group: 'crd.projectcalico.org', version: 'v1', plural: 'felixconfigurations' },
};

/** The stamps of a Network, for the pod templates; undefined members are not rendered. */
export interface RestartStamps {
  readonly typhaRestartedAt: string | undefined;
  readonly typhaRestartReason: string | undefined;
  readonly nodeRestartedAt: string | undefined;
  readonly nodeRestartReason: string | undefined;
}

/** Returns all stamps of a Network. A pod template keeps its stamp for ever, because the workload would restart without it. */
export function restartStamps({ metadata }: Pick<Network, 'metadata'>): RestartStamps {
  // Files of offline commands may contain null.
  const annotations = metadata.annotations ?? {};
  return {
    typhaRestartedAt: annotations[stamps.typha.time],
    typhaRestartReason: annotations[stamps.typha.reason],
    nodeRestartedAt: annotations[stamps.node.time],
    nodeRestartReason: annotations[stamps.node.reason],
  };
}
