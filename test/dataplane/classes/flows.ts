/** Flows that most classes measure. */
import type { Node } from '../arena/node.ts';
import { addCloudRoute, type Family, routeFromOutside } from '../arena/topology.ts';
import type { Pod } from '../pods/pod.ts';
import type { Stage } from '../stage.ts';

/** Two pods on the first node and one on the second. */
export interface Pods {
  readonly a: Pod;
  readonly a2: Pod;
  readonly b: Pod;
}

export async function startPods(stage: Stage): Promise<Pods> {
  const a = await stage.pod('a', 0);
  const a2 = await stage.pod('a2', 0);
  const b = await stage.pod('b', 1);
  return { a, a2, b };
}

/** Returns the address of a host; throws if it has none of the family. */
export function addressOf(
  host: { readonly name: string; readonly addresses: Pod['addresses'] },
  family: Family,
): string {
  const address = host.addresses[family];
  if (address === undefined) throw new Error(`${host.name} has no ${family} address`);
  return address;
}

/** Records that pods reach each other on one node and between nodes, with their own addresses. */
export async function podsReachPods(stage: Stage, { a, a2, b }: Pods, family: Family): Promise<void> {
  const expected = (by: string) => ({ by, source: addressOf(a, family) });
  const to = label(stage, family);
  await stage.reaches(`pod to pod on the same node${to}`, { from: a, to: a2, family }, expected('a2'));
  await stage.reaches(`pod to pod on another node${to}, TCP`, { from: a, to: b, family }, expected('b'));
  await stage.reaches(
    `pod to pod on another node${to}, UDP`,
    { from: a, to: b, family, protocol: 'udp' },
    expected('b'),
  );
  await stage.reaches(`pod to pod on another node${to}, ICMP`, { from: a, to: b, family, protocol: 'icmp' });
}

const serviceAddresses = { ipv4: '100.104.0.80', ipv6: 'fd00:10::80' } as const;

/** Records that pods reach a Service whose only pod is on the other node. */
export async function podsReachServices(stage: Stage, { a, b }: Pods, families: readonly Family[]): Promise<void> {
  await stage.service({
    name: 'web',
    addresses: families.map((family) => serviceAddresses[family]),
    port: 80,
    pods: [b],
  });
  for (const family of families) {
    const expected = { by: 'b', source: addressOf(a, family) };
    const flow = { from: a, to: serviceAddresses[family], port: 80 };
    await stage.reaches(`pod to Service${label(stage, family)}, TCP`, flow, expected);
    await stage.reaches(`pod to Service${label(stage, family)}, UDP`, { ...flow, protocol: 'udp' }, expected);
  }
}

/** Records that pods of different nodes do not reach each other although pods of one node do and the infrastructure routes the ranges of nodes. */
export async function deadBetweenNodes(stage: Stage, { a, a2, b }: Pods, family: Family): Promise<void> {
  compareModel(stage, { family, field: 'reach', expected: 'no network' });
  await addCloudRoutes(stage, family);
  const source = addressOf(a, family);
  const to = label(stage, family);
  await stage.reaches(`pod to pod on the same node${to}`, { from: a, to: a2, family }, { by: 'a2', source });
  await stage.dead(`pod to pod on another node${to}`, { from: a, to: b, family });
}

/** Records that pods reach a host outside of the cluster, which sees the address of their node. */
export async function podsReachOutside(stage: Stage, { a }: Pods, family: Family): Promise<void> {
  compareEgress(stage, family, 'node address');
  const source = addressOf(a.node, family);
  const flow = { from: a, to: stage.outside, family };
  await stage.reaches(`pod to outside${label(stage, family)}`, flow, { by: 'outside', source });
  await stage.reaches(`pod to outside${label(stage, family)}, ICMP`, { ...flow, protocol: 'icmp' });
}

/** Records that pods keep their addresses: a host outside of the cluster replies only if the network routes to pods. */
export async function podsReachOutsideUnmasked(stage: Stage, { a }: Pods, family: Family): Promise<void> {
  compareEgress(stage, family, 'pod address');
  const flow = { from: a, to: stage.outside, family };
  await stage.dead(`pod to outside${label(stage, family)}, where the network has no routes to pods`, flow);
  await addCloudRoutes(stage, family);
  for (const node of stage.cluster.nodes) await routeFromOutside(rangeOf(node, family));
  const source = addressOf(a, family);
  await stage.reaches(`pod to outside${label(stage, family)}, where it has them`, flow, { by: 'outside', source });
}

/** Starts pods of a dual-stack shoot with the default masquerading, and shows that they reach pods, Services and the outside in both families. */
export async function podsReachAllInDualStack(stage: Stage): Promise<void> {
  const pods = await startPods(stage);
  for (const family of ['ipv4', 'ipv6'] as const) await podsReachPods(stage, pods, family);
  await podsReachServices(stage, pods, ['ipv4', 'ipv6']);
  await podsReachOutside(stage, pods, 'ipv4');
  await podsReachOutsideUnmasked(stage, pods, 'ipv6');
}

/** Adds the routes of a cloud provider for the ranges of all nodes. */
export async function addCloudRoutes(stage: Stage, family: Family): Promise<void> {
  for (const node of stage.cluster.nodes) await addCloudRoute(rangeOf(node, family), node.addresses);
}

function rangeOf(node: Node, family: Family): string {
  const range = node.podRanges.find((one) => one.includes(':') === (family === 'ipv6'));
  if (range === undefined) throw new Error(`${node.name} has no ${family} range`);
  return range;
}

interface Model {
  readonly family: Family;
  readonly field: 'egress' | 'reach';
  readonly expected: string;
}

/** The status of Calico does not contain it. */
function compareEgress(stage: Stage, family: Family, expected: string): void {
  if (stage.paths[family]?.egress !== undefined) compareModel(stage, { family, field: 'egress', expected });
}

/** Records that the status of the Network says what the following flows show. */
export function compareModel(stage: Stage, { family, field, expected }: Model): void {
  const said = stage.paths[family]?.[field] ?? 'nothing';
  stage.compare(`status: \`${field}\`${label(stage, family)}`, expected, said.replace(/, by .*/, ''));
}

/** Names the family where a class has two. */
function label(stage: Stage, family: Family): string {
  const { addresses } = stage.cluster.nodes[0] ?? { addresses: {} };
  return Object.keys(addresses).length < 2 ? '' : `, ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`;
}
