import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { answeredAt, type Place, sharedName } from './answering.ts';
import { webhookConfigurations } from './configurations.ts';

const name = 'gardener-extension-admission-calico';
const byService: Place = {
  name,
  namespace: 'garden',
  address: { mode: 'service', namespace: 'garden', name, port: 443 },
};
const byHost: Place = { ...byService, address: { mode: 'url', host: 'admission.example.com:8443' } };

const service = (namespace: string, called: string): object => ({ service: { namespace, name: called, port: 443 } });
const url = (host: string): object => ({ url: `https://${host}/webhooks/validate` });

interface Row {
  readonly place?: Place;
  readonly clients: readonly object[];
  readonly is: 'present' | 'former' | undefined;
}

cases<Row>(
  {
    'its own Service': { clients: [service('garden', name)], is: 'present' },
    'its own Service by URL': { clients: [url(`${name}.garden`)], is: 'present' },
    'its own Service by its long name': { clients: [url(`${name}.garden.svc`)], is: 'present' },
    'the host that it is told': { place: byHost, clients: [url('admission.example.com:8443')], is: 'present' },
    'the Service of both types': { clients: [service('garden', sharedName)], is: 'former' },
    'the Service of both types by URL': { place: byHost, clients: [url(`${sharedName}.garden`)], is: 'former' },
    'both, as after half an edit': { clients: [service('garden', name), url(`${sharedName}.garden`)], is: 'former' },
    'another port of the host': { place: byHost, clients: [url('admission.example.com')], is: undefined },
    'the admission of the other type': {
      clients: [service('garden', 'gardener-extension-admission-cilium')],
      is: undefined,
    },
    'the admission of the other type by URL': {
      clients: [url('gardener-extension-admission-cilium.garden')],
      is: undefined,
    },
    'another namespace': { clients: [service('other', name)], is: undefined },
    'another namespace by URL': { clients: [url(`${sharedName}.other`)], is: undefined },
    'a name that begins with ours': { clients: [url(`${name}.garden.example.com`)], is: undefined },
    "somebody's webhook beside ours": { clients: [service('garden', name), url('example.com')], is: undefined },
    'no URL': { clients: [{ url: 'admission' }], is: undefined },
    'nothing at all': { place: byHost, clients: [{}], is: undefined },
    'no webhooks': { clients: [], is: undefined },
  },
  ({ place = byService, clients, is }) => {
    const webhooks = clients.map((clientConfig) => ({ clientConfig }));
    const object = { apiVersion: 'v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'x' }, webhooks };
    assert.equal(answeredAt(object, place), is);
  },
);

test('what a process writes is answered by it, and by nobody else', () => {
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
        [answeredAt(written, place), answeredAt(written, { ...byService, name: 'x', namespace: 'y' })],
        ['present', undefined],
      );
});
