/**
 * The behaviour of a process when its permissions, its token or the certificates of the API server change: it survives, reports the problem, and
 * recovers by itself.
 */
import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import { type Client, createClient } from '../controlplane/client.ts';
import { skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { createAuthority } from '../doubles/certificates.ts';
import { readAudit } from '../support/audit.ts';
import { startGateway } from '../support/gateway.ts';
import type { Extension } from './extension.ts';
import { type Landscape, readStatus, startLandscape } from './landscape.ts';
import { grant } from './rights.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'credentials on a real API server', log });
const limited = 'limited';

let seed: Landscape;
let http: Client;

before(async () => {
  if (skip !== false) return;
  seed = await startLandscape(log, () =>
    startControlPlane({ log, source: 'real', build: false, users: [{ name: limited }], audit: true }),
  );
  http = createClient(seed.controlPlane);
});

after(async () => {
  await http?.close();
  await seed?.stop();
});

suite('a process recovers', { skip, concurrency: true }, () => {
  test('after permissions are revoked and granted again', async () => {
    const rights = await grant({ client: seed.client, user: limited, namespace: 'default' });
    await rights.take('leases');
    const token = seed.controlPlane.tokenFor(limited);
    const flags = ['--leader-election-namespace=default', '--heartbeat-namespace=default'];
    const extension = seed.run(`--kubeconfig=${seed.kubeconfig({ token })}`, ...flags);
    await seed.waitFor('it reports that the Lease cannot be written', async () => {
      const { status, text = '' } = (await extension.get('health', '/readyz')) ?? {};
      return status === 503 && text.includes('[+]watch-networks ok') && text.includes('[-]lease failed');
    });
    await rights.giveBack();
    await seed.waitFor('it is ready', async () => (await extension.get('health', '/readyz'))?.status === 200);
    await seed.shoot('rights');
    await seed.shoot('rights-cilium', { type: 'cilium' });
    await seed.areReady('rights', 'rights-cilium');

    await rights.take('secrets');
    await seed.shoot('rejected');
    await seed.waitFor('the status reports the missing permission', async () => {
      const { lastOperation, lastError } = readStatus(await seed.network('rejected'));
      const { description = '' } = recordOf(lastError);
      return (
        isRecord(lastOperation) &&
        lastOperation['state'] === 'Error' &&
        /User "limited" cannot create resource "secrets" in API group ""/.test(String(description)) &&
        String(description).includes('the extension lacks a permission in the seed')
      );
    });
    assert.deepEqual(await errorCodes('rejected'), []);
    await rights.giveBack();
    await seed.areReady('rejected');

    await rights.take('networks', 'networks/status', 'clusters', 'leases', 'managedresources', 'secrets');
    await seed.requestReconcile('rights', 'rejected');
    await seed.waitFor('reconciles fail', () => extension.logCount('Reconcile failed') > 1);
    await seed.waitFor('it does not lead any more', () => extension.logCount('Stopped leading') === 1);
    await rights.giveBack();
    await seed.areReady('rights', 'rights-cilium', 'rejected');
    await alive(extension);
  });

  test('after its token is rotated, truncated, missing, rejected, and valid again', async () => {
    const tokenFile = path.join(seed.folder, 'token');
    const tokens = { first: await account('first'), second: await account('second') };
    rotate(tokenFile, tokens.first);
    const extension = seed.run(
      `--kubeconfig=${seed.kubeconfig({ tokenFile })}`,
      '--types=calico',
      '--extension-classes=seed',
      '--no-leader-election',
    );
    await converges('token', 'seed');
    assert.deepEqual(await requestUsers(() => seed.requestReconcile('token'), 'token'), ['first']);

    rotate(tokenFile, tokens.second);
    await seed.waitFor('the new token is used', async () => {
      const users = await requestUsers(() => seed.requestReconcile('token'), 'token');
      return users.length === 1 && users[0] === 'second';
    });
    const damages = [
      () => writeFileSync(tokenFile, ''),
      () => writeFileSync(tokenFile, tokens.second.slice(0, tokens.second.lastIndexOf('.') + 1)),
      () => rmSync(tokenFile),
    ];
    for (const [index, damage] of damages.entries()) {
      damage();
      await seed.waitFor('the file is reported as unusable', async () => {
        assert.deepEqual(await requestUsers(() => seed.requestReconcile('token'), 'token'), ['second']);
        return extension.logCount('Credential file is invalid, keeping the last good content') === index + 1;
      });
    }

    await http.call({ method: 'DELETE', path: `${accounts}/second` });
    await seed.waitFor('the API server refuses the old token', async () => {
      const response = await http.call({ path: '/version', token: tokens.second });
      return response.status === 401;
    });
    await seed.requestReconcile('token');
    await seed.waitFor('requests are rejected', () => extension.output().includes('(401)'));
    rotate(tokenFile, await account('third'));
    await seed.areReady('token');
    await alive(extension);
  });

  test('after the API server uses a certificate of another authority', async (t) => {
    const [before, later] = ['before', 'later'].map((name) => createAuthority(t, name));
    if (before === undefined || later === undefined) return;
    const { server: target, ca } = seed.controlPlane;
    const gateway = await startGateway({ target, ca, identity: before.issue('api') });
    t.after(() => gateway.close());
    const caFile = path.join(seed.folder, 'ca.crt');
    writeFileSync(caFile, before.ca);
    const extension = seed.run(
      `--kubeconfig=${seed.kubeconfig({ server: gateway.server, caFile })}`,
      '--types=calico',
      '--extension-classes=garden',
      '--no-leader-election',
    );
    await converges('authority', 'garden');

    gateway.present(later.issue('api'));
    const passed = gateway.requests.length;
    await seed.requestReconcile('authority');
    await seed.waitFor('the certificate is not trusted', () =>
      /self-signed certificate|unable to verify/.test(extension.output()),
    );
    assert.equal(gateway.requests.length, passed, 'nothing is sent to an untrusted server');
    writeFileSync(caFile, later.ca);
    await seed.areReady('authority');
    await alive(extension);
  });
});

const accounts = '/api/v1/namespaces/default/serviceaccounts';

/** Returns a projected token of a new ServiceAccount with all permissions. */
async function account(name: string): Promise<string> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'default' }];
  await http.call({ method: 'POST', path: accounts, body: { metadata: { name } } });
  await http.call({ method: 'POST', path: rbac, body: { metadata: { name }, roleRef, subjects } });
  const response = await http.call({ method: 'POST', path: `${accounts}/${name}/token`, body: { spec: {} } });
  return (JSON.parse(response.text) as { readonly status: { readonly token: string } }).status.token;
}

/** Replaces a file atomically, as kubelet does. */
function rotate(file: string, token: string): void {
  writeFileSync(`${file}.new`, token);
  renameSync(`${file}.new`, file);
}

/** Returns the ServiceAccounts by which the extension reconciles a Network. */
async function requestUsers(trigger: () => Promise<void>, name: string): Promise<readonly string[]> {
  const file = seed.controlPlane.auditLog ?? '';
  const { end } = readAudit(file);
  await trigger();
  await seed.areReady(name);
  const users = readAudit(file, end)
    .requests.filter((one) => one.name === name && one.resource.startsWith('networks'))
    .map((one) => /^system:serviceaccount:default:(.*)$/.exec(one.user)?.[1]);
  return [...new Set(users.filter((one) => one !== undefined))];
}

async function converges(name: string, as: string): Promise<void> {
  await seed.shoot(name, { spec: { class: as } });
  await seed.areReady(name);
}

async function errorCodes(name: string): Promise<unknown> {
  const { lastError } = readStatus(await seed.network(name));
  return isRecord(lastError) ? (lastError['codes'] ?? []) : 'no error';
}

async function alive(extension: Extension): Promise<void> {
  assert.equal((await extension.get('health', '/healthz'))?.status, 200);
  assert.equal(await extension.terminate(), 0, extension.output());
}
