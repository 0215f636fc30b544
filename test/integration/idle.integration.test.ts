/** An idle process sends no requests except for its Leases, regardless of the number of Networks (IDLE_NETWORKS, default 200). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../controllers/resources.ts';
import { inParallel } from '../bench/fleet.ts';
import { skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { type AuditedRequest, countRequests, readAudit } from '../support/audit.ts';
import { isReady, type Landscape, startLandscape } from './landscape.ts';
import { grant } from './rights.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'an idle process on a real API server', log });
const user = 'idle';
const size = Number(process.env['IDLE_NETWORKS'] ?? 200);
const windowMs = 20_000;
/** Renewal intervals of the Leases for leader election and heartbeat. */
const renewals = { leaderMs: 2_000, heartbeatMs: 30_000 };
let seed: Landscape;

before(async () => {
  if (skip === false)
    seed = await startLandscape(log, () =>
      startControlPlane({ log, source: 'real', build: false, users: [{ name: user }], audit: true }),
    );
});
after(() => seed?.stop());

test(`with ${size} Networks of both types it writes only Leases and reads only lists of metadata`, {
  skip,
}, async () => {
  await grant({ client: seed.client, user, namespace: 'default' });
  const token = seed.controlPlane.tokenFor(user);
  const extension = seed.run(
    `--kubeconfig=${seed.kubeconfig({ token })}`,
    '--leader-election-namespace=default',
    '--heartbeat-namespace=default',
  );
  const names = Array.from({ length: size }, (_, index) => `idle-${index}`);
  await inParallel(names, (name, index) => seed.shoot(name, { type: index % 2 === 0 ? 'calico' : 'cilium' }));
  await seed.eventually('all are ready', async () => {
    const { items } = await seed.client.list({ resource: resources.networks });
    if (items.length === size && items.every(isReady)) return true;
    await delay(500);
    return undefined;
  });
  assert.ok(requests(0).length > size, 'the audit log has the requests of the extension');
  await seed.eventually('the last Events are written', async () => {
    const since = Date.now();
    await delay(3_000);
    return requests(since).some(({ resource }) => resource !== 'leases') ? undefined : true;
  });

  const since = Date.now();
  await delay(windowMs);
  const seen = requests(since);
  const tookMs = Date.now() - since;
  const counts = new Map(countRequests(seen));
  const most = (everyMs: number): number => Math.ceil(tookMs / everyMs) + 1;
  for (const [key, allowed] of [
    ['update leases', most(renewals.leaderMs)],
    ['patch leases', most(renewals.heartbeatMs)],
    ['watch networks', 1],
    ['watch clusters', 1],
    // Every 2 to 4 minutes the mirrors are compared with lists of metadata (docs/design/faults.md#missed-events).
    ['list networks', 1],
    ['list clusters', 1],
  ] as const) {
    assert.ok((counts.get(key) ?? 0) <= allowed, `${key}: ${counts.get(key)} in ${tookMs} ms, at most ${allowed}`);
    counts.delete(key);
  }
  assert.deepEqual([...counts], []);
  assert.ok(
    seen.some((one) => one.resource === 'leases'),
    'the Lease of the leader is renewed',
  );
  assert.equal(await extension.terminate(), 0, extension.output());
});

/** Returns the requests of the extension since a point in time. */
function requests(since: number): readonly AuditedRequest[] {
  return readAudit(seed.controlPlane.auditLog ?? '').requests.filter((one) => one.user === user && one.at >= since);
}
