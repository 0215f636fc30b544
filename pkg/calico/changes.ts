import { configPath, type ShootNetwork } from '../network/decode-network.ts';
import { type Diagnostic, reporter } from '../network/diagnostics.ts';
import { describeShoot } from '../network/shoot-findings.ts';
import type { NetworkConfig } from './api/config.ts';
import { calicoRules } from './api/diagnostics.ts';
import { isIpvs } from './api/validate.ts';
import { assess, type CalicoAssessment } from './assess.ts';
import { podPaths } from './render/reachability.ts';

export interface ShootChange {
  readonly old: ShootNetwork<NetworkConfig>;
  readonly new: ShootNetwork<NetworkConfig>;
}

const report = reporter(calicoRules);

/**
 * Findings about the step from one configuration of a running shoot to another (docs/design/calico.md#changes-of-running-shoots). With errors
 * in the new configuration nothing is reported, since its author will change it; a stored one with errors was never applied as it is.
 */
export function changeFindings(change: ShootChange): readonly Diagnostic[] {
  const [old, changed] = [assess(change.old), assess(change.new)];
  if (old.errors.length > 0 || changed.errors.length > 0) return [];
  const step = { old, new: changed };
  return [...ipamChange(step), ...ipvsChange(step), ...ebpfOff(step), ...oneStep(step), ...encapsulationChange(step)];
}

interface Step {
  readonly old: CalicoAssessment;
  readonly new: CalicoAssessment;
}

function finding(
  step: Step,
  code: keyof typeof calicoRules,
  at: { readonly path: string; readonly message: string },
): Diagnostic {
  return report(code, { object: step.new.object, path: `${configPath}.${at.path}`, message: at.message });
}

function ipamChange(step: Step): readonly Diagnostic[] {
  const [before, after] = [step.old.values, step.new.values];
  if (before.ipam.type === after.ipam.type) return [];
  const isByVxlan = before.options.vxlan.enabled !== after.options.vxlan.enabled;
  const message = `the IPAM of a running shoot cannot be changed from ${before.ipam.type} to ${after.ipam.type}: addresses of running pods would be assigned again`;
  return [finding(step, 'calico-ipam-change', { path: isByVxlan ? 'vxlan.enabled' : 'ipam.type', message })];
}

/** Whichever of both comes second, and also where the mode changes in the same step: the nodes still have what IPVS left. */
function ipvsChange(step: Step): readonly Diagnostic[] {
  const [before, after] = [step.old, step.new].map(({ values, shoot }) => ({
    ebpf: values.options.ebpfDataplane.enabled,
    ipvs: isIpvs(shoot.kubeProxy),
  }));
  if (before === undefined || after?.ebpf !== true || (before.ebpf && before.ipvs)) return [];
  if (before.ebpf ? !after.ipvs : !before.ipvs && !after.ipvs) return [];
  const message =
    'eBPF cannot be enabled on nodes where kube-proxy runs in mode IPVS: nodes lose all connectivity until they are rebooted';
  if (!before.ebpf) return [finding(step, 'calico-ebpf-ipvs-change', { path: 'ebpfDataplane.enabled', message })];
  const object = describeShoot(step.new.shoot);
  const mode =
    'mode IPVS cannot be used while ebpfDataplane is enabled: nodes lose all connectivity until they are rebooted';
  return [report('calico-ebpf-ipvs-change', { object, path: 'spec.kubernetes.kubeProxy.mode', message: mode })];
}

function ebpfOff(step: Step): readonly Diagnostic[] {
  if (!step.old.values.options.ebpfDataplane.enabled || step.new.values.options.ebpfDataplane.enabled) return [];
  const message =
    'eBPF programs that remain on a node enforce the last policies beside iptables; calico-node removes them where it sees the eBPF file system of the node';
  return [finding(step, 'calico-ebpf-off', { path: 'ebpfDataplane.enabled', message })];
}

function oneStep(step: Step): readonly Diagnostic[] {
  const [before, after] = [step.old.values, step.new.values];
  const isEbpfSame = before.options.ebpfDataplane.enabled === after.options.ebpfDataplane.enabled;
  if (isEbpfSame || before.kubeProxy === after.kubeProxy) return [];
  const message = after.kubeProxy
    ? 'kube-proxy is enabled and eBPF disabled in one step: enable kube-proxy first, then disable eBPF'
    : 'kube-proxy is disabled and eBPF enabled in one step: enable eBPF first, then disable kube-proxy';
  const object = describeShoot(step.new.shoot);
  return [report('calico-ebpf-kube-proxy-one-step', { object, path: 'spec.kubernetes.kubeProxy.enabled', message })];
}

function encapsulationChange(step: Step): readonly Diagnostic[] {
  const before = new Map(podPaths(step.old.values).map((path) => [path.family, path]));
  return podPaths(step.new.values).flatMap(({ family, transport }) => {
    const was = before.get(family)?.transport;
    if (was === undefined || was === transport) return [];
    const message = `${family} packets between nodes change from ${was} to ${transport}, which interrupts connections while nodes are updated`;
    return [finding(step, 'calico-overlay-change', { path: culprit(step), message })];
  });
}

/** The option to blame: the first one that differs. */
function culprit({ old, new: changed }: Step): string {
  const [before, after] = [old.values.options, changed.values.options];
  if (before.overlay?.enabled !== after.overlay?.enabled) return 'overlay.enabled';
  if (before.vxlan.enabled !== after.vxlan.enabled) return 'vxlan.enabled';
  return before.ipv4.pool === after.ipv4.pool ? 'ipv4.mode' : 'ipv4.pool';
}
