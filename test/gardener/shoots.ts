/** Shoots for comparing verdicts: variants of a valid one, and random ones around it, always the same. */
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { ShootCase } from './judge.ts';

/** What differs from a Shoot that Gardener accepts; null removes a field. */
export interface Variant {
  readonly networking?: Readonly<Record<string, unknown>>;
  readonly controllerManager?: Readonly<Record<string, unknown>>;
  readonly kubeProxy?: unknown;
  /** maxPods of all nodes, and of the worker pool. */
  readonly maxPods?: number | undefined;
  readonly poolMaxPods?: number | undefined;
  readonly workerless?: boolean;
  /** Fields of the worker pools; one pool by default. */
  readonly pools?: readonly Readonly<Record<string, unknown>>[];
  /** Further fields of spec and of the Shoot. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly top?: Readonly<Record<string, unknown>>;
}

/** Returns a Shoot that Gardener accepts, with differences. */
export function createShoot(variant: Variant = {}): KubeObject {
  const {
    networking = {},
    controllerManager,
    kubeProxy,
    maxPods,
    poolMaxPods,
    workerless = false,
    pools = [{}],
  } = variant;
  const network = { type: 'calico', nodes: '10.180.0.0/16', pods: '100.96.0.0/11', services: '100.64.0.0/13' };
  const base = workerless ? {} : network;
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      cloudProfile: { kind: 'CloudProfile', name: 'metal' },
      region: 'north',
      ...(workerless ? {} : { credentialsBindingName: 'metal' }),
      provider: {
        type: 'metal',
        ...(workerless ? {} : { workers: pools.map((pool) => withoutNulls({ ...createPool(poolMaxPods), ...pool })) }),
      },
      kubernetes: {
        version: '1.34.3',
        ...(controllerManager === undefined ? {} : { kubeControllerManager: controllerManager }),
        ...(kubeProxy === undefined ? {} : { kubeProxy }),
        ...(maxPods === undefined ? {} : { kubelet: { maxPods } }),
      },
      networking: withoutNulls({ ...base, ...networking }),
      ...variant.spec,
    },
    ...variant.top,
  };
}

function createPool(maxPods: number | undefined): Readonly<Record<string, unknown>> {
  return {
    name: 'general',
    minimum: 2,
    maximum: 8,
    maxSurge: 1,
    maxUnavailable: 0,
    machine: { type: 'medium', image: { name: 'linux', version: '1.2.3' } },
    ...(maxPods === undefined ? {} : { kubernetes: { kubelet: { maxPods } } }),
  };
}

function withoutNulls(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null));
}

/** Returns the first random cases; equal numbers return equal cases. */
export function randomCases(count: number): readonly ShootCase[] {
  const random = createRandom(20_261_130);
  return Array.from({ length: count }, () => randomCase(random));
}

/** Values of a Shoot that are varied; absent ones are undefined. */
interface Values {
  readonly type: unknown;
  readonly pods: unknown;
  readonly services: unknown;
  readonly nodes: unknown;
  readonly ipFamilies: unknown;
  readonly mask: unknown;
  readonly maskIPv6: unknown;
  readonly maxPods: number | undefined;
  readonly poolMaxPods: number | undefined;
  readonly kubeProxy: unknown;
  readonly workerless: boolean;
  readonly seedName: string | undefined;
  readonly unknown: readonly string[];
}

type Samples = { readonly [Name in keyof Values]: readonly Values[Name][] };

/** The first value of each field is the most frequent one. */
const samples: Samples = {
  type: ['calico', 'cilium', 'my.net', 'a_b', 'no/label', '-x', 7],
  pods: [
    '100.96.0.0/11',
    '10.180.128.0/17',
    '100.64.0.0/10',
    '100.96.0.1/11',
    '2001:db8:1::/48',
    '2001:db8:1::1/48',
    '::ffff:100.96.0.0/107',
    '243.0.0.0/12',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '100.96.0.0',
    '2001:DB8:0001::/48',
    '010.0.0.0/8',
    undefined,
    12,
  ],
  services: [
    '100.64.0.0/13',
    '100.96.0.0/13',
    '10.180.0.0/20',
    '100.64.0.9/13',
    '2001:db8:2::/112',
    '2001:db8:1:1::/112',
    '240.1.0.0/16',
    '100.64.0.0/08',
    'services',
    undefined,
  ],
  nodes: [
    '10.180.0.0/16',
    '100.100.0.0/16',
    '100.64.0.0/16',
    '10.180.0.1/16',
    '2001:db8:3::/56',
    'fd8f:6d53:b97a:1::/64',
    '242.8.0.0/13',
    '10.180.0.0/16 ',
    undefined,
  ],
  ipFamilies: [
    undefined,
    ['IPv4'],
    ['IPv6'],
    ['IPv4', 'IPv6'],
    ['IPv6', 'IPv4'],
    ['IPv4', 'IPv4'],
    ['IPv5'],
    [],
    'IPv6',
    ['IPv4', 'IPv6', 'IPv4'],
  ],
  mask: [undefined, 24, 15, 16, 28, 29, 25, 31, 32, 33, 0, 63, 64, 80, 124, 125, '24', 24.5],
  maskIPv6: [undefined, 63, 64, 80, 124, 125, 24],
  maxPods: [undefined, 110, 250, 1000, 4, 60],
  poolMaxPods: [undefined, 110, 500, 30],
  kubeProxy: [
    undefined,
    { mode: 'IPVS' },
    { enabled: false },
    { mode: 'NFTables' },
    { mode: 'iptables' },
    { mode: 'NFTables', featureGates: { NFTablesProxyMode: false } },
    { enabled: 'true' },
  ],
  workerless: [false, true],
  seedName: [undefined, 'a', 'b'],
  unknown: [[], ['top'], ['spec'], ['networking', 'top'], ['controllerManager']],
};

const names = Object.keys(samples) as readonly (keyof Values)[];

type Random = (count: number) => number;

/** Two of three Shoots differ from the valid one in up to four fields, and every second case is an update with up to two changes. */
function randomCase(random: Random): ShootCase {
  const valid = vary({ random, count: 0 }, (name) => samples[name][0]);
  const values = vary({ random, count: random(5) }, (name) => valid[name]);
  if (random(2) === 0) return { shoot: shootOf(values) };
  const stored = vary({ random, count: random(3) }, (name) => values[name]);
  const old = canBeStored(stored) ? withDefaults(stored) : undefined;
  if (old === undefined) return { shoot: shootOf(values) };
  return { shoot: shootOf({ ...old, ...definedOnly(values) }), old: shootOf(old) };
}

function vary(
  { random, count }: { readonly random: Random; readonly count: number },
  start: (name: keyof Values) => unknown,
): Values {
  const changed = new Set(Array.from({ length: count }, () => names[random(names.length)]));
  return Object.fromEntries(
    names.map((name) => [name, changed.has(name) ? samples[name][random(samples[name].length)] : start(name)]),
  ) as unknown as Values;
}

/** A Shoot with a value of a wrong type, an unknown field or faulty families cannot be stored. */
function canBeStored({ type, pods, ipFamilies, mask, kubeProxy, unknown }: Values): boolean {
  return (
    typeof type === 'string' &&
    typeof pods !== 'number' &&
    (ipFamilies === undefined || (Array.isArray(ipFamilies) && hasFamilies(ipFamilies))) &&
    (mask === undefined || Number.isInteger(mask)) &&
    !JSON.stringify([kubeProxy]).includes('"true"') &&
    unknown.length === 0
  );
}

function hasFamilies(families: readonly unknown[]): boolean {
  return new Set(families).size === families.length && families.every((one) => one === 'IPv4' || one === 'IPv6');
}

/** Stored Shoots have the node masks that Gardener sets, so that an omitted mask can be told from a changed one. */
function withDefaults(values: Values): Values {
  if (values.workerless) return values;
  const families = Array.isArray(values.ipFamilies) && values.ipFamilies.length > 0 ? values.ipFamilies : ['IPv4'];
  const onlyIPv6 = families.length === 1 && families[0] === 'IPv6';
  const mask = values.mask ?? (onlyIPv6 ? 64 : 24);
  return {
    ...values,
    mask,
    maskIPv6: values.maskIPv6 ?? (families.length === 2 ? 64 : undefined),
    ipFamilies: families,
  };
}

/** Values that an update omits retain their stored values. */
function definedOnly(values: Values): Partial<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function shootOf(values: Values): KubeObject {
  const { type, pods, services, nodes, ipFamilies, mask, maskIPv6, maxPods, poolMaxPods, kubeProxy } = values;
  const extra = (place: string): object => (values.unknown.includes(place) ? { fieldOfNoVersion: 1 } : {});
  const given = { pods, services, nodes, ipFamilies };
  const networking = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? null]));
  return createShoot({
    networking: values.workerless
      ? { ...extra('networking'), ...networking, pods: null, nodes: null, type: null }
      : { ...extra('networking'), ...networking, type },
    controllerManager: {
      ...(mask === undefined ? {} : { nodeCIDRMaskSize: mask }),
      ...(maskIPv6 === undefined ? {} : { nodeCIDRMaskSizeIPv6: maskIPv6 }),
      ...extra('controllerManager'),
    },
    kubeProxy,
    maxPods,
    poolMaxPods,
    workerless: values.workerless,
    spec: { ...extra('spec'), ...(values.seedName === undefined ? {} : { seedName: values.seedName }) },
    top: extra('top') as Readonly<Record<string, unknown>>,
  });
}

/** Mulberry32, a generator of 32 bits that is the same on every machine; returns integers below a limit. */
function createRandom(seed: number): Random {
  let state = seed;
  return (count) => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const more = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((more ^ (more >>> 14)) >>> 0) % count;
  };
}
