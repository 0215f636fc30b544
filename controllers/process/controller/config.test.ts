import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { oneLine } from '../../../pkg/cli/terminal.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { largestInput } from '../../../pkg/yaml/input.ts';
import { printYaml } from '../../../pkg/yaml/print.ts';
import { cases } from '../../../test/support/cases.ts';
import { readControllerConfigs } from './config.ts';

const group = 'apiVersion: calico.networking.extensions.config.gardener.cloud/v1alpha1';
const head = `${group}\nkind: ControllerConfiguration\n`;
const groups = `${group.slice(12)}, cilium.networking.extensions.config.gardener.cloud/v1alpha1`;

function problemsIn(...contents: readonly (string | Uint8Array)[]): readonly string[] {
  const files = contents.map((content, index) => ({ file: `${'abc'[index]}.yaml`, bytes: Buffer.from(content) }));
  return readControllerConfigs(files, plugins).problems.map(({ file, line, column, message }) =>
    [[file, line, column].filter((one) => one !== undefined).join(':'), message].join(': '),
  );
}

const deep = (text: string): string => `${head}healthCheckConfig: ${text}`;

cases<{ readonly files: readonly (string | Uint8Array)[]; readonly problems: readonly string[] }>(
  'rejects',
  {
    'unknown fields at every level': {
      files: [`${head}clientConnexion: {}\nclientConnection:\n  QPS: 1\n  "a b": 2\nleaderElection: {}\n`],
      problems: [
        'a.yaml:3:1: clientConnexion: Forbidden: unknown field, did you mean clientConnection?',
        'a.yaml:5:3: clientConnection.QPS: Forbidden: unknown field, did you mean qps?',
        'a.yaml:6:3: clientConnection["a b"]: Forbidden: unknown field; remove it, or update the extension to a version that has it',
        'a.yaml:7:1: leaderElection: Forbidden: unknown field; remove it, or update the extension to a version that has it',
      ],
    },
    'values of the wrong type': {
      files: [
        `${head}clientConnection:\n  qps: "100"\n  burst: 1.5\n  kubeconfig: [a]\n  contentType: 7\nfeatureGates: SeamlessOverlaySwitch\n`,
      ],
      problems: [
        'a.yaml:4:3: clientConnection.qps: Invalid value: "100": must be a number',
        'a.yaml:5:3: clientConnection.burst: Invalid value: 1.5: must be a whole number',
        'a.yaml:6:3: clientConnection.kubeconfig: Invalid value: [...]: must be a string',
        'a.yaml:7:3: clientConnection.contentType: Invalid value: 7: must be a string',
        'a.yaml:8:1: featureGates: Invalid value: "SeamlessOverlaySwitch": must be an object',
      ],
    },
    'values out of range': {
      files: [`${head}clientConnection: {qps: 0.01, burst: -1}`],
      problems: [
        'a.yaml:3:20: clientConnection.qps: Invalid value: 0.01: must be at least 0.1, or 0 for no limit',
        'a.yaml:3:31: clientConnection.burst: Invalid value: -1: must be at least 0',
      ],
    },
    'unknown gates, and gates that are not booleans': {
      files: [
        `${head}featureGates:\n  SeamlesOverlaySwitch: true\n  __proto__: true\n  NonPrivilegedCalicoNode: "true"\n`,
      ],
      problems: [
        'a.yaml:4:3: featureGates.SeamlesOverlaySwitch: unknown feature gate "SeamlesOverlaySwitch", did you mean SeamlessOverlaySwitch?',
        'a.yaml:5:3: featureGates.__proto__: Forbidden: unknown field; remove it, or update the extension to a version that has it',
        'a.yaml:6:3: featureGates.NonPrivilegedCalicoNode: Invalid value: "true": must be true or false',
      ],
    },
    'a gate of the other CNI': {
      files: [`${head.replace('calico', 'cilium')}featureGates: {SeamlessOverlaySwitch: true}`],
      problems: [
        'a.yaml:3:16: featureGates.SeamlessOverlaySwitch: unknown feature gate "SeamlessOverlaySwitch", known are CiliumGatewayAPI',
      ],
    },
    'no apiVersion and no kind': {
      files: ['clientConnection: {}\n'],
      problems: [
        `a.yaml:1:1: apiVersion: Required value: one of ${groups}`,
        'a.yaml:1:1: kind: Required value: one of ControllerConfiguration',
      ],
    },
    'the group of providerConfig, and an unknown version': {
      files: [
        'apiVersion: calico.networking.extensions.gardener.cloud/v1alpha1\nkind: NetworkConfig\n',
        head.replace('v1alpha1', 'v1beta1'),
      ],
      problems: [
        'a.yaml:1:1: apiVersion: Unsupported value: "calico.networking.extensions.gardener.cloud/v1alpha1": supported values: "calico.networking.extensions.config.gardener.cloud/v1alpha1", "cilium.networking.extensions.config.gardener.cloud/v1alpha1"',
        'a.yaml:2:1: kind: Unsupported value: "NetworkConfig": supported values: "ControllerConfiguration"',
        'b.yaml:1:1: apiVersion: Unsupported value: "calico.networking.extensions.config.gardener.cloud/v1beta1": supported values: "calico.networking.extensions.config.gardener.cloud/v1alpha1", "cilium.networking.extensions.config.gardener.cloud/v1alpha1"',
      ],
    },
    'duplicates for a CNI in one and in several files': {
      files: [`${head}---\n${head}`, `# as well\n${head}`],
      problems: [
        'a.yaml:4:1: duplicate ControllerConfiguration for calico, first defined at a.yaml:1',
        'b.yaml:2:1: duplicate ControllerConfiguration for calico, first defined at a.yaml:1',
      ],
    },
    'documents that are not objects': {
      files: ['- a\n---\ntext\n---\n7\n'],
      problems: [
        'a.yaml:1:1: is not a ControllerConfiguration',
        'a.yaml:3:1: is not a ControllerConfiguration',
        'a.yaml:5:1: is not a ControllerConfiguration',
      ],
    },
    'a duplicate key': {
      files: [`${head}clientConnection:\n  qps: 1\n  qps: 2\n`],
      problems: ['a.yaml:5:3: duplicate key qps, first in line 4'],
    },
    'an unrendered template': {
      files: [`${head}clientConnection: {{ .Values.config.clientConnection }}\n`],
      problems: ['a.yaml:3:19: holds a template ({{ .Values.config.clientConnection }}): render it first'],
    },
    'a string with a line break': {
      files: [`${head}clientConnection: {kubeconfig: "/a\\nb"}`],
      problems: [
        'a.yaml:3:20: clientConnection.kubeconfig: Invalid value: "/a\\nb": must not contain the character U+000A (position 3)',
      ],
    },
    'excessively many fields': {
      files: [deep(`[${'1,'.repeat(3_000)}]`)],
      problems: ['a.yaml:1:1: Too long: may have at most 2000 values'],
    },
    'a string of a megabyte': {
      files: [`${head}clientConnection: {contentType: "${'x'.repeat(1_000_000)}"}`],
      problems: ['a.yaml:3:20: clientConnection.contentType: Too long: 1000000 characters, may have at most 4096'],
    },
    'nesting beyond the limit': {
      files: [deep(`${'['.repeat(40)}${']'.repeat(40)}`)],
      problems: ['a.yaml:1:1: Too long: may be nested at most 16 levels deep'],
    },
    'nesting beyond the call stack': {
      files: [deep('['.repeat(100_000))],
      problems: ['a.yaml:3:119: is nested deeper than 100 levels'],
    },
    'aliases that expand to gigabytes': {
      files: [
        `${head}healthCheckConfig:\n${Array.from({ length: 30 }, (_, n) => `  a${n}: &a${n} [${n === 0 ? 'x' : `*a${n - 1}, *a${n - 1}`}]\n`).join('')}`,
      ],
      problems: ['a.yaml:13:13: a document may use at most 16 aliases'],
    },
    'a cyclic alias': {
      files: [`${head}healthCheckConfig: &a {b: *a}\n`],
      problems: ['a.yaml:3:28: alias *a is used within its own anchor'],
    },
    'a file beyond the size limit': {
      files: [new Uint8Array(largestInput + 1).fill(0x23)],
      problems: ['a.yaml: is larger than 16 MiB'],
    },
    'invalid UTF-8': { files: [Uint8Array.of(0x61, 0xff, 0x00)], problems: ['a.yaml: is not UTF-8 text'] },
    'UTF-16': {
      files: [Uint8Array.of(0xff, 0xfe, 0x61, 0x00)],
      problems: ['a.yaml: is UTF-16 text: save the file as UTF-8'],
    },
    'one invalid file of two': {
      files: ['{', head],
      problems: ['a.yaml:1:2: is not valid YAML: unexpected end of the stream within a flow collection'],
    },
  },
  ({ files, problems }) => assert.deepEqual(problemsIn(...files), problems),
);

test('property: any file is read or rejected, with messages that are safe for terminals', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((any) => `${head}${any}`),
    fc.jsonValue().map((any) => `${head}clientConnection: ${JSON.stringify(any)}\n`),
    fc.dictionary(fc.string(), fc.jsonValue()).map((any) => `${head}${printYaml(any)}`),
  );
  fc.assert(
    fc.property(text, (any) => {
      const { problems, documents } = readControllerConfigs([{ file: 'a', bytes: Buffer.from(any) }], plugins);
      for (const { message } of problems) assert.ok(oneLine(message).length < 2_100);
      assert.ok(documents.length <= 2 || problems.length > 0);
    }),
  );
});
