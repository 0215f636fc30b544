import type { ShootFacts } from '../../gardener/cluster.ts';
import type { Network } from '../../gardener/network.ts';
import { describeObject, isRecord, type KubeObject, recordOf } from '../../gardener/objects.ts';
import { isAtLeast, parseKubernetesVersion } from '../../gardener/version.ts';
import { configPath, type ShootNetwork } from '../../network/decode-network.ts';
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import type { Lookup, ShootQuery } from '../../network/plugin.ts';
import type { NetworkConfig } from '../api/config.ts';
import { calicoRules } from '../api/diagnostics.ts';
import { isGateEnabled } from '../api/feature-gates.ts';

export interface SwitchInput {
  readonly decoded: ShootNetwork<NetworkConfig>;
  readonly currentObjects: Lookup<readonly KubeObject[]>;
}

const report = reporter(calicoRules);

/**
 * Feature gate SeamlessOverlaySwitch (docs/design/calico.md#feature-gates): the overlay of a running shoot is disabled only after every node has
 * its route. Nodes are read only if the overlay is to be disabled; a hibernated shoot has none.
 */
export function switchQueries(input: SwitchInput): readonly ShootQuery[] {
  const wanted = switchRequested(input);
  return wanted === 'yes' && !input.decoded.shoot.hibernated ? [{ apiVersion: 'v1', kind: 'Node' }] : [];
}

/**
 * Returns the reason why the switch must wait, if there is one. If an input cannot be read, the current state remains (verdict B11); the Go
 * extension treats every read error as "no switch in progress", and disables the overlay unchecked.
 */
export function switchProblems(
  input: SwitchInput & { readonly nodes: Lookup<readonly KubeObject[]> },
): readonly Diagnostic[] {
  const { network, shoot } = input.decoded;
  const problem = (code: 'calico-overlay-switch-unverified' | 'calico-overlay-switch-waiting', message: string) => [
    report(code, { object: describeObject(network), path: `${configPath}.overlay.enabled`, message }),
  ];
  const wanted = switchRequested(input);
  // Without nodes no pod can lose its route; a hibernated shoot must not fail (verdict B11).
  if (wanted === 'no' || shoot.hibernated) return [];
  if (wanted === 'unknown') {
    const reason = input.currentObjects.available ? '' : input.currentObjects.reason;
    return problem('calico-overlay-switch-unverified', `the current state of the overlay cannot be read: ${reason}`);
  }
  if (!input.nodes.available) {
    const message = `the nodes of the shoot cannot be read: ${input.nodes.reason}`;
    return problem('calico-overlay-switch-unverified', message);
  }
  const missing = input.nodes.value
    .filter((node) => node.kind === 'Node' && !hasRoute(node))
    .map((node) => node.metadata.name);
  if (missing.length === 0) return [];
  const names = `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`;
  // The beginning is the text of the Go extension, which tools search for in the errors of Shoots.
  const message = `waiting for routes to be created on all nodes before disabling overlay: ${missing.length} node(s) without a route: ${names}`;
  return problem('calico-overlay-switch-waiting', message);
}

function switchRequested({ decoded, currentObjects }: SwitchInput): 'yes' | 'no' | 'unknown' {
  const { config, shoot, network } = decoded;
  if (
    !isSwitchEnabled(decoded) ||
    !config.overlay ||
    config.overlay.enabled === true ||
    !servesMutatingAdmissionPolicy(shoot)
  )
    return 'no';
  if (!currentObjects.available) return 'unknown';
  const running =
    currentObjects.value.length === 0 ? storedOverlay(network) === true : currentObjects.value.some(runsOverlay);
  return running ? 'yes' : 'no';
}

function isSwitchEnabled({ featureGates }: Pick<ShootNetwork<NetworkConfig>, 'featureGates'>): boolean {
  return isGateEnabled('SeamlessOverlaySwitch', featureGates);
}

/**
 * Returns the content of `status.state`: whether the shoot has the overlay, for the time after a migration to another seed, where no current
 * objects exist. Undefined with a disabled gate, unless an earlier value is stored and would become wrong.
 */
export function switchState({ decoded, overlay }: SwitchStateInput): Readonly<Record<string, unknown>> | undefined {
  return isSwitchEnabled(decoded) || storedOverlay(decoded.network) !== undefined ? { overlay } : undefined;
}

export interface SwitchStateInput extends Pick<SwitchInput, 'decoded'> {
  /** The applied state. */
  readonly overlay: boolean;
}

/** Returns undefined if nothing is stored, as in Networks of the Go extension. */
function storedOverlay({ status }: Network): unknown {
  return recordOf(status?.state)['overlay'];
}

/** The switch requires MutatingAdmissionPolicy in the shoot: by version, or by feature gate together with its API. */
function servesMutatingAdmissionPolicy({ kubernetesVersion, apiServer }: ShootFacts): boolean {
  const version = parseKubernetesVersion(kubernetesVersion);
  if (version !== undefined && isAtLeast(version, { major: 1, minor: 36 })) return true;
  const served = ['v1alpha1', 'v1beta1'].some(
    (one) => apiServer.runtimeConfig[`admissionregistration.k8s.io/${one}`] === true,
  );
  return served && apiServer.featureGates['MutatingAdmissionPolicy'] === true;
}

function runsOverlay(object: KubeObject): boolean {
  if (object.kind !== 'DaemonSet' || object.metadata.name !== 'calico-node') return false;
  return containers(object).some((container) =>
    records(container['env']).some(
      (one) =>
        (one['name'] === 'FELIX_IPINIPENABLED' || one['name'] === 'FELIX_VXLANENABLED') && one['value'] === 'true',
    ),
  );
}

function hasRoute(node: KubeObject): boolean {
  const status = recordOf(node['status']);
  return records(status['conditions']).some(
    (one) => one['type'] === 'NetworkUnavailable' && one['status'] === 'False' && one['reason'] === 'RouteCreated',
  );
}

function containers(object: KubeObject): readonly Readonly<Record<string, unknown>>[] {
  const template = recordOf(recordOf(object['spec'])['template']);
  return records(recordOf(template['spec'])['containers']);
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
