/** An API server that fails, recovers, or rejects requests: nothing is lost and no process exits. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import { skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { type Gateway, type StatusRejection, startGateway } from '../support/gateway.ts';
import { createMissing } from '../support/seed.ts';
import type { Extension } from './extension.ts';
import { type Landscape, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'outages of a real API server', log });
const throttled = 'throttled';

let seed: Landscape;

before(async () => {
  if (skip === false)
    seed = await startLandscape(log, () =>
      startControlPlane({ log, source: 'real', build: false, users: [{ name: throttled }] }),
    );
});
after(() => seed?.stop());

interface RejectionCase {
  readonly as: 'shoot' | 'seed' | 'garden';
  readonly rejection: StatusRejection;
}

const refusals: Readonly<Record<string, RejectionCase>> = {
  'survives 429 with Retry-After': { as: 'shoot', rejection: { status: 429, retryAfterSeconds: 1 } },
  'survives 429 without Retry-After': { as: 'seed', rejection: { status: 429 } },
  'survives repeated 500': { as: 'garden', rejection: { status: 500 } },
};

suite('rejected requests', { skip, concurrency: true }, () => {
  for (const [name, { as, rejection }] of Object.entries(refusals)) {
    test(name, async (t) => {
      const { server: target, ca } = seed.controlPlane;
      const gateway = await startGateway({ target, ca });
      t.after(() => gateway.close());
      // The first requests, including the lists at the start.
      gateway.reject(() => (gateway.requests.length < 6 ? rejection : undefined));
      const kubeconfig = seed.kubeconfig({ server: gateway.server });
      const extension = seed.run(
        `--kubeconfig=${kubeconfig}`,
        '--types=calico',
        `--extension-classes=${as}`,
        '--no-leader-election',
      );
      await seed.waitFor('it is alive before it can work', async () => (await page(extension, '/healthz')) === 200);
      const names = [1, 2, 3].map((index) => `refused-${as}-${index}`);
      for (const one of names) await seed.shoot(one, { spec: { class: as } });
      await seed.areReady(...names);
      // Every second request of a reconcile, both reads and writes.
      const since = gateway.requests.length;
      gateway.reject(() =>
        (gateway.requests.length - since) % 2 === 1 && gateway.requests.length < since + 40 ? rejection : undefined,
      );
      await seed.requestReconcile(...names);
      await seed.areReady(...names);
      assert.ok(
        gateway.requests.slice(since).some((one) => one.rejected),
        'no request was rejected',
      );
      assertWaited(gateway, rejection);
      await assertAlive(extension);
    });
  }

  test('survives an API server that allows one concurrent request', async () => {
    await limit();
    const token = seed.controlPlane.tokenFor(throttled);
    const extension = seed.run(`--kubeconfig=${seed.kubeconfig({ token })}`, '--types=cilium', '--no-leader-election');
    const names = [1, 2, 3, 4].map((index) => `fair-${index}`);
    for (const one of names) await seed.shoot(one, { type: 'cilium' });
    await seed.areReady(...names);
    const { text = '' } = (await extension.get('metrics', '/metrics')) ?? {};
    assert.match(text, /^rest_client_requests_total\{.*code="429".*\} [1-9]/m, 'no request was rejected');
    await seed.waitFor('it is ready', async () => (await page(extension, '/readyz')) === 200);
    await assertAlive(extension);
  });
});

test('waits for an API server that is not available at the start', { skip }, async () => {
  await seed.controlPlane.stopApiServer({ kill: true });
  const extension = seed.run('--no-leader-election');
  await seed.waitFor('it is alive', async () => (await page(extension, '/healthz')) === 200);
  await seed.waitFor('it reports that it is not ready', () => extension.logCount(trouble) > 0);
  const { status, text = '' } = (await extension.get('health', '/readyz')) ?? {};
  assert.equal(status, 503);
  assert.match(text, /^\[-\]sync-networks failed: .*\n\[-\]watch-networks failed: .*\n\[-\]sync-clusters failed: /);
  assert.match(text, /^\[-\]webhook failed: no certificate yet, or the server does not listen/m);
  await seed.controlPlane.startApiServer();
  await seed.waitFor('it is ready', async () => (await page(extension, '/readyz')) === 200);
  await assertAlive(extension);
});

test('stops in time while the API server does not respond', { skip }, async (t) => {
  const { server: target, ca } = seed.controlPlane;
  const gateway = await startGateway({ target, ca });
  t.after(() => gateway.close());
  const flags = ['--types=calico', '--extension-classes=garden', '--leader-election-id=silence'];
  const leases = ['--leader-election-namespace=default', '--heartbeat-namespace=default'];
  const extension = seed.run(`--kubeconfig=${seed.kubeconfig({ server: gateway.server })}`, ...flags, ...leases);
  await seed.waitFor('it is ready', async () => (await page(extension, '/readyz')) === 200);
  const names = [1, 2, 3, 4].map((index) => `silent-${index}`);
  let silent = false;
  // From the first Secret of a shoot on, there is no response, and connections remain open.
  gateway.reject(({ method, url }) => {
    silent ||= method === 'POST' && url.includes('/secrets');
    return silent ? 'silence' : undefined;
  });
  for (const name of names) await seed.shoot(name, { spec: { class: 'garden' } });
  await seed.waitFor('a write has no response', () => silent);
  assert.equal(await asKubeletEnds(extension), 0, extension.output());
  assert.equal(extension.logCount('Stopped'), 1);

  const next = seed.run(...flags, '--no-leader-election');
  await seed.areReady(...names);
  await assertAlive(next);
});

test('two replicas survive a killed API server while Networks are created', { skip }, async () => {
  const flags = ['--types=calico', '--leader-election-namespace=default', '--heartbeat-namespace=default'];
  const replicas = [seed.run(...flags), seed.run(...flags)];
  const leaders = (): number =>
    replicas.filter((one) => one.logCount('Became leader') > one.logCount('Stopped leading')).length;
  await seed.waitFor('one of them leads', () => leaders() === 1);
  // Including the standby, which has synced its caches and read the Lease.
  for (const replica of replicas)
    await seed.waitFor('it is ready', async () => (await page(replica, '/readyz')) === 200);
  const names = Array.from({ length: 15 }, (_, index) => `outage-${index}`);
  const creating = Promise.all(names.map((name) => persistently(() => seed.shoot(name))));
  await seed.ready('outage-0');
  await seed.controlPlane.stopApiServer({ kill: true });
  await seed.waitFor('both notice', () => replicas.every((one) => one.logCount(trouble) > 0));
  for (const replica of replicas) {
    assert.equal(await page(replica, '/healthz'), 200);
    assert.equal(await page(replica, '/readyz'), 200, 'a short outage removes no replica from its Service');
  }
  await seed.controlPlane.startApiServer();
  await creating;
  await seed.areReady(...names);
  await persistently(() => seed.requestReconcile(...names));
  await seed.areReady(...names);
  await seed.waitFor('one of them leads', () => leaders() === 1);

  for (const replica of replicas) {
    assert.equal(await page(replica, '/readyz'), 200);
    await seed.waitFor('its gauge shows the leadership', async () => {
      const { text = '' } = (await replica.get('metrics', '/metrics')) ?? {};
      const leads = replica.logCount('Became leader') > replica.logCount('Stopped leading');
      return text.includes(
        `\nleader_election_master_status{name="networking-calico-leader-election"} ${leads ? 1 : 0}\n`,
      );
    });
    const { text = '' } = (await replica.get('metrics', '/metrics')) ?? {};
    assert.doesNotMatch(text, /shoot--|outage-/, 'no series contains the name of a shoot');
    assert.equal(await replica.terminate(), 0, replica.output());
  }
});

const trouble = 'Request to the API server failed, retrying';

const flowcontrol = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', namespaced: false } as const;
const flowSchemas: Resource = { ...flowcontrol, plural: 'flowschemas' };
const priorityLevels: Resource = { ...flowcontrol, plural: 'prioritylevelconfigurations' };

/** Limits the user to one concurrent request by priority and fairness, which allows one request even with a limit of zero. */
async function limit(): Promise<void> {
  const { client } = seed;
  const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
  const metadata = { name: throttled };
  const limited = {
    nominalConcurrencyShares: 0,
    lendablePercent: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  };
  await createMissing({
    client,
    resource: priorityLevels,
    object: { apiVersion, kind: 'PriorityLevelConfiguration', metadata, spec: { type: 'Limited', limited } },
  });
  const subjects = [{ kind: 'User', user: { name: throttled } }];
  const resourceRules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }];
  const spec = {
    priorityLevelConfiguration: { name: throttled },
    matchingPrecedence: 2,
    rules: [{ subjects, resourceRules }],
  };
  await createMissing({ client, resource: flowSchemas, object: { apiVersion, kind: 'FlowSchema', metadata, spec } });
  const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterrolebindings', namespaced: false };
  const roleRef = { apiGroup: rbac.group, kind: 'ClusterRole', name: 'cluster-admin' };
  const binding = { apiVersion: `${rbac.group}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef };
  await createMissing({
    client,
    resource: rbac,
    object: { ...binding, subjects: [{ apiGroup: rbac.group, kind: 'User', name: throttled }] },
  });
}

/** Asserts that rejected requests are not repeated before their Retry-After. */
function assertWaited({ requests }: Gateway, { retryAfterSeconds }: StatusRejection): void {
  if (retryAfterSeconds === undefined) return;
  const lists = requests.filter((one) => one.url.includes('/networks?limit='));
  assert.ok(
    lists.some((one) => one.rejected),
    'no list was rejected',
  );
  for (const [index, one] of lists.entries()) {
    const next = lists[index + 1];
    // Timers have a resolution of milliseconds, and may fire up to two of them early.
    if (one.rejected && next !== undefined)
      assert.ok(next.at - one.at > retryAfterSeconds * 1000 - 5, `${next.at - one.at} ms`);
  }
}

async function page(extension: Extension, path: string): Promise<number | undefined> {
  return (await extension.get('health', path))?.status;
}

/** Stops a process like kubelet; returns its exit code, or null if it had to be killed after the grace period. */
async function asKubeletEnds(extension: Extension): Promise<number | null> {
  const over = new AbortController();
  const patience = delay(30_000, undefined, { signal: over.signal }).then(
    () => extension.kill(),
    () => undefined,
  );
  const code = await extension.terminate();
  over.abort();
  await patience;
  return code;
}

async function assertAlive(extension: Extension): Promise<void> {
  assert.equal(await page(extension, '/healthz'), 200);
  assert.equal(await extension.terminate(), 0, extension.output());
}

/** Retries like gardenlet until the API server accepts. */
async function persistently(task: () => Promise<void>): Promise<void> {
  await seed.eventually('the API server takes it', async () => {
    try {
      await task();
      return true;
    } catch {
      await delay(200);
      return undefined;
    }
  });
}
