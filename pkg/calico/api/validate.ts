import { parseCidr } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { parseQuantity } from '../../gardener/quantity.ts';
import { type Diagnostic, networkRules, reporter } from '../../network/diagnostics.ts';
import { child, field } from '../../network/field.ts';
import { autodetectionProblem } from './autodetection.ts';
import type { NetworkConfig } from './config.ts';
import { calicoRules } from './diagnostics.ts';

export interface ValidateInput {
  readonly config: NetworkConfig;
  /** All families of the Network, including those of a pending dual-stack migration. */
  readonly families: readonly IPFamily[];
  /** `Network namespace/name` or `Shoot namespace/name`. */
  readonly object: string;
  /** `spec.providerConfig` or `spec.networking.providerConfig`. */
  readonly path: string;
}

type ResourceList = Readonly<Record<string, string | number | null>>;
type Report = (path: string, message: string) => Diagnostic;
const reportRule = reporter({ ...networkRules, ...calicoRules });

/**
 * Checks the rules of docs/design/calico.md#validation beyond types and lists of values. Returns all findings at once, in the fixed order of the
 * fields. Expects a configuration from the strict decoder.
 */
export function validateConfig(input: ValidateInput): readonly Diagnostic[] {
  const { config, object, path: root } = input;
  const report: Report = (path, message) =>
    reportRule('config-invalid-value', { object, path: `${root}.${path}`, message });
  return [
    ...ipamProblems(input, report),
    ...familyProblems('ipv4', config.ipv4, report),
    ...familyProblems('ipv6', config.ipv6, report),
    ...ipv6PoolProblems(input, report),
    ...mtuProblems(config.vethMTU, report),
    ...autoscalingProblems(config.autoScaling, report),
    ...methodProblems(
      { path: 'ipAutodetectionMethod', method: config.ipAutodetectionMethod, emptyAllowed: false },
      report,
    ),
    ...absentFamilyProblems(input),
  ];
}

/** Requires kube-proxy unless eBPF handles Services; the mode of a disabled kube-proxy, which Gardener defaults, does not matter (verdict B1). */
export function validateShoot(input: {
  readonly config: NetworkConfig;
  readonly shoot: ShootFacts;
  readonly object: string;
}): readonly Diagnostic[] {
  if (input.shoot.kubeProxy.enabled || input.config.ebpfDataplane?.enabled === true) return [];
  const message = field.forbidden('kube-proxy can be disabled only together with providerConfig.ebpfDataplane');
  return [
    reportRule('calico-kube-proxy-required', {
      object: input.object,
      path: 'spec.kubernetes.kubeProxy.enabled',
      message,
    }),
  ];
}

function ipamProblems({ config, families }: ValidateInput, report: Report): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (config.ipam?.type === 'calico-ipam' && families.includes('IPv6')) {
    found.push(
      report('ipam.type', field.invalid('calico-ipam', 'is supported only for IPv4-only shoots, use host-local')),
    );
  }
  const cidr = config.ipam?.cidr;
  if (typeof cidr === 'string' && cidr.toLowerCase() !== 'usepodcidr' && parseCidr(cidr) === undefined) {
    found.push(
      report('ipam.cidr', field.invalid(cidr, 'must be usePodCidr or a CIDR, such as 10.9.8.0/24 or 2001:db8::/64')),
    );
  }
  return found;
}

function familyProblems(name: 'ipv4' | 'ipv6', family: NetworkConfig['ipv4'], report: Report): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (family?.pool === 'vxlan' && (family.mode === 'CrossSubnet' || family.mode === 'Off')) {
    found.push(
      report(`${name}.mode`, field.invalid(family.mode, 'with pool vxlan only "Always" and "Never" are supported')),
    );
  }
  const path = `${name}.autoDetectionMethod`;
  return [...found, ...methodProblems({ path, method: family?.autoDetectionMethod, emptyAllowed: true }, report)];
}

function ipv6PoolProblems({ config, families }: ValidateInput, report: Report): readonly Diagnostic[] {
  if (config.ipv6?.pool !== 'ipip' || !families.includes('IPv6')) return [];
  return [report('ipv6.pool', field.unsupported('ipip', ['vxlan']))];
}

function methodProblems(
  input: { readonly path: string; readonly method: string | null | undefined; readonly emptyAllowed: boolean },
  report: Report,
): readonly Diagnostic[] {
  if (input.method === undefined || input.method === null || (input.method === '' && input.emptyAllowed)) return [];
  const problem = autodetectionProblem(input.method);
  return problem === undefined ? [] : [report(input.path, field.invalid(input.method, problem))];
}

/** Parses like Go's Atoi: an optional sign and decimal digits within 64 bits; JavaScript's Number would accept 1450.0, 1e3, 0x5aa. */
function mtuProblems(mtu: string | null | undefined, report: Report): readonly Diagnostic[] {
  if (mtu === undefined || mtu === null) return [];
  if (mtu === '') return [report('vethMTU', field.invalid(mtu, 'must not be empty; with "0" Calico detects the MTU'))];
  const value = /^[+-]?\d+$/.test(mtu) ? BigInt(mtu) : undefined;
  if (value === undefined || BigInt.asIntN(64, value) !== value) {
    return [report('vethMTU', field.invalid(mtu, 'must be a whole decimal number in quotes, such as "1450"'))];
  }
  return value < 0n ? [report('vethMTU', field.invalid(mtu, 'must not be negative'))] : [];
}

function autoscalingProblems(autoScaling: NetworkConfig['autoScaling'], report: Report): readonly Diagnostic[] {
  if (!autoScaling) return [];
  const found: Diagnostic[] = [];
  if (!autoScaling.mode)
    found.push(report('autoScaling.mode', field.required('one of "cluster-proportional", "vpa", "static"')));
  return [
    ...found,
    ...resourceProblems('autoScaling.resources.node', autoScaling.resources?.node ?? {}, report),
    ...resourceProblems('autoScaling.resources.typha', autoScaling.resources?.typha ?? {}, report),
  ];
}

/** Sorts by key: the Go extension reports them in random order (verdict O1). */
function resourceProblems(parent: string, resources: ResourceList, report: Report): readonly Diagnostic[] {
  return Object.entries(resources)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => {
      const path = child(parent, key);
      if (key !== 'cpu' && key !== 'memory') return [report(path, field.unsupported(key, ['cpu', 'memory']))];
      const quantity = parseQuantity(value ?? '0');
      if (quantity === undefined)
        return [report(path, field.invalid(value, 'must be a quantity, such as "250m" for cpu or "100Mi" for memory'))];
      return quantity.sign === 1 ? [] : [report(path, field.invalid(value, 'must be greater than 0'))];
    });
}

function absentFamilyProblems({ config, families, object, path: root }: ValidateInput): readonly Diagnostic[] {
  const given = (name: 'ipv4' | 'ipip' | 'ipv6'): boolean => config[name] !== undefined && config[name] !== null;
  const found: Diagnostic[] = [];
  for (const name of ['ipv4', 'ipip'] as const) {
    if (!given(name) || families.includes('IPv4')) continue;
    const message = field.forbidden('IPv4 options must not be set in a shoot without IPv4');
    found.push(reportRule('calico-ipv4-config-without-ipv4', { object, path: `${root}.${name}`, message }));
  }
  if (given('ipv6') && !families.includes('IPv6')) {
    const message = field.forbidden('IPv6 options must not be set in a shoot without IPv6');
    found.push(reportRule('calico-ipv6-config-without-ipv6', { object, path: `${root}.ipv6`, message }));
  }
  return found;
}
