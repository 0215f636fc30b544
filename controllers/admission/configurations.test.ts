import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { cases } from '../../test/support/cases.ts';
import {
  type ConfigurationsInput,
  leftoverConfigurations,
  webhookConfigurations,
  webhookKinds,
} from './configurations.ts';

const types = [
  { type: 'calico', mutates: false },
  { type: 'cilium', mutates: true },
];
const input: ConfigurationsInput = {
  types,
  kinds: webhookKinds,
  address: { mode: 'service', namespace: 'garden', name: 'admission', port: 443 },
  caBundle: 'Y2E=',
  owner: { name: 'extension-networking', uid: 'u-1' },
};

const namesOf = (configurations: readonly KubeObject[]): readonly string[] =>
  configurations.map(({ kind, metadata }) => `${kind.replace('WebhookConfiguration', '')} ${metadata.name}`);

cases<{ readonly change: Partial<ConfigurationsInput>; readonly names: readonly string[] }>(
  {
    'one per type and kind for both types': {
      change: {},
      names: [
        'Validating gardener-extension-admission-calico',
        'Validating gardener-extension-admission-cilium',
        'Mutating gardener-extension-admission-cilium',
      ],
    },
    'those of one type': {
      change: { types: types.slice(0, 1) },
      names: ['Validating gardener-extension-admission-calico'],
    },
    'only validating ones without the mutator': {
      change: { kinds: ['validator'] },
      names: ['Validating gardener-extension-admission-calico', 'Validating gardener-extension-admission-cilium'],
    },
    'only mutating ones without the validator': {
      change: { kinds: ['mutator'] },
      names: ['Mutating gardener-extension-admission-cilium'],
    },
  },
  ({ change, names }) => assert.deepEqual(namesOf(webhookConfigurations({ ...input, ...change })), names),
);

cases<{ readonly address: ConfigurationsInput['address']; readonly clientConfig: unknown }>(
  {
    'the client configuration of a Service': {
      address: { mode: 'service', namespace: 'garden', name: 'admission', port: 443 },
      clientConfig: {
        service: { namespace: 'garden', name: 'admission', path: '/webhooks/validate', port: 443 },
        caBundle: 'Y2E=',
      },
    },
    'the client configuration of a host with a port': {
      address: { mode: 'url', host: 'admission.garden:10250' },
      clientConfig: { url: 'https://admission.garden:10250/webhooks/validate', caBundle: 'Y2E=' },
    },
  },
  ({ address, clientConfig }) =>
    assert.deepEqual(webhookOf(webhookConfigurations({ ...input, address })[0])['clientConfig'], clientConfig),
);

test('the owner reference deletes the configurations with the owner, and does not block its deletion', () => {
  const [first] = webhookConfigurations(input);
  assert.deepEqual(first?.metadata.ownerReferences, [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      name: 'extension-networking',
      uid: 'u-1',
      controller: true,
      blockOwnerDeletion: false,
    },
  ]);
  assert.equal(webhookConfigurations({ ...input, owner: undefined })[0]?.metadata.ownerReferences, undefined);
});

function webhookOf(configuration: KubeObject | undefined): Readonly<Record<string, unknown>> {
  const webhooks = configuration?.['webhooks'];
  assert.ok(Array.isArray(webhooks) && webhooks.length === 1);
  const [webhook]: readonly unknown[] = webhooks;
  assert.ok(isRecord(webhook));
  return webhook;
}

cases<{ readonly change: Partial<ConfigurationsInput>; readonly names: readonly string[] }>(
  {
    'no configuration is left over for all types and kinds': { change: {}, names: [] },
    'those of an omitted type are left over': {
      change: { types: types.slice(0, 1) },
      names: [
        'validatingwebhookconfigurations gardener-extension-admission-cilium',
        'mutatingwebhookconfigurations gardener-extension-admission-cilium',
      ],
    },
    'those of an omitted kind are left over': {
      change: { kinds: ['validator'] },
      names: ['mutatingwebhookconfigurations gardener-extension-admission-cilium'],
    },
    'those of an omitted type and of an omitted kind are left over': {
      change: { types: types.slice(1), kinds: ['mutator'] },
      names: [
        'validatingwebhookconfigurations gardener-extension-admission-calico',
        'validatingwebhookconfigurations gardener-extension-admission-cilium',
      ],
    },
  },
  ({ change, names }) => {
    const left = leftoverConfigurations({ all: types, ...input, ...change });
    assert.deepEqual(
      left.map(({ resource, name }) => `${resource.plural} ${name}`),
      names,
    );
    const all = webhookConfigurations(input).length;
    assert.equal(left.length + webhookConfigurations({ ...input, ...change }).length, all);
  },
);
