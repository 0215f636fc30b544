import type { Network } from '../gardener/network.ts';
import { recordOf } from '../gardener/objects.ts';
import { configPath, type ShootNetwork } from '../network/decode-network.ts';
import { type Diagnostic, reporter } from '../network/diagnostics.ts';
import { describeShoot } from '../network/shoot-findings.ts';
import type { NetworkConfig } from './api/config.ts';
import { ciliumRules } from './api/diagnostics.ts';
import { assess, type CiliumAssessment } from './assess.ts';
import { unreachableMessage } from './warnings/unreachable.ts';

export interface ShootChange {
  readonly old: ShootNetwork<NetworkConfig>;
  readonly new: ShootNetwork<NetworkConfig>;
}

const report = reporter(ciliumRules);

/**
 * Returns findings about a change of the configuration of a running shoot (docs/design/cilium.md#changes-of-running-shoots). Nothing is
 * reported if the new configuration has errors, since the user will change it, or if the stored one has errors, since it was never applied.
 */
export function changeFindings(change: ShootChange): readonly Diagnostic[] {
  const [old, after] = [assess(change.old), assess(change.new)];
  if (old.errors.length > 0 || after.errors.length > 0) return [];
  const { tunnel, kubeProxyReplacement, encryption } = old.values;
  const before: Before = { routing: tunnel ?? 'native', kubeProxyReplacement, wireguard: encryption.wireguard };
  return stepFindings({ before, after });
}

/**
 * Returns the same findings about a change of the applied configuration in the status, for controllers without an admission. A Network that this
 * extension has not applied yet has no such status, and nothing is reported. Only here the IPAM mode of the shoot is known.
 */
export function appliedFindings(network: Network, after: CiliumAssessment): readonly Diagnostic[] {
  const applied = recordOf(recordOf(network.status?.providerStatus)['applied']);
  const { routing, kubeProxyReplacement, encryption } = applied;
  const before: Before = {
    routing: typeof routing === 'string' ? routing : undefined,
    kubeProxyReplacement: typeof kubeProxyReplacement === 'boolean' ? kubeProxyReplacement : undefined,
    wireguard: typeof encryption === 'string' ? encryption === 'wireguard' : undefined,
  };
  return stepFindings({ before, after });
}

/** The state of the running shoot; unknown members are undefined. */
interface Before {
  /** The protocol of the tunnel, or `native`. */
  readonly routing: string | undefined;
  readonly kubeProxyReplacement: boolean | undefined;
  readonly wireguard: boolean | undefined;
}

interface Step {
  readonly before: Before;
  readonly after: CiliumAssessment;
}

function stepFindings(step: Step): readonly Diagnostic[] {
  return [...routingChange(step), ...kubeProxyChange(step), ...strictInOneStep(step)];
}

interface Place {
  /** Relative to providerConfig. */
  readonly path: string;
  readonly message: string;
}

function finding({ after }: Step, code: keyof typeof ciliumRules, { path, message }: Place): Diagnostic {
  return report(code, { object: after.object, path: `${configPath}.${path}`, message });
}

/** Where the IPAM mode requires a tunnel, the change is an error: traffic that arrives would stop. */
function routingChange(step: Step): readonly Diagnostic[] {
  const { before, after } = step;
  const routing = after.values.tunnel ?? 'native';
  if (before.routing === undefined || before.routing === routing) return [];
  const path = after.given.overlay ? 'overlay.enabled' : 'tunnel';
  const unreachable = unreachableMessage(after.values);
  if (unreachable !== undefined && before.routing !== 'native')
    return [finding(step, 'cilium-pods-unreachable', { path, message: unreachable })];
  const message = `packets between nodes change from ${before.routing} to ${routing}, which interrupts connections while nodes are updated`;
  return [finding(step, 'cilium-routing-change', { path, message })];
}

function kubeProxyChange({ before, after }: Step): readonly Diagnostic[] {
  const replaced = after.values.kubeProxyReplacement;
  if (before.kubeProxyReplacement === undefined || before.kubeProxyReplacement === replaced) return [];
  const [from, to] = replaced ? ['kube-proxy', 'Cilium'] : ['Cilium', 'kube-proxy'];
  const message = `Services are handled by ${to} in place of ${from}: connections to them are interrupted on each node as its agent restarts`;
  const path = 'spec.kubernetes.kubeProxy.enabled';
  return [report('cilium-kube-proxy-change', { object: describeShoot(after.shoot), path, message })];
}

function strictInOneStep(step: Step): readonly Diagnostic[] {
  if (step.before.wireguard !== false || step.after.values.encryption.strict === undefined) return [];
  const message =
    'strict mode is enabled together with the encryption: updated nodes drop packets to nodes that are not updated yet; enable the encryption first, wait for all agents, then enable strict mode';
  return [finding(step, 'cilium-encryption-strict-one-step', { path: 'encryption.strictMode', message })];
}
