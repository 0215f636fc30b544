import type { RuleInput } from '../../network/assessment.ts';
import { type Diagnostic, networkRules, reporter } from '../../network/diagnostics.ts';
import { field } from '../../network/field.ts';
import { describeShoot } from '../../network/shoot-findings.ts';
import type { CiliumValues } from '../render/values.ts';
import type { NetworkConfig } from './config.ts';
import { ciliumRules } from './diagnostics.ts';

type RequirementsInput = RuleInput<NetworkConfig, CiliumValues>;

const report = reporter({ ...networkRules, ...ciliumRules });

/** What an option needs from others or from the shoot (docs/design/cilium.md#networkconfig and docs/design/cilium.md#values); the Go extension finds it while it renders. */
export function requirementProblems(input: RequirementsInput): readonly Diagnostic[] {
  return [...egressGatewayProblems(input), ...dsrProblems(input), ...apiServerProblems(input)];
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

function apiServerProblems({ values, shoot, object, path }: RequirementsInput): readonly Diagnostic[] {
  const { apiServer } = values;
  if (apiServer === undefined || apiServer.found || apiServer.reason === 'pending') return [];
  if (apiServer.reason === 'unreadable') {
    const index = shoot.advertisedAddresses.findIndex((one) => one.name === 'external');
    const message = field.invalid(apiServer.url, 'must be a URL with a host, such as https://api.example.com');
    const where = `status.advertisedAddresses[${index}].url`;
    return [report('shoot-invalid', { object: describeShoot(shoot), path: where, message })];
  }
  const names = shoot.advertisedAddresses.map((one) => one.name);
  const message = field.required(
    `the host of the API server with its port: kube-proxy is off and the Shoot has no advertised address "external" (it has: ${listNames(names)})`,
  );
  return [report('cilium-api-server-unknown', { object, path: `${path}.kubeproxy.k8sServiceHost`, message })];
}

/** Names for a message: those of a real Shoot all, of a forged one what people read. */
function listNames(names: readonly string[]): string {
  const more = names.length > mostNames ? [`${names.length - mostNames} more`] : [];
  return [...names.slice(0, mostNames).map((name) => name.slice(0, longestName)), ...more].join(', ');
}

const mostNames = 8;
const longestName = 63;
