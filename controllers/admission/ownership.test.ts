import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { webhookConfigurations } from './configurations.ts';
import { classifyAddress, type OwnAddress, sharedName } from './ownership.ts';

const name = 'gardener-extension-admission-calico';
const byService: OwnAddress = {
  name,
  namespace: 'garden',
  address: { mode: 'service', namespace: 'garden', name, port: 443 },
};
const byHost: OwnAddress = { ...byService, address: { mode: 'url', host: 'admission.example.com:8443' } };

const service = (namespace: string, called: string): object => ({ service: { namespace, name: called, port: 443 } });
const url = (host: string): object => ({ url: `https://${host}/webhooks/validate` });

interface Row {
  readonly place?: OwnAddress;
  readonly clients: readonly object[];
  readonly is: 'present' | 'former' | undefined;
}

cases<Row>(
  {
    'the own Service is present': { clients: [service('garden', name)], is: 'present' },
    'the own Service by URL is present': { clients: [url(`${name}.garden`)], is: 'present' },
    'the own Service by its long name is present': { clients: [url(`${name}.garden.svc`)], is: 'present' },
    'the configured host is present': { place: byHost, clients: [url('admission.example.com:8443')], is: 'present' },
    'the Service of several types is former': { clients: [service('garden', sharedName)], is: 'former' },
    'the Service of several types by URL is former': {
      place: byHost,
      clients: [url(`${sharedName}.garden`)],
      is: 'former',
    },
    'both Services are former': { clients: [service('garden', name), url(`${sharedName}.garden`)], is: 'former' },
    'another port of the host is undefined': { place: byHost, clients: [url('admission.example.com')], is: undefined },
    'the admission of another type is undefined': {
      clients: [service('garden', 'gardener-extension-admission-cilium')],
      is: undefined,
    },
    'the admission of another type by URL is undefined': {
      clients: [url('gardener-extension-admission-cilium.garden')],
      is: undefined,
    },
    'another namespace is undefined': { clients: [service('other', name)], is: undefined },
    'another namespace by URL is undefined': { clients: [url(`${sharedName}.other`)], is: undefined },
    'a host that begins with the own name is undefined': {
      clients: [url(`${name}.garden.example.com`)],
      is: undefined,
    },
    'a webhook with another address is undefined': {
      clients: [service('garden', name), url('example.com')],
      is: undefined,
    },
    'an invalid URL is undefined': { clients: [{ url: 'admission' }], is: undefined },
    'an empty client configuration is undefined': { place: byHost, clients: [{}], is: undefined },
    'a configuration without webhooks is undefined': { clients: [], is: undefined },
  },
  ({ place = byService, clients, is }) => {
    const webhooks = clients.map((clientConfig) => ({ clientConfig }));
    const object = { apiVersion: 'v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'x' }, webhooks };
    assert.equal(classifyAddress(object, place), is);
  },
);

test('a written configuration is present for its process and undefined for others', () => {
  const places = [byService, byHost, { ...byHost, namespace: 'other' }];
  for (const place of places)
    for (const written of webhookConfigurations({
      types: [{ type: 'cilium', mutates: true }],
      kinds: ['validator', 'mutator'],
      address: place.address,
      caBundle: '',
      owner: undefined,
    }))
      assert.deepEqual(
        [classifyAddress(written, place), classifyAddress(written, { ...byService, name: 'x', namespace: 'y' })],
        ['present', undefined],
      );
});
