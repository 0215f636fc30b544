import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeLocalDNSWebhook } from '../../pkg/cilium/nodelocaldns/webhook.ts';
import { systemClock } from '../../pkg/clock/clock.ts';
import { recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { createSecretStore } from '../../test/doubles/secret-store.ts';
import { reviewText, startClient } from '../../test/doubles/webhook-client.ts';
import { planTools } from '../../test/support/planning.ts';
import { createShootWebhookService } from './service.ts';

const mebibyte = 1024 * 1024;

test('the webhook of shoots accepts reviews of up to 1.5 MiB', async (t) => {
  const clock = systemClock();
  const log = createMemoryLogger();
  const client = createSecretStore(clock).client as KubeClient;
  const service = createShootWebhookService({
    webhook: nodeLocalDNSWebhook,
    tools: planTools(),
    address: {
      name: 'networking-cilium',
      namespace: 'extension-x',
      reachedAt: 'localhost',
      hosts: ['localhost'],
      listen: { host: '127.0.0.1', port: 0 },
    },
    ownCluster: undefined,
    buildResource: createManagedResourceRenderer(),
    client,
    guarded: client,
    type: 'cilium',
    classes: ['shoot'],
    clock,
    random: () => 0,
    log,
    onRequest: () => undefined,
    onRead: () => undefined,
  });
  const controller = new AbortController();
  const { signal } = controller;
  const running = service.run(signal);
  await service.ready(signal);
  await service.listen();
  const serving = log.lines.find(({ message }) => message === 'Serving');
  const port = Number(recordOf(serving?.fields)['port']);
  const shoot = startClient({ port, ca: undefined });
  t.after(async () => {
    shoot.close();
    controller.abort();
    await service.close(0);
    await running;
  });
  const options = { path: nodeLocalDNSWebhook.path };
  assert.equal((await shoot.post(reviewText('small', 1.4 * mebibyte), options)).status, 200);
  assert.equal((await shoot.post(reviewText('large', 1.6 * mebibyte), options)).status, 413);
});
