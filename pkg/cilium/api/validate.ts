import type { ShootFacts } from '../../gardener/cluster.ts';
import { type Diagnostic, networkRules, reporter } from '../../network/diagnostics.ts';
import { field } from '../../network/field.ts';
import { agentOptionProblems } from './agent-options.ts';
import { isHost } from './api-server.ts';
import type { NetworkConfig } from './config.ts';
import { ciliumRules } from './diagnostics.ts';
import { parseDuration } from './duration.ts';

export interface ValidateInput {
  readonly config: NetworkConfig;
  /** `Network namespace/name` or `Shoot namespace/name`. */
  readonly object: string;
  /** `spec.providerConfig` or `spec.networking.providerConfig`. */
  readonly path: string;
}

type Report = (path: string, message: string) => Diagnostic;
const reportRule = reporter({ ...networkRules, ...ciliumRules });

/**
 * Checks the rules of docs/design/cilium.md#networkconfig beyond types and lists of values. Returns all findings at once, in the fixed order of the
 * fields. Expects a configuration from the strict decoder.
 */
export function validateConfig(input: ValidateInput): readonly Diagnostic[] {
  const { config, object, path: root } = input;
  const report: Report = (path, message) =>
    reportRule('config-invalid-value', { object, path: `${root}.${path}`, message });
  return [
    ...apiServerProblems(config.kubeproxy, report),
    ...mtuProblems(config.mtu, report),
    ...(config.devices ?? []).flatMap((device, index) => deviceProblems(`devices[${index}]`, device ?? '', report)),
    ...deviceProblems('directRoutingDevice', config.directRoutingDevice ?? undefined, report),
    ...durationProblems(config.l2Announcements, report),
    ...encryptionProblems(input),
    ...agentOptionProblems(config.agentOptions ?? {}).map(([name, message]) => report(`agentOptions.${name}`, message)),
  ];
}

/** Rejects kube-proxy in mode IPVS with NodeLocalDNS, which it hides; without an explicit `enabled` this is only a warning (verdict 27). */
export function validateShoot(input: { readonly shoot: ShootFacts; readonly object: string }): readonly Diagnostic[] {
  const { kubeProxy, nodeLocalDNS } = input.shoot;
  if (!kubeProxy.explicit || kubeProxy.mode !== 'IPVS' || !nodeLocalDNS) return [];
  return [
    reportRule('cilium-ipvs-node-local-dns', {
      object: input.object,
      path: 'spec.kubernetes.kubeProxy.mode',
      message: field.forbidden('kube-proxy in mode IPVS cannot be used while systemComponents.nodeLocalDNS is enabled'),
    }),
  ];
}

function apiServerProblems(kubeproxy: NetworkConfig['kubeproxy'], report: Report): readonly Diagnostic[] {
  const { k8sServiceHost: host, k8sServicePort: port } = kubeproxy ?? {};
  const found: Diagnostic[] = [];
  if (typeof host === 'string' && !isHost(host)) {
    const message = field.invalid(host, 'must be an IP address, or a DNS name in lower case such as api.example.com');
    found.push(report('kubeproxy.k8sServiceHost', message));
  }
  if (typeof port === 'number' && (port < 1 || port > 65_535))
    found.push(report('kubeproxy.k8sServicePort', field.invalid(port, 'must be between 1 and 65535')));
  return found;
}

function mtuProblems(mtu: number | null | undefined, report: Report): readonly Diagnostic[] {
  if (typeof mtu !== 'number' || mtu >= 0) return [];
  return [report('mtu', field.invalid(mtu, 'must not be negative; with 0 Cilium detects the MTU'))];
}

/** Like `[^/\s]{1,15}` on bytes in Go: `\s` is ASCII only, and the kernel counts bytes instead of UTF-16 code units. */
function deviceProblems(path: string, name: string | undefined, report: Report): readonly Diagnostic[] {
  if (name === undefined) return [];
  if (name === '') return [report(path, field.invalid(name, 'must not be empty'))];
  if (new TextEncoder().encode(name).length > 15)
    return [report(path, field.invalid(name, 'must have at most 15 bytes, as the kernel allows for interfaces'))];
  return /[/\t\n\f\r ]/.test(name) ? [report(path, field.invalid(name, 'must not contain "/" or blanks'))] : [];
}

function durationProblems(l2: NetworkConfig['l2Announcements'], report: Report): readonly Diagnostic[] {
  return (['leaseDuration', 'leaseRenewDeadline', 'leaseRetryPeriod'] as const).flatMap((name) => {
    const text = l2?.[name];
    if (typeof text !== 'string' || parseDuration(text) !== undefined) return [];
    return [report(`l2Announcements.${name}`, field.invalid(text, 'must be a duration such as "15s" or "1m30s"'))];
  });
}

/** With any other mode nothing would be encrypted, although the configuration says so (verdict 8). */
function encryptionProblems({ config, object, path }: ValidateInput): readonly Diagnostic[] {
  const { enabled, mode } = config.encryption ?? {};
  if (enabled !== true || mode === 'wireguard') return [];
  const message = mode
    ? field.unsupported(mode, ['wireguard'])
    : field.required('"wireguard", since encryption is enabled');
  return [reportRule('cilium-encryption-mode', { object, path: `${path}.encryption.mode`, message })];
}
