import { describeName } from '../../gardener/objects.ts';
import type { RuleInput } from '../../network/assessment.ts';
import { type Diagnostic, networkRules, reporter } from '../../network/diagnostics.ts';
import { field } from '../../network/field.ts';
import { describeShoot } from '../../network/shoot-findings.ts';
import type { CiliumValues } from '../render/values.ts';
import type { NetworkConfig } from './config.ts';
import { ciliumRules } from './diagnostics.ts';

type RequirementsInput = RuleInput<NetworkConfig, CiliumValues>;

const report = reporter({ ...networkRules, ...ciliumRules });

/** Checks requirements of options on other options and on the shoot (docs/design/cilium.md#networkconfig and docs/design/cilium.md#values), which the Go extension checks during rendering. */
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
    found.push(problem('requires spec.kubernetes.kubeProxy.enabled: false in the Shoot'));
  if (values.tunnel === undefined) found.push(problem('requires an overlay, but pod traffic is not encapsulated'));
  return found;
}

/**
 * Like the Go extension, requires a native routing range, but of an enabled family (verdict 10). Without a tunnel there is no range if nothing is
 * masqueraded and no option requests it.
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
          `requires a native routing range: ${family}NativeRoutingCIDREnabled is not true`,
        )
      : dsr('cilium-dsr-without-native-routing', 'requires native routing, but pod traffic is encapsulated'),
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
    `host and port of the API server: kube-proxy is disabled and the Shoot has no advertised address "external" (it has: ${listNames(names)})`,
  );
  return [report('cilium-api-server-unknown', { object, path: `${path}.kubeproxy.k8sServiceHost`, message })];
}

/** Joins names for a message, and truncates a list that is longer than that of any real Shoot. The names are arbitrary strings. */
function listNames(names: readonly string[]): string {
  const more = names.length > maxNames ? [`${names.length - maxNames} more`] : [];
  return [...names.slice(0, maxNames).map((name) => describeName(name.slice(0, maxNameLength))), ...more].join(', ');
}

const maxNames = 8;
const maxNameLength = 63;
