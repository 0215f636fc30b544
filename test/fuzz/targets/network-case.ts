import { networkConfigSchema as calicoSchema } from '../../../pkg/calico/api/config.ts';
import { calico } from '../../../pkg/calico/plan.ts';
import { demoInput as calicoInput } from '../../../pkg/calico/testdata/demo.ts';
import { networkConfigSchema as ciliumSchema } from '../../../pkg/cilium/api/config.ts';
import { cilium } from '../../../pkg/cilium/plan.ts';
import { demoInput as ciliumInput } from '../../../pkg/cilium/testdata/demo.ts';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import type { NetworkPlugin, PlanInput } from '../../../pkg/network/plugin.ts';
import type { Dice } from '../engine/dice.ts';
import type { MutationContext } from '../engine/target.ts';
import { mutateJson } from '../mutate/json.ts';
import { generateFor } from '../mutate/schema.ts';
import { damagedText } from '../mutate/texts.ts';

/** A Network with what surrounds it; all members come from fuzzed JSON and may have any type. */
export interface NetworkCase {
  readonly plugin: NetworkPlugin;
  readonly config: unknown;
  readonly input: PlanInput;
  /** A complete Shoot of the same configuration, as an admission webhook sees it. */
  readonly shoot: Readonly<Record<string, unknown>>;
}

type Plain = Readonly<Record<string, unknown>>;

/**
 * The case of a JSON text with members `type`, `config`, `families`, `podCIDR`, `spec` and `status` of the Shoot, and `gates`; undefined for
 * anything else. Each call parses anew, so that two results share no object.
 */
export function readCase(bytes: Uint8Array): NetworkCase | undefined {
  const given = parse(bytes);
  if (!isRecord(given)) return undefined;
  const { type, config } = given;
  const plugin = [calico, cilium].find((one) => one.type === type);
  if (plugin === undefined) return undefined;
  const families = Array.isArray(given['families']) ? (given['families'] as readonly string[]) : undefined;
  const podCIDR = typeof given['podCIDR'] === 'string' ? given['podCIDR'] : undefined;
  const demo = {
    config,
    ...(families === undefined ? {} : { families }),
    ...(podCIDR === undefined ? {} : { podCIDR }),
    ...(isRecord(given['spec']) ? { spec: given['spec'] } : {}),
    ...(isRecord(given['status']) ? { status: given['status'] } : {}),
  };
  const base = plugin === calico ? calicoInput(demo) : ciliumInput(demo);
  const gates = isRecord(given['gates']) ? given['gates'] : {};
  const input = { ...base, featureGates: flags(gates, plugin) };
  return { plugin, config, input, shoot: shootFor({ input, config }) };
}

/** Feature gates come from the operator's configuration, which is checked elsewhere: booleans of gates that exist. */
function flags(given: Plain, plugin: NetworkPlugin): Readonly<Record<string, boolean>> {
  return Object.fromEntries(Object.keys(plugin.featureGates).map((name) => [name, given[name] === true]));
}

function shootFor({ input, config }: { readonly input: PlanInput; readonly config: unknown }): Plain {
  const { cluster, network } = input;
  const inner = (((cluster as Plain)['spec'] as Plain)['shoot'] ?? {}) as Plain;
  const spec = isRecord(inner['spec']) ? inner['spec'] : {};
  const networking = isRecord(spec['networking']) ? spec['networking'] : {};
  const status = isRecord(inner['status']) ? inner['status'] : {};
  const { type, podCIDR, serviceCIDR, ipFamilies } = network.spec;
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'demo', namespace: 'garden-team' },
    spec: {
      provider: { workers: [{ name: 'a' }] },
      ...spec,
      networking: { ...networking, type, pods: podCIDR, services: serviceCIDR, ipFamilies, providerConfig: config },
    },
    status: { ...status, technicalID: 'shoot--team--demo' },
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

const methods = [
  'first-found',
  'kubernetes-internal-ip',
  'cidr=10.0.0.0/8',
  'cidr=2001:db8::/64,10.0.0.0/8',
  'can-reach=a.example',
  'interface=eth0',
  'interface=^(ens|enp)[0-9]+$',
  'skip-interface=(?i)\\pL+',
  'interface=$(HOSTNAME)',
] as const;
const durations = ['15s', '1h', '90s', '0', '1.5s', '200ms', '1µs', '1h30m'] as const;

/** Good values by field of both CNIs. */
const good: ReadonlyMap<string, readonly (string | number)[]> = new Map(
  Object.entries({
    vethMTU: ['1450', '0', '+1450', '01450', '9223372036854775807'],
    cidr: ['usePodCidr', 'USEPODCIDR', '10.9.8.0/24', '2001:db8::/64'],
    autoDetectionMethod: methods,
    ipAutodetectionMethod: methods,
    cpu: ['250m', '1', '0.5', '.5', '+2', 1, 0.25],
    memory: ['100Mi', '1e3', '12E', '100n', 1_000, 1e21],
    k8sServiceHost: ['10.0.0.1', 'fd00::1', 'api.example.com'],
    k8sServicePort: [443, 6_443, 65_535],
    mtu: [0, 1, 1_450, 9_000],
    devices: ['eth0', 'eth+', 'bond0', 'é', '{{q x}}', '$(A)'],
    directRoutingDevice: ['eth0', 'bond+', '&a *b', "'#"],
    leaseDuration: durations,
    leaseRenewDeadline: durations,
    leaseRetryPeriod: durations,
    mode: ['wireguard', 'wireguard', 'ipsec'],
  }),
);

const familyLists = ['["IPv4"]', '["IPv4"]', '["IPv6"]', '["IPv4","IPv6"]', '["IPv6","IPv4"]', '[]'] as const;
const ranges = ['10.180.0.0/16', '10.250.0.0/16', '2001:db8:2::/64', '100.64.0.0/12', '::/0'] as const;

/** The JSON text of a case. `hostility` 0 uses good values only, though not every combination of them is accepted. */
export function generateCase(dice: Dice, hostility: number): Uint8Array {
  const type = dice.pick(['calico', 'cilium']);
  const schema = type === 'calico' ? calicoSchema : ciliumSchema;
  const config = generateFor({ schema, dice, good, hostility });
  const range = (): string => {
    const text = dice.pick(ranges);
    return JSON.stringify(dice.chance(hostility * 0.3) ? damagedText(text, dice) : text);
  };
  const kubeProxy = `{"enabled":${dice.pick(['true', 'false', 'null'])},"mode":${dice.pick(['"IPTables"', '"IPVS"', '"NFTables"'])}}`;
  const version = JSON.stringify(dice.chance(hostility * 0.1) ? damagedText('1.34.2', dice) : '1.34.2');
  const spec = [
    `"kubernetes":{"version":${version}${dice.chance(0.5) ? `,"kubeProxy":${kubeProxy}` : ''}}`,
    `"networking":{${dice.chance(0.5) ? `"nodes":${range()}` : ''}}`,
    `"systemComponents":{"nodeLocalDNS":{"enabled":${dice.pick(['true', 'false'])}}}`,
  ];
  const status = [
    ...(dice.chance(0.7)
      ? [`"networking":{"pods":[${range()},${range()}],"nodes":[${dice.chance(0.5) ? range() : ''}]}`]
      : []),
    ...(dice.chance(0.2) ? ['"constraints":[{"type":"DualStackNodesMigrationReady","status":"False"}]'] : []),
  ];
  const members = [
    `"type":"${type}"`,
    `"families":${dice.pick(familyLists)}`,
    `"config":${config}`,
    `"spec":{${spec.join(',')}}`,
    `"status":{${status.join(',')}}`,
    `"gates":{"NonPrivilegedCalicoNode":${dice.pick(['true', 'false'])},"SeamlessOverlaySwitch":${dice.pick(['true', 'false'])}}`,
  ];
  return Buffer.from(`{${members.join(',')}}`);
}

const keys = [
  ...Object.keys(calicoSchema.def.shape),
  ...Object.keys(ciliumSchema.def.shape),
  ...good.keys(),
  'enabled',
  'type',
  'pool',
  'mode',
  'resources',
  'node',
  'typha',
  'apiVersion',
  'kind',
  'networking',
  'nodes',
  'pods',
  'kubeProxy',
  'version',
  'advertisedAddresses',
  'constraints',
] as const;

export function mutateCase(input: Uint8Array, context: MutationContext): Uint8Array {
  return mutateJson(input, context, { keys, valueFor, maxBytes: 64 * 1024, raw: 0.03 });
}

function valueFor(key: string, dice: Dice): string | undefined {
  const known = good.get(key);
  if (known !== undefined) {
    const value = dice.pick(known);
    return JSON.stringify(typeof value === 'string' && dice.chance(0.4) ? damagedText(value, dice) : value);
  }
  if (key === 'enabled') return dice.pick(['true', 'false']);
  const shape = { ...calicoSchema.def.shape, ...ciliumSchema.def.shape } as const;
  const schema = Object.hasOwn(shape, key) ? shape[key as keyof typeof shape] : undefined;
  return schema === undefined ? undefined : generateFor({ schema, dice, good, hostility: 0.2 });
}
