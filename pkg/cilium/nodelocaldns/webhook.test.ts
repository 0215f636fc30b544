import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTools } from '../../../test/support/planning.ts';
import { createManagedResourceRenderer } from '../../managedresource/build.ts';
import { readManifests } from '../../managedresource/read.ts';
import { planNetwork } from '../../network/plan.ts';
import { cilium } from '../plan.ts';
import { demoInput } from '../testdata/demo.ts';

const tools = planTools();
const webhook = {
  caBundle: btoa('a bundle'),
  url: 'https://gardener-extension-networking-cilium.extension-x:443/shoot',
};

function planned(
  given: Parameters<typeof demoInput>[0],
  target?: typeof webhook,
): Extract<ReturnType<typeof cilium.plan>, { outcome: 'planned' }>['plan'] {
  const input = demoInput(given);
  const result = planNetwork(cilium, target === undefined ? input : { ...input, webhook: target }, tools);
  assert.ok(result.outcome === 'planned');
  return result.plan;
}

test('without a webhook target there is no second ManagedResource, and the first is unchanged', () => {
  const [without, withIt] = [planned({}), planned({}, webhook)];
  assert.equal(without.webhookResource, undefined);
  assert.deepEqual(withIt.managedResource, without.managedResource);
});

test('the webhook is registered with and without NodeLocalDNS, and does not change the network', () => {
  const on = planned({ spec: { systemComponents: { nodeLocalDNS: { enabled: true } } } }, webhook);
  assert.deepEqual(on.webhookResource, planned({}, webhook).webhookResource);
});

test('its ManagedResource is equal to those that Gardener writes for shoot webhooks', () => {
  const { webhookResource } = planned({}, webhook);
  assert.ok(webhookResource !== undefined);
  assert.equal(webhookResource.name, cilium.shootWebhook?.managedResource);
  const bundle = createManagedResourceRenderer()({ plan: webhookResource, namespace: 'shoot--team--demo' });
  const { metadata, spec } = bundle.managedResource as unknown as { readonly metadata: object; readonly spec: object };
  assert.match(bundle.secretName, /^extension-cilium-shoot-webhooks-[0-9a-f]{8}$/);
  assert.deepEqual(spec, { secretRefs: [{ name: bundle.secretName }] });
  assert.deepEqual(Object.keys(metadata).sort(), ['annotations', 'name', 'namespace']);
  const secret = bundle.secret();
  assert.deepEqual(Object.keys(secret['data'] as object), ['data.yaml.br']);
  const [configuration, ...more] = readManifests([secret]) as readonly unknown[] as readonly {
    readonly webhooks: readonly {
      readonly clientConfig: unknown;
      readonly failurePolicy: string;
      readonly objectSelector: unknown;
    }[];
  }[];
  assert.equal(more.length, 0);
  const [first] = configuration?.webhooks ?? [];
  assert.deepEqual(first?.clientConfig, webhook);
  assert.equal(first?.failurePolicy, 'Fail');
  assert.deepEqual(first?.objectSelector, { matchLabels: { 'k8s-app': 'node-local-dns' } });
});
