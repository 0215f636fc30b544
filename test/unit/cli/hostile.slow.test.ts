/** Malicious inputs: each results in one clear message, without a crash or unescaped output. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../support/cases.ts';
import { assertHarmless, type RunResult, runInFolder } from '../../support/command-line.ts';

const mebi = 1024 * 1024;
const head = 'apiVersion: core.gardener.cloud/v1beta1\nkind: Shoot\nmetadata:\n  name: web\n  namespace: garden-dev\n';
const networking =
  'spec:\n  kubernetes: {version: 1.34.3}\n  networking:\n    type: calico\n    pods: 10.96.0.0/11\n    services: 10.64.0.0/13\n';
const shoot = (config: string): string => `${head}${networking}    providerConfig: ${config}\n`;
const network = (name: string, namespace: string): string =>
  `apiVersion: extensions.gardener.cloud/v1alpha1\nkind: Network\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {type: calico, podCIDR: 10.96.0.0/11, serviceCIDR: 10.64.0.0/13}\n`;

interface Hostile {
  readonly input: string | Uint8Array;
  readonly code: number;
  /** The start of the output. */
  readonly output: RegExp;
}

cases<Hostile>(
  'handles',
  {
    'invalid UTF-8': {
      input: Buffer.from([0x6b, 0x3a, 0xff, 0xfe]),
      code: 2,
      output: /^in: error: is not UTF-8 text\n$/,
    },
    'UTF-16': {
      input: Buffer.from(head, 'utf16le'),
      code: 2,
      output: /^in: error: is UTF-16 text: save the file as UTF-8\n$/,
    },
    'a gzip file': {
      input: Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]),
      code: 2,
      output: /^in: error: is not UTF-8 text\n$/,
    },
    NUL: { input: `${head}\u0000`, code: 2, output: /^in:6:1: error: is not valid YAML: null byte is not allowed/ },
    'a surrogate in CESU-8': {
      input: Buffer.concat([Buffer.from(head), Buffer.from([0xed, 0xa0, 0x80])]),
      code: 2,
      output: /not UTF-8/,
    },
    'more than 16 MiB': {
      input: new Uint8Array(16 * mebi + 1).fill(0x20),
      code: 2,
      output: /^in: error: is larger than 16 MiB\n$/,
    },
    'only whitespace and comments': {
      input: '\n\t\n# nothing\n',
      code: 2,
      output: /^in: error: is empty\n$/,
    },
    'lists in lists, 100,000 deep': {
      input: `${head}spec: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`,
      code: 2,
      output: /^in:6:\d+: error: is nested deeper than 100 levels\n$/,
    },
    'JSON, 100,000 deep': {
      input: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      code: 2,
      output: /is nested deeper than 100 levels\n$/,
    },
    'sequences in block style, 5,000 deep': {
      input: `${'- '.repeat(5_000)}a\n`,
      code: 2,
      output: /is nested deeper than 100 levels\n$/,
    },
    'indentation, 200 deep': {
      input: Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
      code: 2,
      output: /is nested deeper than 100 levels\n$/,
    },
    'a document at the maximum depth': {
      input: shoot(`${'['.repeat(95)}${']'.repeat(95)}`),
      code: 1,
      output: /providerConfig: Invalid value: \[...\]: must be an object/,
    },
    'objects at the maximum depth': {
      input: shoot(`${'{a: '.repeat(95)}1${'}'.repeat(95)}`),
      code: 1,
      output: /Too long: may be nested at most 16 levels deep/,
    },
    'an alias bomb': {
      input: `${head}spec:\n    a: &a [x]\n${bomb(20)}`,
      code: 2,
      output: /^in:\d+:\d+: error: a document may use at most 16 aliases\n$/,
    },
    'the maximum number of aliases in providerConfig': {
      input: `${head}${networking}    a: &a [${'x, '.repeat(100)}]\n${bomb(4)}    providerConfig: {b: *a4, c: *a4}\n`,
      code: 1,
      output: /Too long: may have at most 2000 values/,
    },
    'a merge key bomb': {
      input: `${head}x: &x {${Array.from({ length: 600 }, (_, index) => `k${index}: 1`).join(', ')}}\ny:\n- <<: *x\n- <<: *x\n`,
      code: 2,
      output: /error: merges too many keys\n$/,
    },
    'an undefined alias': {
      input: 'a: *b\n',
      code: 2,
      output: /^in:1:5: error: is not valid YAML: unidentified alias "b"\n$/,
    },
    'a string of 1 MiB as a document': {
      input: 'x'.repeat(mebi),
      code: 2,
      output: /^in:1:1: error: is not a Kubernetes object\n$/,
    },
    'kind of 1 MiB': {
      input: `apiVersion: v1\nkind: ${'x'.repeat(mebi)}\nmetadata: {name: a}\n`,
      code: 2,
      output: /^in:2:1: error: is not a Kubernetes object: its kind is "x{80}\.\.\."\n$/,
    },
    'name of 1 MiB': {
      input: network('x'.repeat(mebi), 'shoot--dev--web'),
      code: 1,
      output: /is rejected: 2 errors\n.*metadata\.name: Invalid value: "x{80}\.\.\."/,
    },
    'namespace of 1 MiB': {
      input: network('web', 'x'.repeat(mebi)),
      code: 1,
      output: /metadata\.namespace: Invalid value: "x{80}\.\.\."/,
    },
    'a string of 1 MiB in providerConfig': {
      input: shoot(`{vethMTU: "${'1'.repeat(mebi)}"}`),
      code: 1,
      output: /vethMTU: Too long: 1048576 characters, may have at most/,
    },
    'key of 1 MiB in providerConfig': {
      input: shoot(`{"${'k'.repeat(mebi)}": 1}`),
      code: 1,
      output: /providerConfig: Too long: 1048576 characters/,
    },
    'value of 1 MiB for an enumeration of the Network': {
      input: network('web', 'shoot--dev--web').replace('calico', 'x'.repeat(mebi)),
      code: 1,
      output: /type: Unsupported value: "x{80}\.\.\."/,
    },
    '20,000 fields in providerConfig': {
      input: shoot(`{${Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join(', ')}}`),
      code: 1,
      output: /Too long: may have at most 2000 values/,
    },
    '100,000 ambiguous scalars in an unrelated object': {
      input: `${shoot('{}')}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: [${'yes, '.repeat(100_000)}]\n`,
      code: 0,
      output: /^✓ Shoot garden-dev\/web is valid\n  room for [^\n]*\n1 of 1 Shoot valid, 1 other document skipped\n$/,
    },
    '100,000 families and observed ranges': {
      input: JSON.stringify({
        apiVersion: 'core.gardener.cloud/v1beta1',
        kind: 'Shoot',
        metadata: { name: 'web', namespace: 'garden-dev' },
        spec: {
          networking: { type: 'cilium', ipFamilies: Array.from({ length: 100_000 }, (_, index) => `IPX${index}`) },
        },
        status: { networking: { pods: Array.from({ length: 100_000 }, () => '10.0.0.0/8x') } },
      }),
      code: 1,
      output: /is rejected: 2 errors\n.*\n.*ipFamilies: Too many: must have at most 2 items/,
    },
    'a lone surrogate in providerConfig': {
      input: shoot('{ipam: {cidr: "\\ud800"}}'),
      code: 1,
      output: /ipam\.cidr: Invalid value: "\\ud800"/,
    },
    'a lone surrogate in a name': {
      input: network('"a\\udfff"', 'shoot--dev--web'),
      code: 1,
      output: /metadata\.name: Invalid value: "a\\udfff"/,
    },
    'escape codes in a name': {
      input: network('"\\e[31mred\\a"', 'shoot--dev--web'),
      code: 1,
      output: /^✗ Network shoot--dev--web\/"\\u001b\[31mred\\u0007" is rejected/,
    },
    'a name with a line break': {
      input: network('"a\\n✓ Network b/c is valid"', 'shoot--dev--web'),
      code: 1,
      output: /^✗ Network shoot--dev--web\/"a\\n/,
    },
    'a Shoot in a Cluster whose name has a line break': {
      input: `${network('web', 'shoot--dev--web')}---\napiVersion: extensions.gardener.cloud/v1alpha1\nkind: Cluster\nmetadata: {name: shoot--dev--web}\nspec: {shoot: {metadata: {name: "a\\n✓ b"}}}\n`,
      code: 1,
      output: /error: Shoot .*a\\n.* b"?: spec\.kubernetes\.version: Invalid value/,
    },
    'a kind with a line break': {
      input: 'apiVersion: v1\nkind: "A\\nB\\e[2J"\nmetadata: {name: a}\n',
      code: 2,
      output: /^in:2:1: error: is not a Kubernetes object: its kind is "A\\nB\\u001b\[2J"\n$/,
    },
    'an alias with an escape code': { input: 'a: *\u009b31m\n', code: 2, output: /^in:1:\d: error: is not valid YAML/ },
    'a duplicate key with invisible characters': {
      input: '"a\\u202e\u200bb": 1\n"a\\u202e\u200bb": 2\n',
      code: 2,
      output: /^in:2:2: error: duplicate key a\\u202e\\u200bb, first in line 1\n$/,
    },
    'an invalid technical ID': {
      input: `${shoot('{}')}status: {technicalID: "x\\n---\\nkind: Secret"}\n`,
      code: 1,
      output: /status\.technicalID: Invalid value: "x\\n---\\nkind: Secret"/,
    },
    '__proto__ in providerConfig': {
      input: shoot('{__proto__: {vethMTU: "1"}}'),
      code: 1,
      output: /providerConfig\.__proto__: Forbidden: unknown field/,
    },
    'constructor in providerConfig': {
      input: shoot('{constructor: {prototype: {a: 1}}}'),
      code: 1,
      output: /providerConfig\.constructor: Forbidden: unknown field/,
    },
    '__proto__ in place of required fields': {
      input: `__proto__: {apiVersion: v1, kind: Shoot, metadata: {name: a}}\n`,
      code: 2,
      output: /^in:1:1: error: is not a Kubernetes object: it has no apiVersion\n$/,
    },
    '__proto__ as a resource': {
      input: shoot('{autoScaling: {mode: static, resources: {node: {__proto__: 1}}}}'),
      code: 1,
      output: /node\.__proto__/,
    },
    infinity: {
      input: shoot('{vethMTU: .inf}'),
      code: 2,
      output: /error: \.inf and \.nan have no equivalent in JSON\n$/,
    },
    'not-a-number': {
      input: shoot('{vethMTU: [.NaN]}'),
      code: 2,
      output: /error: \.inf and \.nan have no equivalent in JSON\n$/,
    },
    'a set': { input: shoot('!!set {a}'), code: 2, output: /is not valid YAML: unknown mapping tag/ },
    'a timestamp': {
      input: shoot('{vethMTU: !!timestamp 2001-01-01}'),
      code: 2,
      output: /is not valid YAML: unknown scalar tag/,
    },
    'metadata that is a list': {
      input: 'apiVersion: v1\nkind: Shoot\nmetadata: [a]\n',
      code: 2,
      output: /^in:3:1: error: is not a Kubernetes object: it has no metadata.name\n$/,
    },
    'a byte order mark and CRLF': {
      input: `\ufeff${shoot('{backend: geneve}').replaceAll('\n', '\r\n')}`,
      code: 1,
      output: /in:12:22: error: spec.networking.providerConfig.backend/,
    },
  },
  async ({ input, code, output }) => {
    const result = await validate(input);
    assert.match(result.stdout + result.stderr, output);
    assert.equal(result.code, code);
    assertHarmless(result);
    const json = await runInFolder({ argv: ['validate', '-f', 'in', '-o', 'json'], files: { in: input } });
    assert.equal(json.code, code);
    assertHarmless(json);
    if (code !== 2) assert.equal((JSON.parse(json.stdout) as { readonly valid: boolean }).valid, code === 0);
    const rendered = await runInFolder({ argv: ['render', '-f', 'in'], files: { in: input } });
    assert.equal(rendered.code, code);
    if (code !== 0) assert.equal(rendered.stdout, '');
    for (const format of ['text', 'markdown']) {
      const explained = await runInFolder({
        argv: ['explain', '-f', 'in', '--all', '-o', format],
        files: { in: input },
      });
      assert.equal(explained.code, code);
      assertHarmless(explained);
    }
  },
);

function validate(input: string | Uint8Array): Promise<RunResult> {
  return runInFolder({ argv: ['validate', '-f', 'in'], files: { in: input } });
}

/** Each level references the previous one twice. */
function bomb(levels: number): string {
  return Array.from(
    { length: levels },
    (_, level) => `    a${level + 1}: &a${level + 1} [*a${level === 0 ? '' : level}, *a${level === 0 ? '' : level}]\n`,
  ).join('');
}

test('reads a List of 20,000 Shoots in linear time', async () => {
  const items = Array.from(
    { length: 20_000 },
    (_, index) =>
      `- {apiVersion: core.gardener.cloud/v1beta1, kind: Shoot, metadata: {name: s${index}, namespace: garden-dev}, spec: {hibernation: {enabled: on}, kubernetes: {version: 1.34.3}, networking: {type: calico, pods: 10.96.0.0/11, services: 10.64.0.0/13}}}\n`,
  );
  const input = `apiVersion: v1\nkind: List\nitems:\n${items.join('')}`;
  const result = await validate(input);
  assert.equal(result.code, 0);
  const lines = result.stdout.split('\n');
  assert.equal(lines.filter((line) => line.endsWith(' is valid: 1 warning')).length, items.length);
  assert.match(
    lines.at(-4) ?? '',
    /^ {2}in:20003:\d+: warning: spec\.hibernation\.enabled: on is read as true by Kubernetes$/,
  );
});
