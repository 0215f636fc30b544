import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { golden } from '../../../test/support/golden.ts';
import { type Dimensions, optionTable } from '../../../test/support/option-table.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { type NetworkConfig, networkConfigSchema } from '../api/config.ts';
import { withDefaults } from '../api/defaults.ts';
import type { IpamMode } from '../shoot/ipam.ts';
import { demoInput, demoShoot } from '../testdata/demo.ts';
import { type CiliumPath, podPaths } from './reachability.ts';
import { computeValues } from './values.ts';

const on = { enabled: true };

const families = { IPv4: ['IPv4'], IPv6: ['IPv6'], both: ['IPv4', 'IPv6'] } as const;

/** The inputs that decide about packets between nodes, with all their values; `-` stands for an option that is left out. */
const routing = {
  families,
  'IPAM mode': { kubernetes: 'kubernetes', 'cluster-pool': 'cluster-pool', 'multi-pool': 'multi-pool', crd: 'crd' },
  overlay: {
    '-': undefined,
    on,
    off: { enabled: false },
    'off, createPodRoutes': { enabled: false, createPodRoutes: true },
  },
  tunnel: { '-': undefined, vxlan: 'vxlan', geneve: 'geneve', disabled: 'disabled' },
  bgpControlPlane: { '-': undefined, on },
} as const;

/** The inputs that decide about the source address of packets that leave the cluster. */
const masquerading = {
  families,
  'kube-proxy': { on: true, off: false },
  enableIpv4Masquerade: { '-': undefined, false: false },
  enableIpv6Masquerade: { '-': undefined, true: true },
  enableBPFMasquerade: { '-': undefined, false: false },
  snatToUpstreamDNS: { '-': undefined, on },
  snatOutOfCluster: { '-': undefined, on },
} as const;

/** Inputs that decide about neither. */
const others = {
  devices: { '-': undefined, eth0: ['eth0'], '!eth1': ['!eth1'] },
  directRoutingDevice: { '-': undefined, eth0: 'eth0' },
} as const;

interface Chosen {
  readonly config: NetworkConfig;
  readonly families: readonly IPFamily[];
  readonly ipam: IpamMode;
  readonly kubeProxy: boolean;
}

function pathsOf({ config, families: list, ipam, kubeProxy }: Chosen): readonly CiliumPath[] {
  const { network } = demoInput({ families: list });
  const shoot = shootFacts(demoShoot({ families: list, kubeProxy }));
  const state = { mode: ipam, ignored: undefined };
  return podPaths(
    computeValues({
      config: withDefaults(config),
      network,
      shoot,
      families: list,
      ipam: state,
      apiServer: undefined,
      gatewayAPI: false,
    }),
  );
}

type Given = Readonly<Record<string, unknown>>;

function pathsFor({
  families: list,
  'IPAM mode': ipam,
  'kube-proxy': kubeProxy,
  ...options
}: Given): readonly CiliumPath[] {
  const config = networkConfigSchema.parse(options);
  return pathsOf({ config, families: list, ipam: ipam ?? 'kubernetes', kubeProxy: kubeProxy ?? false } as Chosen);
}

function describePath({ family, addresses, routes, transport, reach, fault }: CiliumPath): string {
  const end = fault === undefined ? reach : `**no network**: ${fault}`;
  return `${family}: ${addresses}, routes of ${routes}, ${transport} → ${end}`;
}

test('paths of all combinations of options are equal to the reviewed tables', () => {
  const between = optionTable(routing, (given) => pathsFor(given).map(describePath).join('<br>'));
  const out = optionTable(masquerading, (given) =>
    pathsFor(given)
      .map(({ family, egress }) => `${family}: ${egress}`)
      .join('<br>'),
  );
  for (const { combinations, covered } of [between, out]) assert.equal(covered, combinations);
  assert.ok(between.combinations === 384 && out.combinations === 192);
  const text = [
    '`*` stands for any value, `-` for an option that is left out.',
    '# Packets between pods of different nodes',
    between.text,
    '# Source address of packets that leave the cluster',
    out.text,
  ];
  golden(path.join(import.meta.dirname, '../testdata/reachability.md'), `${text.join('\n\n')}\n`);
});

/** Returns an arbitrary combination of inputs. */
function combination(dimensions: Dimensions): fc.Arbitrary<Given> {
  return fc.record(
    Object.fromEntries(
      Object.entries(dimensions).map(([name, values]) => [name, fc.constantFrom(...Object.values(values))]),
    ),
  );
}

test('property: masquerading does not decide about packets between nodes, nor routing about the source address of others', () => {
  const rest = fc.tuple(combination(routing), combination(masquerading), combination(others));
  fc.assert(
    fc.property(rest, ([route, masquerade, other]) => {
      const all = { ...other, ...masquerade, ...route };
      assert.deepEqual(pathsFor(all).map(describePath), pathsFor(route).map(describePath));
      const egress = (given: Given): readonly string[] => pathsFor(given).map((one) => one.egress);
      assert.deepEqual(egress(all), egress({ ...masquerade, families: route['families'] }));
    }),
    { numRuns: 500 },
  );
});

test('the table in docs/usage/overlay-and-routes.md is equal to the computed paths', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../../docs/usage/overlay-and-routes.md'), 'utf8');
  const section = page.slice(page.indexOf('## Paths of Cilium'), page.indexOf('## Route limits'));
  const row =
    /^\| `(\{.*?\})` +\| ([a-z-]+) +\| (IPv4|IPv6|both) +\| (IPv4|IPv6) +\| (.+?) +\| (.+?) +\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm;
  const rows = Array.from(section.matchAll(row));
  assert.ok(rows.length >= 12, `${rows.length} rows`);
  for (const [line, text = '', ipam, of = '', family, ...cells] of rows) {
    const config = networkConfigSchema.parse(load(text));
    const list: readonly IPFamily[] = of === 'both' ? ['IPv4', 'IPv6'] : [of === 'IPv6' ? 'IPv6' : 'IPv4'];
    const chosen = { config, families: list, ipam: ipam as IpamMode, kubeProxy: false };
    const found = pathsOf(chosen).find((one) => one.family === family);
    assert.ok(found !== undefined, line);
    assert.deepEqual(cells, [found.addresses, found.routes, found.transport, found.egress, found.reach], line);
  }
});
