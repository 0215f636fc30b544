import { isIpvs } from '../gardener/cluster.ts';
import type { Network } from '../gardener/network.ts';
import { recordOf } from '../gardener/objects.ts';
import { configPath, type ShootNetwork } from '../network/decode-network.ts';
import { type Diagnostic, reporter } from '../network/diagnostics.ts';
import { describeShoot } from '../network/shoot-findings.ts';
import type { NetworkConfig } from './api/config.ts';
import { calicoRules } from './api/diagnostics.ts';
import { assess, type CalicoAssessment } from './assess.ts';
import { withExistingPool } from './render/existing-pool.ts';
import { podPaths } from './render/reachability.ts';

export interface ShootChange {
  readonly old: ShootNetwork<NetworkConfig>;
  readonly new: ShootNetwork<NetworkConfig>;
}

const report = reporter(calicoRules);

/**
 * Returns findings about a change of the configuration of a running shoot (docs/design/calico.md#changes-of-running-shoots). Nothing is
 * reported if the new configuration has errors, since the user will change it, or if the stored one has errors, since it was never applied.
 */
export function changeFindings(change: ShootChange): readonly Diagnostic[] {
  const [old, after] = [assess(change.old), assess(change.new)];
  if (old.errors.length > 0 || after.errors.length > 0) return [];
  const { options, ipam, kubeProxy } = old.values;
  const before: Before = {
    ipam: ipam.type,
    ebpf: options.ebpfDataplane.enabled,
    transports: new Map(podPaths(old.values).map(({ family, transport }) => [family, transport])),
    kubeProxy,
    ipvs: isIpvs(old.shoot.kubeProxy),
    values: old.values,
  };
  return stepFindings({ before, after });
}

/**
 * Returns the same findings about a change of the applied configuration in the status, for controllers without an admission. A Network that this
 * extension has not applied yet has no such status, and nothing is reported.
 */
export function appliedFindings(network: Network, after: CalicoAssessment): readonly Diagnostic[] {
  const applied = recordOf(recordOf(network.status?.providerStatus)['applied']);
  const { ipam, dataplane } = applied;
  const paths = Object.entries(recordOf(applied['podPaths']));
  const before: Before = {
    ipam: typeof ipam === 'string' ? ipam : undefined,
    ebpf: typeof dataplane === 'string' ? dataplane === 'ebpf' : undefined,
    transports: new Map(paths.map(([family, path]) => [family, recordOf(path)['transport']])),
  };
  return stepFindings({ before, after });
}

/** The state of the running shoot; unknown members are undefined. */
interface Before {
  readonly ipam: string | undefined;
  readonly ebpf: boolean | undefined;
  /** By family, as in podPaths. */
  readonly transports: ReadonlyMap<string, unknown>;
  readonly kubeProxy?: boolean;
  readonly ipvs?: boolean;
  readonly values?: CalicoAssessment['values'];
}

interface Step {
  readonly before: Before;
  readonly after: CalicoAssessment;
}

function stepFindings(step: Step): readonly Diagnostic[] {
  return [...ipamChange(step), ...ipvsChange(step), ...ebpfOff(step), ...oneStep(step), ...encapsulationChange(step)];
}

interface Place {
  /** Relative to providerConfig. */
  readonly path: string;
  readonly message: string;
}

function finding({ after }: Step, code: keyof typeof calicoRules, { path, message }: Place): Diagnostic {
  return report(code, { object: after.object, path: `${configPath}.${path}`, message });
}

function inKubeProxy({ after }: Step, code: keyof typeof calicoRules, { path, message }: Place): Diagnostic {
  return report(code, { object: describeShoot(after.shoot), path: `spec.kubernetes.kubeProxy.${path}`, message });
}

function ipamChange(step: Step): readonly Diagnostic[] {
  const { before, after } = step;
  const { ipam, options } = after.values;
  if (before.ipam === undefined || before.ipam === ipam.type) return [];
  const isByVxlan =
    before.values === undefined ? options.vxlan.enabled : before.values.options.vxlan.enabled !== options.vxlan.enabled;
  const message = `the IPAM of a running shoot cannot be changed from ${before.ipam} to ${ipam.type}: addresses of running pods would be assigned again`;
  return [finding(step, 'calico-ipam-change', { path: isByVxlan ? 'vxlan.enabled' : 'ipam.type', message })];
}

/** Applies in either order, and if the mode changes in the same step, since rules of IPVS remain on the nodes. */
function ipvsChange(step: Step): readonly Diagnostic[] {
  const { before, after } = step;
  const ipvs = isIpvs(after.shoot.kubeProxy);
  if (!after.values.options.ebpfDataplane.enabled) return [];
  if (before.ebpf === false && (ipvs || before.ipvs === true)) {
    const message =
      'eBPF cannot be enabled on nodes where kube-proxy runs in mode IPVS: nodes lose all connectivity until they are rebooted';
    return [finding(step, 'calico-ebpf-ipvs-change', { path: 'ebpfDataplane.enabled', message })];
  }
  if (before.ebpf !== true || before.ipvs !== false || !ipvs) return [];
  const message =
    'mode IPVS cannot be used while ebpfDataplane is enabled: nodes lose all connectivity until they are rebooted';
  return [inKubeProxy(step, 'calico-ebpf-ipvs-change', { path: 'mode', message })];
}

function ebpfOff(step: Step): readonly Diagnostic[] {
  if (step.before.ebpf !== true || step.after.values.options.ebpfDataplane.enabled) return [];
  const message =
    'eBPF programs that remain on a node enforce the last policies beside iptables; calico-node removes them if the eBPF file system of the node is mounted';
  return [finding(step, 'calico-ebpf-off', { path: 'ebpfDataplane.enabled', message })];
}

function oneStep(step: Step): readonly Diagnostic[] {
  const { before, after } = step;
  const { kubeProxy, options } = after.values;
  if (before.kubeProxy === undefined || before.kubeProxy === kubeProxy) return [];
  if (before.ebpf === options.ebpfDataplane.enabled) return [];
  const message = kubeProxy
    ? 'kube-proxy is enabled and eBPF disabled in one step: enable kube-proxy first, then disable eBPF'
    : 'kube-proxy is disabled and eBPF enabled in one step: enable eBPF first, then disable kube-proxy';
  return [inKubeProxy(step, 'calico-ebpf-kube-proxy-one-step', { path: 'enabled', message })];
}

function encapsulationChange(step: Step): readonly Diagnostic[] {
  const { before, after } = step;
  const values = before.values === undefined ? after.values : withExistingPool(before.values, after.values);
  return podPaths(values).flatMap(({ family, transport }) => {
    const was = before.transports.get(family);
    if (typeof was !== 'string' || was === transport) return [];
    const message = `${family} packets between nodes change from ${was} to ${transport}, which interrupts connections while nodes are updated`;
    return [finding(step, 'calico-overlay-change', { path: changedOption(step), message })];
  });
}

/** Returns the first option that differs; if the old options are not known, one that can cause the change. */
function changedOption({ before, after }: Step): string {
  const [old, { options }] = [before.values?.options, after.values];
  if (old === undefined) return options.overlay === undefined ? 'ipv4.mode' : 'overlay.enabled';
  if (old.overlay?.enabled !== options.overlay?.enabled) return 'overlay.enabled';
  if (old.vxlan.enabled !== options.vxlan.enabled) return 'vxlan.enabled';
  return old.ipv4.pool === options.ipv4.pool ? 'ipv4.mode' : 'ipv4.pool';
}
