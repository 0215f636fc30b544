/** Random clusters with policies and flows, always the same for the same seed. */
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { familiesOf } from '../../pkg/networkpolicy/addresses.ts';
import { addressesOf } from '../../pkg/networkpolicy/evaluate.ts';
import {
  type ContainerPort,
  type Flow,
  type Labels,
  type Peer,
  type Pod,
  protocols,
} from '../../pkg/networkpolicy/types.ts';

export interface Scenario {
  /** Policies as users write them: not all have policyTypes, protocols and namespaces. */
  readonly policies: readonly KubeObject[];
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly flows: readonly Flow[];
}

const pods = 8;
const flowsOfScenario = 40;

/** Returns scenarios with at least `flows` flows together. */
export function randomScenarios(flows: number, seed = 1): readonly Scenario[] {
  const random = createRandom(seed);
  return Array.from({ length: Math.ceil(flows / flowsOfScenario) }, () => randomScenario(random));
}

interface Random {
  /** Returns an integer from 0 to `below` - 1. */
  number(below: number): number;
  /** Returns one of at least one value. */
  pick<T>(values: readonly T[]): T;
  /** True once in `times`. */
  once(times: number): boolean;
}

/** Numbers by mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const number = (below: number): number => Math.floor(next() * below);
  return {
    number,
    pick(values) {
      if (values.length === 0) throw new Error('nothing to pick from');
      return values[number(values.length)] as (typeof values)[number];
    },
    once: (times) => number(times) === 0,
  };
}

const names = ['default', 'team-a', 'team-b'];
const keys = ['app', 'tier', 'empty'];
const values = ['web', 'db', ''];
const portNumbers = [53, 80, 443, 8080, 65_535];
const portNames = ['http', 'dns'];

function randomScenario(random: Random): Scenario {
  const namespaces = new Map(names.map((name) => [name, randomLabels(random)]));
  const all = Array.from({ length: pods }, (_, index) => randomPod(random, index));
  const policies = Array.from({ length: 2 + random.number(7) }, (_, index) => randomPolicy(random, `p${index}`));
  const flows = Array.from({ length: flowsOfScenario }, () => randomFlow(random, all));
  return { policies, namespaces, flows };
}

function randomLabels(random: Random): Labels {
  const chosen = keys.filter(() => random.once(2));
  return Object.fromEntries(chosen.map((key) => [key, random.pick(values)]));
}

function randomPod(random: Random, index: number): Pod {
  const ports: ContainerPort[] = portNames
    .filter(() => random.once(2))
    // The engine takes one name of a port.
    .map((name, place) => ({
      name,
      port: random.pick(portNumbers.slice(place * 2)),
      protocol: protocols[place] ?? 'TCP',
    }));
  const isDual = random.once(2);
  return {
    namespace: random.pick(names),
    name: `pod-${index}`,
    labels: randomLabels(random),
    ports,
    hostNetwork: random.once(10),
    node: `node-${random.number(3)}`,
    addresses: [`10.0.${random.number(4)}.${index + 1}`, ...(isDual ? [`fd00:${random.number(4)}::${index + 1}`] : [])],
  };
}

function randomFlow(random: Random, all: readonly Pod[]): Flow {
  const peer = (): Peer =>
    random.once(5) ? { kind: 'outside', addresses: [random.pick(outside)] } : { kind: 'pod', pod: random.pick(all) };
  const [source, target] = [peer(), peer()];
  // Every pod has an IPv4 address, but not everything outside.
  if (!shareFamily(source, target)) return randomFlow(random, all);
  const declared =
    target.kind === 'pod' && target.pod.ports.length > 0 && random.once(2) ? random.pick(target.pod.ports) : undefined;
  const { port, protocol } = declared ?? { port: random.pick(portNumbers), protocol: random.pick(protocols) };
  return { source, target, port, protocol };
}

function shareFamily(one: Peer, other: Peer): boolean {
  const families = familiesOf(addressesOf(other));
  return familiesOf(addressesOf(one)).some((family) => families.includes(family));
}

const outside = ['192.0.2.1', '10.0.1.200', '::ffff:10.0.2.9', '2001:db8::1', 'fd00:1::ff'];

function randomPolicy(random: Random, name: string): KubeObject {
  const types = random.pick([undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']]);
  const namespace = random.pick([undefined, ...names]);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      podSelector: randomSelector(random),
      ...(types === undefined ? {} : { policyTypes: types }),
      ...(random.once(4) ? {} : { ingress: list(random, 3, () => randomRule(random, 'from')) }),
      ...(random.once(4) ? {} : { egress: list(random, 3, () => randomRule(random, 'to')) }),
    },
  };
}

function list<T>(random: Random, most: number, create: () => T): readonly T[] {
  return Array.from({ length: random.number(most + 1) }, create);
}

function randomRule(random: Random, peers: 'from' | 'to'): object {
  return {
    ...(random.once(4) ? {} : { [peers]: list(random, 2, () => randomPeer(random)) }),
    ...(random.once(2) ? {} : { ports: list(random, 2, () => randomPort(random)) }),
  };
}

function randomPeer(random: Random): object {
  switch (random.number(4)) {
    case 0:
      return { podSelector: randomSelector(random) };
    case 1:
      return { namespaceSelector: randomSelector(random, true) };
    case 2:
      return { podSelector: randomSelector(random), namespaceSelector: randomSelector(random, true) };
    default:
      return { ipBlock: random.pick(blocks) };
  }
}

const blocks = [
  { cidr: '0.0.0.0/0' },
  { cidr: '::/0' },
  { cidr: '10.0.0.0/22' },
  { cidr: '10.0.1.77/24' },
  { cidr: '10.0.0.0/8', except: ['10.0.1.0/24', '10.0.2.4/30'] },
  { cidr: 'fd00::/15', except: ['fd00:1::/32'] },
  { cidr: '192.0.2.1/32' },
];

function randomSelector(random: Random, ofNamespaces = false): object {
  if (random.once(4)) return {};
  if (ofNamespaces && random.once(3)) return { matchLabels: { 'kubernetes.io/metadata.name': random.pick(names) } };
  return {
    ...(random.once(2) ? { matchLabels: randomLabels(random) } : {}),
    ...(random.once(2) ? { matchExpressions: list(random, 2, () => randomRequirement(random)) } : {}),
  };
}

function randomRequirement(random: Random): object {
  const key = random.pick(keys);
  const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']);
  if (operator === 'Exists' || operator === 'DoesNotExist') return { key, operator };
  return { key, operator, values: [random.pick(values), random.pick(values)] };
}

function randomPort(random: Random): object {
  const protocol = random.pick([undefined, ...protocols]);
  const from = random.pick(portNumbers.slice(0, 4));
  const port = random.pick([
    {},
    { port: random.pick(portNumbers) },
    { port: random.pick(portNames) },
    { port: from, endPort: from + random.pick([0, 1, 30, 400]) },
  ]);
  return { ...port, ...(protocol === undefined ? {} : { protocol }) };
}
