import type { ShootFacts } from '../gardener/cluster.ts';
import { type Diagnostic, networkRules, reporter } from '../network/diagnostics.ts';
import { field } from '../network/field.ts';
import type { ApiServerLookup } from './api/api-server.ts';
import type { NetworkConfig } from './api/config.ts';
import { ciliumRules } from './api/diagnostics.ts';
import type { CiliumValues } from './render/values.ts';

export interface RequirementsInput {
  readonly given: NetworkConfig;
  readonly values: CiliumValues;
  readonly shoot: ShootFacts;
  /** Undefined while kube-proxy serves Services. */
  readonly apiServer: ApiServerLookup | undefined;
  /** `Network namespace/name`. */
  readonly object: string;
  /** `spec.providerConfig`. */
  readonly path: string;
}

const report = reporter({ ...networkRules, ...ciliumRules });

/** What an option needs from others or from the shoot (docs/design/cilium.md#networkconfig and docs/design/cilium.md#values); the Go extension finds it while it renders. */
export function requirementProblems(input: RequirementsInput): readonly Diagnostic[] {
  return [...egressGatewayProblems(input), ...dsrProblems(input), ...apiServerProblems(input)];
}

/** What is not known yet and will be without anybody's doing; until then nothing may be rendered. */
export function pendingProblems({ values, apiServer, object, path }: RequirementsInput): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (apiServer?.found === false && apiServer.reason === 'pending') {
    const message = 'kube-proxy is off and status.advertisedAddresses of the Shoot is empty';
    found.push(report('cilium-api-server-pending', { object, path: `${path}.kubeproxy.k8sServiceHost`, message }));
  }
  const unknown = (['IPv4', 'IPv6'] as const).filter((family) => {
    const native = family === 'IPv4' ? values.nativeIPv4 : values.nativeIPv6;
    const pool = family === 'IPv4' && values.ipv4 && values.ipam.mode === 'cluster-pool';
    return (native.wanted && native.cidr === undefined) || (pool && values.ipam.ipv4Range === undefined);
  });
  for (const family of unknown) {
    const message = `no ${family} range is known: neither spec.podCIDR nor status.networking.pods of the Shoot has one`;
    found.push(report('cilium-pod-range-pending', { object, path: 'spec.podCIDR', message }));
  }
  return found;
}

function egressGatewayProblems({ given, values, object, path: root }: RequirementsInput): readonly Diagnostic[] {
  if (given.egressGateway?.enabled !== true) return [];
  const path = `${root}.egressGateway.enabled`;
  const problem = (detail: string): Diagnostic =>
    report('cilium-egress-gateway-requirements', { object, path, message: field.forbidden(detail) });
  const found: Diagnostic[] = [];
  if (!values.kubeProxyReplacement)
    found.push(problem('needs kube-proxy off: spec.kubernetes.kubeProxy.enabled: false in the Shoot'));
  if (values.tunnel === undefined) found.push(problem('needs an overlay, but pod traffic is not encapsulated'));
  return found;
}

/**
 * As the reference, by the range of native routing, but of the family that is on (verdict 10). Without a tunnel it is missing where nothing is
 * masqueraded and nobody asks for it.
 */
function dsrProblems({ given, values, object, path }: RequirementsInput): readonly Diagnostic[] {
  const [native, family] = values.ipv4 ? [values.nativeIPv4, 'ipv4'] : [values.nativeIPv6, 'ipv6'];
  if (given.loadBalancingMode !== 'dsr' || native.wanted) return [];
  const dsr = (
    code: 'cilium-dsr-without-native-range' | 'cilium-dsr-without-native-routing',
    why: string,
  ): Diagnostic => report(code, { object, path: `${path}.loadBalancingMode`, message: field.invalid('dsr', why) });
  return [
    values.tunnel === undefined
      ? dsr(
          'cilium-dsr-without-native-range',
          `needs a native routing range: ${family}NativeRoutingCIDREnabled is not true`,
        )
      : dsr('cilium-dsr-without-native-routing', 'needs native routing, but pod traffic is encapsulated'),
  ];
}

function apiServerProblems({ apiServer, shoot, object, path }: RequirementsInput): readonly Diagnostic[] {
  if (apiServer === undefined || apiServer.found || apiServer.reason === 'pending') return [];
  if (apiServer.reason === 'unreadable') {
    const index = shoot.advertisedAddresses.findIndex((one) => one.name === 'external');
    const message = field.invalid(apiServer.url, 'must be a URL with a host, such as https://api.example.com');
    const where = `status.advertisedAddresses[${index}].url`;
    return [report('shoot-invalid', { object: `Shoot ${shoot.namespace}/${shoot.name}`, path: where, message })];
  }
  const names = shoot.advertisedAddresses.map((one) => one.name);
  const message = field.required(
    `the host of the API server with its port: kube-proxy is off and the Shoot has no advertised address "external" (it has: ${someOf(names)})`,
  );
  return [report('cilium-api-server-unknown', { object, path: `${path}.kubeproxy.k8sServiceHost`, message })];
}

/** Names for a message: those of a real Shoot all, of a forged one what people read. */
function someOf(names: readonly string[]): string {
  const more = names.length > mostNames ? [`${names.length - mostNames} more`] : [];
  return [...names.slice(0, mostNames).map((name) => name.slice(0, longestName)), ...more].join(', ');
}

const mostNames = 8;
const longestName = 63;
