import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeLocalDNSWebhook } from '../../pkg/cilium/nodelocaldns/webhook.ts';
import { cases } from '../../test/support/cases.ts';
import { planTools } from '../../test/support/planning.ts';
import { type OwnClusterAddress, ownConfiguration } from './configuration.ts';

const plan = nodeLocalDNSWebhook.plan({ caBundle: 'b3RoZXI=', url: 'https://elsewhere/shoot' }, planTools());
const name = 'gardener-extension-networking-cilium';
const address = { service: { namespace: 'extension-x', name, path: '/shoot', port: 443 } };
const owner = { name: 'extension-x', uid: 'u-1' };

function configuration(change: { readonly address?: OwnClusterAddress; readonly owner?: typeof owner | undefined }) {
  return ownConfiguration({ name, plan, address, owner, caBundle: 'Y2E=', ...change });
}

test('has the webhooks of the ManagedResource, and the name of the configurations in seeds', () => {
  const { kind, metadata, webhooks } = configuration({}) as unknown as {
    kind: string;
    metadata: object;
    webhooks: object[];
  };
  assert.equal(kind, 'MutatingWebhookConfiguration');
  assert.deepEqual(metadata, {
    name,
    labels: { 'remediation.webhook.shoot.gardener.cloud/exclude': 'true' },
    ownerReferences: [
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        name: 'extension-x',
        uid: 'u-1',
        controller: true,
        blockOwnerDeletion: false,
      },
    ],
  });
  const [given] = plan.parts.flatMap((part) => part.objects.map((one) => one.object['webhooks'] as object[]));
  assert.deepEqual(
    webhooks.map((one) => ({ ...one, clientConfig: undefined, rules: undefined, reinvocationPolicy: undefined })),
    given?.map((one) => ({ ...one, clientConfig: undefined, rules: undefined, reinvocationPolicy: undefined })),
  );
});

cases<{ readonly address: OwnClusterAddress }>(
  {
    'the client configuration refers to the Service': { address },
    'the client configuration contains the URL': { address: { url: 'https://127.0.0.1:9443/shoot' } },
  },
  (given) => {
    const [webhook] = configuration(given)['webhooks'] as { readonly clientConfig: object }[];
    assert.deepEqual(webhook?.clientConfig, { ...given.address, caBundle: 'Y2E=' });
  },
);

test('omits the owner reference without an owner', () => {
  assert.equal(configuration({ owner: undefined }).metadata.ownerReferences, undefined);
});

test('throws for a plan without a webhook configuration', () => {
  const empty = { ...plan, parts: [] };
  assert.throws(
    () => ownConfiguration({ name, plan: empty, address, owner, caBundle: '' }),
    /ManagedResource extension-cilium-shoot-webhooks holds no webhook configuration/,
  );
});
