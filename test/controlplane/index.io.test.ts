/** Tests of control planes for tests and `make start`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { CoreV1Api, KubeConfig, type KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node';
import { createClient } from './client.ts';
import {
  type ControlPlane,
  ControlPlaneUnavailableError,
  skipWithoutRealControlPlane,
  startControlPlane,
} from './index.ts';
import { eventually, isListening } from './testing.ts';

const log = (line: string): void => console.error(line);
const skipReal = await skipWithoutRealControlPlane({ suite: 'start and stop of a real control plane', log });
const namespace = { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'mine' } } } as const;

for (const source of ['embedded', 'real'] as const) {
  describe(`${source} control plane`, { skip: source === 'real' ? skipReal : false, concurrency: 2 }, () => {
    test('two control planes run concurrently, retain their data across a restart, and disappear after stop', async () => {
      const planes = await Promise.all([start(source), start(source)]);
      const clients = planes.map((plane) => createClient(plane));
      const [first, second] = planes;
      const [one, two] = clients;
      assert.ok(first !== undefined && second !== undefined && one !== undefined && two !== undefined);
      assert.notEqual(first.server, second.server);
      assert.equal((await one.call(namespace)).status, 201);
      assert.equal((await two.call({ path: '/api/v1/namespaces/mine' })).status, 404);
      for (const how of [{ kill: true }, {}]) {
        await first.stopApiServer(how);
        assert.deepEqual([await isListening(first.server), await isListening(second.server)], [false, true]);
        await first.startApiServer();
        const again = createClient(first);
        assert.equal((await again.call({ path: '/api/v1/namespaces/mine' })).status, 200);
        await again.close();
      }
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all(planes.map((plane) => plane.stop()));
      for (const plane of planes) assert.equal(await isListening(plane.server), false);
      await first.stop();
    });

    test('kubeconfig, CA and discovery work with @kubernetes/client-node', async () => {
      const plane = await start(source);
      try {
        const config = new KubeConfig();
        config.loadFromString(plane.kubeconfig);
        const namespaces = await config.makeApiClient(CoreV1Api).listNamespace();
        assert.ok(namespaces.items.some(({ metadata }) => metadata?.name === 'kube-system'));
        const metadata = { name: 'a', namespace: 'default' };
        const anyKind = KubernetesObjectApi.makeApiClient(config);
        await anyKind.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
        const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
        const created = await anyKind.create<KubernetesObject>(lease);
        const read = await anyKind.read<KubernetesObject>(lease);
        assert.equal(read.metadata?.uid, created.metadata?.uid);
        assert.match(plane.version, /^v1\.\d+\.\d+/);
      } finally {
        await plane.stop();
      }
    });

    test('an interrupted command line stops its programs', async () => {
      await commandLine(source, { signal: 'SIGINT', code: 0 });
    });

    test('a killed command line leaves no running API server', async () => {
      await commandLine(source, { signal: 'SIGKILL', code: null });
    });
  });
}

describe('real control plane only', { skip: skipReal, concurrency: 2 }, () => {
  test('users have tokens and the permissions of RBAC, and requests are in the audit log', async () => {
    const plane = await startControlPlane({
      log,
      source: 'real',
      build: false,
      users: [{ name: 'alice', groups: ['team'] }],
      audit: true,
    });
    const client = createClient(plane);
    try {
      const asAlice = { path: '/api/v1/namespaces/kube-system', token: plane.tokenFor('alice') };
      assert.equal((await client.call(asAlice)).status, 403);
      const rbac = '/apis/rbac.authorization.k8s.io/v1';
      const role = {
        metadata: { name: 'team' },
        rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get'] }],
      };
      assert.equal((await client.call({ method: 'POST', path: `${rbac}/clusterroles`, body: role })).status, 201);
      const body = {
        metadata: { name: 'team' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'team' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'team' }],
      };
      assert.equal((await client.call({ method: 'POST', path: `${rbac}/clusterrolebindings`, body })).status, 201);
      await eventually('the binding is effective', async () => (await client.call(asAlice)).status === 200);
      assert.throws(() => plane.tokenFor('bob'), /user "bob" has no token.*known: admin, alice/);
      const verbs = readFileSync(plane.auditLog ?? '', 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ user }) => user.username === 'alice')
        .map(({ verb, objectRef }) => `${verb} ${objectRef.resource} ${objectRef.name}`);
      assert.deepEqual(new Set(verbs), new Set(['get namespaces kube-system']));
    } finally {
      await client.close();
      await plane.stop();
    }
    assert.equal(existsSync(plane.auditLog ?? ''), false);
  });

  test('an unknown flag of kube-apiserver is reported with the end of its log, and everything is cleaned up', async () => {
    const starting = startControlPlane({ log, source: 'real', build: false, apiServerFlags: ['--no-such-flag'] });
    await assert.rejects(starting, (error: Error) => {
      assert.match(
        error.message,
        /^kube-apiserver ended with code 1:\n {2}last lines of .*unknown flag: --no-such-flag/s,
      );
      assert.equal(existsSync(path.dirname(/last lines of (.*):/.exec(error.message)?.[1] ?? '')), false);
      return true;
    });
  });

  test('an aborted start rejects with the reason', async () => {
    const aborter = new AbortController();
    const starting = startControlPlane({
      log: () => setImmediate(() => aborter.abort(new Error('changed my mind'))),
      source: 'real',
      build: false,
      signal: aborter.signal,
    });
    await assert.rejects(starting, /changed my mind/);
  });
});

test('without a source, real is unavailable and auto uses the embedded API server', async () => {
  const env = { PATH: '/nowhere', XDG_CACHE_HOME: '/nowhere', HOME: '/nowhere', CONTROLPLANE_CONTAINERS: '0' };
  const lines: string[] = [];
  const options = { log: (line: string): void => void lines.push(line), env };
  await assert.rejects(startControlPlane({ ...options, source: 'real' }), ControlPlaneUnavailableError);
  const plane = await startControlPlane(options);
  assert.equal(plane.kind, 'embedded');
  assert.match(lines.join('\n'), /^using an API server in this process: no kube-apiserver and etcd: /);
  await plane.stop();
  const reason = await skipWithoutRealControlPlane({ ...options, suite: 'a suite' });
  assert.match(String(reason), /no Go toolchain/);
  assert.match(lines.at(-1) ?? '', /^SKIPPED: a suite: /);
});

async function start(source: 'embedded' | 'real'): Promise<ControlPlane> {
  return startControlPlane({ log, source, build: false });
}

async function commandLine(
  source: string,
  end: { readonly signal: NodeJS.Signals; readonly code: number | null },
): Promise<void> {
  const cli = path.join(import.meta.dirname, 'cli.ts');
  const child = spawn(process.execPath, [cli, 'start', `--${source}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let server = '';
  let kubeconfig = '';
  for await (const line of createInterface({ input: child.stdout })) {
    server = / at (https?:\S+), until Ctrl-C$/.exec(line)?.[1] ?? server;
    kubeconfig = /^export KUBECONFIG=(.*)$/.exec(line)?.[1] ?? kubeconfig;
    if (kubeconfig !== '') break;
  }
  assert.match(readFileSync(kubeconfig, 'utf8'), /^apiVersion: v1$/m);
  assert.equal(await isListening(server), true);
  child.kill(end.signal);
  const [code] = await exited;
  assert.equal(code, end.code);
  await eventually('the API server is gone', async () => !(await isListening(server)));
  if (end.signal === 'SIGINT') assert.equal(existsSync(kubeconfig), false);
  rmSync(path.dirname(kubeconfig), { recursive: true, force: true });
}
