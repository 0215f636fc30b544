/** The picture is right for every class of data path: the golden lists the packets of each one in words, and the rules below hold for all. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { golden } from '../../../test/support/golden.ts';
import { readCases } from '../../../test/support/plan-goldens.ts';
import { planTools } from '../../../test/support/planning.ts';
import { parseCidr } from '../../gardener/cidr.ts';
import { clusterShootFacts } from '../../gardener/cluster.ts';
import { computeCapacity } from '../../network/capacity.ts';
import type { PodPath } from '../../network/reachability.ts';
import { plugins } from '../../plugins/index.ts';
import { shootObjects } from './evaluate.ts';
import { layOut } from './layout.ts';
import type { PacketPath } from './packet-paths.ts';
import { createPicture, type FamilyPicture, type Picture, type PictureInput } from './picture.ts';

const pkg = path.join(import.meta.dirname, '../..');
const tools = planTools();

interface Drawn {
  readonly name: string;
  readonly input: PictureInput;
  readonly picture: Picture;
}

/** The pictures of all planned goldens of both CNIs. */
const drawn: readonly Drawn[] = plugins.flatMap((plugin) =>
  readCases({ folder: path.join(pkg, plugin.type, 'testdata/plan'), plugin, tools }).flatMap(
    ({ name, input, result }) => {
      const facts = clusterShootFacts(input.cluster);
      if (result.outcome !== 'planned' || facts === undefined) return [];
      const { plan } = result;
      const shoot = (input.cluster as { readonly spec: { readonly shoot: Record<string, unknown> } }).spec.shoot;
      const capacity = computeCapacity({ shoot, ipv4NodeMask: plan.ipv4NodeMask });
      const traffic = plugin.traffic(shootObjects(plan));
      const given = { cni: plugin.title, network: input.network, facts, plan, traffic, capacity };
      return [{ name: `${plugin.type} ${name}`, input: given, picture: createPicture(given) }];
    },
  ),
);

const families = drawn.flatMap(({ name, input, picture }) =>
  picture.families.map((family) => ({ name: `${name} ${family.family}`, input, picture, family })),
);

test('every path in the tables of reachability of both CNIs is drawn', () => {
  const classes = plugins.flatMap(({ type }) => readClasses(type));
  assert.ok(classes.length >= 25, String(classes.length));
  for (const { type, path: one } of classes) {
    const base = families.find(({ name, family }) => name.startsWith(type) && family.family === one.family);
    assert.ok(base !== undefined, `${type} ${one.family}`);
    assertConsistent(pictureOf(base.input, one), base.picture.traffic.encryption !== undefined, describePath(one));
  }
});

test('the packets of every class, in words', () => {
  const classes = plugins.flatMap(({ type }) =>
    readClasses(type).map(({ path: one }) => {
      const base =
        families.find(({ name, family }) => name.startsWith(`${type} default`) && family.family === one.family) ??
        families.find(({ name, family }) => name.startsWith(type) && family.family === one.family);
      assert.ok(base !== undefined);
      const packet = pictureOf(base.input, one).packets[0] ?? assert.fail();
      return `## ${type}: ${describePath(one)}\n\n${packetText(packet)}`;
    }),
  );
  golden(
    path.join(import.meta.dirname, 'testdata/classes.md'),
    `# Pod to pod on another node\n\n${[...new Set(classes)].join('\n')}`,
  );
});

test('all packets of chosen goldens, in words', () => {
  const chosen = [
    'calico default',
    'calico overlay-vxlan',
    'calico overlay-off',
    'calico ebpf-without-kube-proxy',
    'calico wireguard',
    'calico nftables',
    'calico dual-stack',
    'cilium default',
    'cilium overlay-off',
    'cilium kube-proxy',
    'cilium node-local-dns',
    'cilium wireguard-strict',
    'cilium snat',
    'cilium dual-stack',
  ];
  const texts = chosen.map((name) => {
    const one = drawn.find((other) => other.name === name) ?? assert.fail(name);
    const parts = one.picture.families.map((family) =>
      family.packets.map((packet) => `### ${family.family}, to ${packet.to}\n\n${packetText(packet)}`).join('\n'),
    );
    return `## ${name}\n\n${parts.join('\n')}`;
  });
  golden(path.join(import.meta.dirname, 'testdata/packets.md'), `# Packets\n\n${texts.join('\n')}`);
});

for (const { name, family, picture } of families)
  test(`the picture is consistent: ${name}`, () => {
    assertConsistent(family, picture.traffic.encryption !== undefined, name);
  });

function assertConsistent(family: FamilyPicture, encrypted: boolean, name: string): void {
  const { nodes, packets, path: one, link } = family;
  const [a] = nodes;
  const pod = packets.find(({ to }) => to === 'pod') ?? assert.fail(name);
  assert.equal(pod.arrives, one.reach !== 'no network', name);
  assert.equal(link.kind === 'broken', !pod.arrives, name);
  if (pod.arrives) assertArrives(pod, { family, encrypted, name });
  else
    assert.deepEqual(
      pod.steps.map(({ lost }) => lost),
      [...pod.steps.slice(1).map(() => undefined), true],
      name,
    );
  for (const packet of packets) assertDrawn(packet, family, name);
  const internet = packets.find(({ to }) => to === 'internet') ?? assert.fail(name);
  assert.equal(internet.steps.at(-1)?.inner.source, internet.note === undefined ? a.address : a.pod.address, name);
}

/** A packet is wrapped exactly if the transport or encryption says so, with the addresses of the nodes, and ends in pod b. */
function assertArrives(
  { steps }: PacketPath,
  { family, encrypted, name }: { readonly family: FamilyPicture; readonly encrypted: boolean; readonly name: string },
): void {
  const [a, b] = family.nodes;
  const wrapped = steps.filter(({ outer }) => outer !== undefined);
  assert.equal(wrapped.length > 0, family.path.transport !== 'plain' || encrypted, name);
  for (const { outer } of wrapped) assert.deepEqual([outer?.source, outer?.destination], [a.address, b.address], name);
  assert.ok(
    steps.every(({ lost }) => lost === undefined),
    name,
  );
  assert.equal(steps.at(-1)?.to, 'pod b', name);
}

/** Each step starts where the one before ends, and the drawing has each of them once, inside of its borders. */
function assertDrawn(packet: PacketPath, family: FamilyPicture, name: string): void {
  const { steps, to: destination } = packet;
  assert.equal(steps[0]?.from, 'pod a', name);
  for (const [index, step] of steps.slice(1).entries())
    assert.equal(step.from, steps[index]?.to, `${name} ${destination}: step ${index + 2}`);
  for (const shape of ['wide', 'narrow'] as const) {
    const { boxes, lines, width, height } = layOut({ picture: family, packet, shape, services: 's', dns: 'd' });
    for (const box of boxes)
      assert.ok(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height, box.id);
    const numbers = lines.flatMap(({ number }) => (number === undefined ? [] : [number]));
    assert.equal(numbers.length, steps.filter(({ from, to }) => from !== to).length, name);
  }
}

test('example addresses are inside of the ranges that the picture shows', () => {
  for (const { name, family } of families) {
    for (const { address, pod, range } of family.nodes) {
      if (range !== undefined) assertInside(pod.address, range, name);
      if (family.nodeRange !== undefined) assertInside(address, family.nodeRange, name);
      if (range !== undefined && family.pods !== undefined) assertInside(range.replace(/\/.*/, ''), family.pods, name);
    }
    if (family.services !== undefined) assertInside(family.service, family.services, name);
  }
});

function assertInside(address: string, range: string, name: string): void {
  const [inner, outer] = [parseCidr(`${address}/${address.includes(':') ? 128 : 32}`), parseCidr(range)];
  assert.ok(inner !== undefined && outer !== undefined, `${name}: ${address} in ${range}`);
  assert.ok(inner.first >= outer.first && inner.first <= outer.last, `${name}: ${address} in ${range}`);
}

cases<{
  readonly name: string;
  readonly services: string;
  readonly policies: string;
  readonly dns: string;
  readonly encryption: string | undefined;
  readonly masquerade: readonly string[];
}>(
  {
    'Calico with kube-proxy': {
      name: 'calico default',
      services: 'kube-proxy, mode IPTables',
      policies: 'iptables',
      dns: 'CoreDNS',
      encryption: undefined,
      masquerade: ['IPv4'],
    },
    'Calico in eBPF': {
      name: 'calico ebpf-without-kube-proxy',
      services: 'eBPF of Calico',
      policies: 'eBPF',
      dns: 'CoreDNS',
      encryption: undefined,
      masquerade: ['IPv4'],
    },
    'Calico with nftables': {
      name: 'calico nftables',
      services: 'kube-proxy, mode NFTables',
      policies: 'nftables',
      dns: 'CoreDNS',
      encryption: undefined,
      masquerade: ['IPv4'],
    },
    'Calico with WireGuard and IPv6': {
      name: 'calico wireguard-dual-stack',
      services: 'kube-proxy, mode IPTables',
      policies: 'iptables',
      dns: 'CoreDNS',
      encryption: 'WireGuard',
      masquerade: ['IPv4', 'IPv6'],
    },
    'Cilium in place of kube-proxy': {
      name: 'cilium default',
      services: 'eBPF of Cilium',
      policies: 'eBPF',
      dns: 'CoreDNS',
      encryption: undefined,
      masquerade: ['IPv4'],
    },
    'Cilium beside kube-proxy': {
      name: 'cilium kube-proxy',
      services: 'kube-proxy, mode IPTables',
      policies: 'eBPF',
      dns: 'CoreDNS',
      encryption: undefined,
      masquerade: ['IPv4'],
    },
    'Cilium with NodeLocalDNS': {
      name: 'cilium node-local-dns',
      services: 'eBPF of Cilium',
      policies: 'eBPF',
      dns: 'NodeLocalDNS',
      encryption: undefined,
      masquerade: ['IPv4'],
    },
    'Cilium with WireGuard in strict mode': {
      name: 'cilium wireguard-strict',
      services: 'eBPF of Cilium',
      policies: 'eBPF',
      dns: 'CoreDNS',
      encryption: 'WireGuard',
      masquerade: ['IPv4'],
    },
  },
  ({ name, ...expected }) => {
    const { picture } = drawn.find((one) => one.name === name) ?? assert.fail(name);
    const { traffic, proxy } = picture;
    assert.deepEqual(
      {
        services: proxy.services,
        policies: traffic.policies,
        dns: proxy.dns,
        encryption: traffic.encryption?.protocol,
        masquerade: traffic.masquerade,
      },
      expected,
    );
  },
);

/** Returns the family of a picture with another path. */
function pictureOf(input: PictureInput, one: PodPath): FamilyPicture {
  const { family, ...rest } = one;
  const providerStatus = { applied: { podPaths: { [family]: rest } } };
  const plan = { ...input.plan, status: { ...input.plan.status, providerStatus } };
  return createPicture({ ...input, plan }).families[0] ?? assert.fail();
}

/** Returns the distinct paths in the table of all combinations of a CNI (pkg/<cni>/testdata/reachability.md). */
function readClasses(type: string): readonly { readonly type: string; readonly path: PodPath }[] {
  const table = readFileSync(path.join(pkg, type, 'testdata/reachability.md'), 'utf8');
  const found = table.matchAll(
    /(IPv[46]): ([\w ]+), routes of ([\w ]+), ([\w ]+) → \**([\w ]+?)\**(?=[:;|\s]*(?:\||:|;|$))/gm,
  );
  const all = Array.from(found, ([, family = '', addresses = '', routes = '', transport = '', reach = '']) => {
    return { family, addresses, routes, transport, reach: reach.trim() } as PodPath;
  });
  return [...new Map(all.map((one) => [describePath(one), { type, path: one }])).values()];
}

function describePath({ family, addresses, routes, transport, reach }: PodPath): string {
  return `${family}, ${addresses}, routes of ${routes}, ${transport}, ${reach}`;
}

function packetText({ steps, arrives, note }: PacketPath): string {
  const lines = steps.map(({ text, inner, outer }, index) => {
    const around = outer === undefined ? '' : ` in ${outer.protocol} ${outer.source} → ${outer.destination}`;
    return `${index + 1}. ${text} \`${inner.source} → ${inner.destination}${around}\``;
  });
  return `${[...lines, '', `${arrives ? 'Arrives.' : 'Is lost.'}${note === undefined ? '' : ` ${note}`}`].join('\n')}\n`;
}
