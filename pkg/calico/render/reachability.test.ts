import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { golden } from '../../../test/support/golden.ts';
import { optionTable } from '../../../test/support/option-table.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { type NetworkConfig, networkConfigSchema } from '../api/config.ts';
import { withDefaults } from '../api/defaults.ts';
import { validateConfig } from '../api/validate.ts';
import { demoNetwork, demoShoot } from '../testdata/demo.ts';
import { type CalicoPath, podPaths } from './reachability.ts';
import { computeValues } from './values.ts';

/** The options that decide about paths, with all their values; `-` stands for an option that is left out. */
const dimensions = {
  families: { IPv4: ['IPv4'], IPv6: ['IPv6'], both: ['IPv4', 'IPv6'] },
  overlay: {
    '-': undefined,
    on: { enabled: true },
    off: { enabled: false },
    'off, createPodRoutes': { enabled: false, createPodRoutes: true },
  },
  vxlan: { '-': undefined, on: { enabled: true } },
  backend: { '-': undefined, bird: 'bird', none: 'none', vxlan: 'vxlan' },
  'ipv4.pool': { '-': undefined, ipip: 'ipip', vxlan: 'vxlan' },
  'ipv4.mode': { '-': undefined, Always: 'Always', CrossSubnet: 'CrossSubnet', Never: 'Never', Off: 'Off' },
  ipam: {
    '-': undefined,
    'calico-ipam': { type: 'calico-ipam' },
    usePodCidr: { cidr: 'usePodCidr' },
    'IPv4 CIDR': { cidr: '100.64.0.0/16' },
    'IPv6 CIDR': { cidr: '2001:db8:1::/64' },
  },
} as const;

/** Undefined where the configuration is refused for other reasons. */
function resultOf(given: Readonly<Record<string, unknown>>): string | undefined {
  const families = given['families'] as readonly IPFamily[];
  const ipv4 = { pool: given['ipv4.pool'], mode: given['ipv4.mode'] };
  const config: NetworkConfig = networkConfigSchema.parse({
    overlay: given['overlay'],
    vxlan: given['vxlan'],
    backend: given['backend'],
    ipam: given['ipam'],
    ...(ipv4.pool === undefined && ipv4.mode === undefined ? {} : { ipv4 }),
  });
  if (validateConfig({ config, families, object: '', path: '' }).length > 0) return undefined;
  return pathsOf(config, families).map(describePath).join('<br>');
}

function pathsOf(config: NetworkConfig, families: readonly IPFamily[]): readonly CalicoPath[] {
  const network = demoNetwork({ families });
  const shoot = shootFacts(demoShoot({ families }));
  return podPaths(computeValues({ config: withDefaults(config), network, shoot, families, nonPrivileged: false }));
}

function describePath({ family, addresses, routes, transport, reach, fault }: CalicoPath): string {
  const end = fault === undefined ? reach : `**no network**: ${fault}`;
  return `${family}: ${addresses}, routes of ${routes}, ${transport} → ${end}`;
}

test('paths of all combinations of options are equal to the reviewed table', () => {
  const { combinations, covered, text } = optionTable(dimensions, resultOf);
  assert.ok(combinations > 3_000, `${combinations} combinations`);
  assert.equal(covered, combinations);
  const title =
    '`*` stands for any value, `-` for an option that is left out; combinations that are refused for other reasons are missing.';
  golden(path.join(import.meta.dirname, '../testdata/reachability.md'), `${title}\n\n${text}\n`);
});

test('the table in docs/usage/overlay-and-routes.md is equal to the computed paths', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../../docs/usage/overlay-and-routes.md'), 'utf8');
  const section = page.slice(page.indexOf('## Paths of Calico'), page.indexOf('## Route limits'));
  const row = /^\| `(\{.*?\})` +\| (IPv4|IPv6|both) +\| (IPv4|IPv6) +\| (.+?) +\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm;
  const rows = Array.from(section.matchAll(row));
  assert.ok(rows.length >= 12, `${rows.length} rows`);
  for (const [line, text = '', of = '', family, ...cells] of rows) {
    const config = networkConfigSchema.parse(load(text));
    const families: readonly IPFamily[] = of === 'both' ? ['IPv4', 'IPv6'] : [of === 'IPv6' ? 'IPv6' : 'IPv4'];
    const found = pathsOf(config, families).find((one) => one.family === family);
    assert.ok(found !== undefined, line);
    assert.deepEqual(cells, [found.addresses, found.routes, found.transport, found.reach], line);
  }
});
