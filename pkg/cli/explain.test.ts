import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { assertHarmless, type RunResult, runInFolder } from '../../test/support/command-line.ts';
import type { ExplainedOption, ExplainedValue } from '../network/explain.ts';
import { optionPaths } from '../network/option-paths.ts';
import { plugins } from '../plugins/index.ts';

const folder = path.join(import.meta.dirname, '../..');
const example = 'example/30-shoot.yaml';

async function explain(argv: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<RunResult> {
  const result = await runInFolder({ argv: ['explain', ...argv], folder, files });
  // JSON has every value with all its fields.
  if (!argv.includes('json')) assertHarmless(result);
  return result;
}

interface Report {
  readonly networks: readonly {
    readonly object: string;
    readonly outcome: string;
    readonly options?: readonly ExplainedOption[];
    readonly values?: readonly ExplainedValue[];
    readonly missing?: readonly { readonly path: string }[];
    readonly capacity?: { readonly maximumNodes: number };
  }[];
}

async function explainJson(
  argv: readonly string[],
  files?: Readonly<Record<string, string>>,
): Promise<Report['networks']> {
  const { stdout } = await explain([...argv, '-o', 'json'], files);
  return (JSON.parse(stdout) as Report).networks;
}

function shoot(networking: string, rest = ''): string {
  return `apiVersion: core.gardener.cloud/v1beta1
kind: Shoot
metadata: { name: web, namespace: garden-dev }
spec:
  kubernetes: { version: 1.34.3 }
  provider: { type: local, workers: [{ name: a, minimum: 1, maximum: 300 }] }
  networking: ${networking}
${rest}`;
}

test('the explanation of the example fits on a screen of 48 lines and 100 columns, in ASCII', async () => {
  const { code, stdout } = await explain(['-f', example]);
  assert.equal(code, 0);
  const lines = stdout.split('\n');
  assert.ok(lines.length <= 48, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 100, line);
  assert.match(stdout, /^[\n -~]*$/);
});

test('--all adds the options with their defaults, so that every option has a line', async () => {
  const { stdout } = await explain(['-f', example, '--all']);
  const [calico] = plugins;
  for (const option of optionPaths(calico?.configuration.schema ?? assert.fail()))
    assert.match(stdout, new RegExp(`^  ${option.replaceAll('.', '\\.')}( |$)`, 'm'), option);
});

test('an option of the user has its line', async () => {
  const line =
    readFileSync(path.join(folder, example), 'utf8')
      .split('\n')
      .findIndex((one) => one.includes('vethMTU')) + 1;
  const { stdout } = await explain([example]);
  assert.match(stdout, new RegExp(`vethMTU +1440 +you, line ${line}\n`));
});

test('JSON has all options and values with their origins, and the room in the ranges', async () => {
  const [network] = await explainJson([example]);
  assert.equal(network?.outcome, 'planned');
  assert.equal(network.capacity?.maximumNodes, 8192);
  for (const { field, origin } of [...(network.options ?? []), ...(network.values ?? [])])
    assert.ok(origin.fields.length > 0, field);
  const mtu = network.options?.find(({ field }) => field === 'vethMTU');
  assert.deepEqual(mtu, {
    field: 'vethMTU',
    value: '1440',
    origin: { kind: 'user', fields: [{ of: 'option', path: 'vethMTU', value: '1440', setBy: 'user' }] },
    set: true,
    changed: true,
    file: example,
    line: 50,
    column: 7,
  });
});

test('an overruled option names the setting that decides, and the code', async () => {
  const text = shoot(
    '{ type: calico, pods: 100.64.0.0/16, services: 100.96.0.0/16, providerConfig: { backend: none, overlay: { enabled: true } } }',
  );
  const { code, stdout } = await explain(['a.yaml'], { 'a.yaml': text });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /backend +none +you, line 7\n +overruled: overlay.enabled: true sets it to "bird" \[calico-overlay-overrules\]\n/,
  );
});

test('an incomplete Shoot is explained, with its missing values', async () => {
  const text = shoot('{ type: calico, ipFamilies: [IPv4, IPv6] }');
  const { code, stdout } = await explain(['a.yaml'], { 'a.yaml': text });
  assert.equal(code, 0);
  assert.match(stdout, /spec.networking.pods is missing: .*; give it with --pods\n/);
  assert.match(stdout, /IPv4 pool +- +/);
  const [network] = await explainJson(['a.yaml', '--services', '100.96.0.0/16'], { 'a.yaml': text });
  assert.deepEqual(
    network?.missing?.map((one) => one.path),
    ['spec.networking.pods'],
  );
  const [complete] = await explainJson(['a.yaml', '--services', '100.96.0.0/16', '--pods', '100.64.0.0/16'], {
    'a.yaml': text,
  });
  assert.equal(complete?.outcome, 'planned');
});

test('a rejected Shoot is explained without its invalid parts, with exit code 1', async () => {
  const text = shoot(
    '{ type: calico, pods: 100.64.0.0/16, services: 100.96.0.0/16, providerConfig: { vethMTU: "1400", backend: x } }',
  );
  const { code, stdout } = await explain(['a.yaml'], { 'a.yaml': text });
  assert.equal(code, 1);
  assert.match(stdout, /is rejected: 1 error/);
  assert.match(stdout, /routing daemon +bird +default\n/);
  assert.match(stdout, /pod MTU +1400 +vethMTU: 1400\n/);
});

test('Shoots of other network types and without workers have no values', async () => {
  const foreign = shoot('{ type: other }');
  assert.equal((await explainJson(['a.yaml'], { 'a.yaml': foreign }))[0]?.options, undefined);
  const workerless = shoot('{}').replace('workers: [{ name: a, minimum: 1, maximum: 300 }]', 'workers: []');
  const [network] = await explainJson(['a.yaml'], { 'a.yaml': workerless });
  assert.deepEqual([network?.outcome, network?.options], ['workerless', undefined]);
});

test('the picture of the ranges has both families within 100 columns, and shows nodes for which there is no room', async () => {
  const text = shoot(
    '{ type: calico, nodes: 10.0.0.0/25, pods: 100.64.0.0/16, services: 100.96.0.0/16, ipFamilies: [IPv4, IPv6] }',
    'status: { networking: { pods: [100.64.0.0/16, "2001:db8:1111:2222:3333::/48"], services: [100.96.0.0/16, "2001:db8:2::/108"], nodes: [10.0.0.0/25, "2001:db8:5::/64"] } }\n',
  );
  const { stdout } = await explain(['a.yaml'], { 'a.yaml': text });
  const lines = stdout.slice(stdout.indexOf('Ranges')).split('\n');
  for (const line of lines) assert.ok(line.length <= 100, line);
  assert.match(stdout, /pods +100\.64\.0\.0\/16 +\[#{16}\] +301 of 256 nodes, \/24 each, 45 too few\n/);
  assert.match(stdout, /pods +2001:db8:1111:2\.\.\. +\[#\.{15}\] +301 of 65,536 nodes, \/64 each, 65,235 left\n/);
  assert.match(stdout, /nodes +10\.0\.0\.0\/25 +\[#{16}\] +301 of 126 nodes, 175 too few\n/);
});

test('Markdown has a table for each section', async () => {
  const { stdout } = await explain([example, '-o', 'markdown']);
  assert.match(
    stdout,
    /^## Shoot garden-dev\/web\n\nCalico, planned\n\n### Options that differ from the default\n\n\| Field \|/,
  );
  assert.match(stdout, /\| `vethMTU` \| 1440 \| you, line \d+ \|  \|\n/);
});

test('a ControllerConfiguration sets defaults of the operator and feature gates', async () => {
  const config = `apiVersion: calico.networking.extensions.config.gardener.cloud/v1alpha1
kind: ControllerConfiguration
featureGates: { NonPrivilegedCalicoNode: true }
kubeAPIServerGlobalNetworkSet: { enabled: true }
`;
  const { code, stdout } = await explain([example, '--all', '--config-file', 'config.yaml'], { 'config.yaml': config });
  assert.equal(code, 0);
  assert.match(stdout, /kubeAPIServerGlobalNetworkSet\.enabled\n +true +operator, in the ControllerConfiguration\n/);
  assert.match(stdout, /unprivileged calico-node +true +feature gate NonPrivilegedCalicoNode: true,?\n/);
  const overruled = await explain(
    [example, '--all', '--config-file', 'c', '--feature-gates', 'NonPrivilegedCalicoNode=false'],
    { c: config },
  );
  assert.match(overruled.stdout, /unprivileged calico-node +false +feature gate NonPrivilegedCalicoNode: false\n/);
  const invalid = await explain([example, '--config-file', 'c'], { c: config.replace('true', '1') });
  assert.equal(invalid.code, 2);
  assert.match(invalid.stderr, /^error: |c:3/);
});
