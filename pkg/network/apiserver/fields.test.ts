import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { type GardenerKind, structFields } from '../../gardener/api/fields.ts';
import { describe } from '../diagnostics.ts';
import { fieldFindings } from './fields.ts';

interface Input {
  readonly kind?: GardenerKind;
  readonly value: unknown;
  readonly written?: boolean;
}

function find({ kind = 'Shoot', value, written = false }: Input): readonly string[] {
  const found = fieldFindings({ kind, value, object: `${kind} a/b`, options: ['backend', 'overlay'], written });
  return found.map((one) => `${one.severity}: ${describe(one)}`);
}

const unknown = 'Forbidden: unknown field';

cases<Input & { readonly says: readonly string[] }>(
  'suggests the field that was meant',
  {
    'options in spec': {
      value: { spec: { providerConfig: { backend: 'none' } } },
      says: [`error: spec.providerConfig: ${unknown}, did you mean spec.networking.providerConfig?`],
    },
    'options in the object': {
      value: { providerConfig: { backend: 'none' } },
      says: [`error: providerConfig: ${unknown}, did you mean spec.networking.providerConfig?`],
    },
    'options beside those of kubernetes': {
      value: { spec: { kubernetes: { providerConfig: { kind: 'NetworkConfig' } } } },
      says: [`error: spec.kubernetes.providerConfig: ${unknown}, did you mean spec.networking.providerConfig?`],
    },
    'a name in lower case': {
      value: { spec: { networking: { providerconfig: {} } } },
      says: [`error: spec.networking.providerconfig: ${unknown}, did you mean providerConfig?`],
    },
    'a misspelled name': {
      value: { spec: { networking: { ipFamilys: ['IPv4'] } } },
      says: [`error: spec.networking.ipFamilys: ${unknown}, did you mean ipFamilies?`],
    },
    'a misspelled name in another place': {
      value: { spec: { ipFamilys: ['IPv4'] } },
      says: [`error: spec.ipFamilys: ${unknown}, did you mean spec.networking.ipFamilies?`],
    },
    'an option of the CNI beside providerConfig': {
      value: { spec: { networking: { overlay: { enabled: false } } } },
      says: [`error: spec.networking.overlay: ${unknown}, did you mean spec.networking.providerConfig.overlay?`],
    },
    'the options beside an empty providerConfig': {
      value: {
        spec: {
          networking: {
            providerConfig: null,
            apiVersion: 'calico.networking.extensions.gardener.cloud/v1alpha1',
            kind: 'NetworkConfig',
            backend: 'none',
          },
        },
      },
      says: ['apiVersion', 'kind', 'backend'].map(
        (name) => `error: spec.networking.${name}: ${unknown}, did you mean spec.networking.providerConfig.${name}?`,
      ),
    },
    'a field of a worker pool in the provider': {
      value: { spec: { provider: { maxSurge: 1 } } },
      says: [`error: spec.provider.maxSurge: ${unknown}, did you mean spec.provider.workers[].maxSurge?`],
    },
    'a field of the machine in its pool': {
      value: { spec: { provider: { workers: [{}, { image: { name: 'a' } }] } } },
      says: [`error: spec.provider.workers[1].image: ${unknown}, did you mean spec.provider.workers[1].machine.image?`],
    },
    'labels in spec': {
      value: { spec: { labels: { a: 'b' } } },
      says: [`error: spec.labels: ${unknown}, did you mean metadata.labels?`],
    },
    'a name that many fields have': {
      value: { spec: { enabled: true } },
      says: [`error: spec.enabled: ${unknown}`],
    },
    'a field of a Network': {
      kind: 'Network',
      value: { providerConfig: {}, spec: { podCidr: '10.0.0.0/8' } },
      says: [
        `error: providerConfig: ${unknown}, did you mean spec.providerConfig?`,
        `error: spec.podCidr: ${unknown}, did you mean podCIDR?`,
      ],
    },
    'a field of a Cluster': {
      kind: 'Cluster',
      value: { spec: { shoots: {} } },
      says: [`error: spec.shoots: ${unknown}, did you mean shoot?`],
    },
  },
  ({ says, ...input }) => assert.deepEqual(find(input), says),
);

cases<Input>(
  'accepts',
  {
    'content of providerConfig': { value: { spec: { networking: { providerConfig: { anything: [1] } } } } },
    'unknown fields of the status': { value: { status: { newField: 1, networking: { more: [] } } } },
    'fields of field managers': { value: { metadata: { managedFields: [{ future: 1 }] } } },
    'null for every type': { value: { metadata: null, spec: { networking: { ipFamilies: null, pods: null } } } },
    'labels and annotations of any name': { value: { metadata: { labels: { 'a/b': 'c' }, annotations: { d: 'e' } } } },
    'quantities as text and as number': {
      value: { spec: { kubernetes: { kubelet: { kubeReserved: { cpu: 1, memory: '1Gi' } } } } },
    },
    'a number or a percentage for maxSurge': {
      value: { spec: { provider: { workers: [{ maxSurge: 1 }, { maxSurge: '10%' }] } } },
    },
  },
  (input) => assert.deepEqual(find(input), []),
);

cases<{ readonly value: unknown; readonly says: string }>(
  'rejects',
  {
    'a text for a list': {
      value: { spec: { networking: { ipFamilies: 'IPv6' } } },
      says: 'error: spec.networking.ipFamilies: Invalid value: "IPv6": must be a list',
    },
    'a number for a text': {
      value: { spec: { kubernetes: { version: 1.33 } } },
      says: 'error: spec.kubernetes.version: Invalid value: 1.33: must be a string: quote the value',
    },
    'a text for a boolean': {
      value: { spec: { kubernetes: { kubeProxy: { enabled: 'false' } } } },
      says: 'error: spec.kubernetes.kubeProxy.enabled: Invalid value: "false": must be a boolean: write false without quotes',
    },
    'a text for an integer': {
      value: { spec: { kubernetes: { kubeControllerManager: { nodeCIDRMaskSize: '24' } } } },
      says: 'error: spec.kubernetes.kubeControllerManager.nodeCIDRMaskSize: Invalid value: "24": must be an integer: write 24 without quotes',
    },
    'an integer of 33 bits': {
      value: { spec: { provider: { workers: [{ maximum: 2 ** 31 }] } } },
      says: 'error: spec.provider.workers[0].maximum: Invalid value: 2147483648: must be an integer of 32 bits',
    },
    'a list for an object': {
      value: { spec: { networking: [] } },
      says: 'error: spec.networking: Invalid value: [...]: must be an object',
    },
    'a text in the list of the status': {
      value: { status: { networking: { pods: '10.0.0.0/8' } } },
      says: 'error: status.networking.pods: Invalid value: "10.0.0.0/8": must be a list',
    },
    'a boolean as label': {
      value: { metadata: { labels: { a: true } } },
      says: 'error: metadata.labels.a: Invalid value: true: must be a string: quote the value',
    },
  },
  ({ value, says }) => assert.deepEqual(find({ value }), [says]),
);

test('an unknown field of a Shoot that gardenlet wrote is a warning unless it resembles a known one', () => {
  const value = { spec: { entirelyNew: 1, networking: { providerconfig: {} } } };
  assert.deepEqual(find({ value, written: true }), [
    'warning: spec.entirelyNew: Forbidden: unknown field of a Gardener later than v1.148.0',
    `error: spec.networking.providerconfig: ${unknown}, did you mean providerConfig?`,
  ]);
  assert.deepEqual(find({ value: { spec: { entirelyNew: 1 } } }), [`error: spec.entirelyNew: ${unknown}`]);
});

test('bounds the findings about an object with many unknown fields', () => {
  const value = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`field${index}`, 1]));
  assert.equal(find({ value }).length, 1_000);
});

test('property: never throws for a JSON value', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => void find({ value })));
});

test('each type of a field is known', () => {
  const scalar = /^(string|boolean|int32|int64|number|quantity|intOrString|any)$/;
  const seen = new Set<string>();
  const visit = (type: string): void => {
    const inner = type.replace(/^(\[\]|\{\})+/, '');
    if (seen.has(inner) || scalar.test(inner)) return;
    seen.add(inner);
    const fields = structFields(inner);
    assert.ok(fields !== undefined, inner);
    for (const one of fields.values()) visit(one);
  };
  for (const kind of ['Shoot', 'Network', 'Cluster']) visit(kind);
  assert.ok(seen.size > 100);
});
