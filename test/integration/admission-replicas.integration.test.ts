/**
 * Two replicas of the admission, whose leader is killed during a rotation of the certificates: only the leader writes,
 * both serve reviews with the same certificate, and the other replica continues the rotation and reverts edits.
 */
import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { readLease } from '../../pkg/kubernetes/leaderelection/lease.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { certified } from '../doubles/webhook-client.ts';
import { type AuditedRequest, isWrite, readAudit } from '../support/audit.ts';
import { shiftedClock } from '../support/shifted-clock.ts';
import type { Extension } from './extension.ts';
import { type Garden, startGarden } from './garden.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'replicas of the admission', log });

const everything = ['get', 'list', 'create', 'update', 'patch', 'delete'];
const rules = [
  { apiGroups: ['', 'coordination.k8s.io'], resources: ['namespaces', 'secrets', 'leases'], verbs: everything },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    verbs: everything,
  },
];
const lease = 'gardener-extension-admission-networking';
const mutator = {
  resource: builtin.mutatingWebhookConfigurations,
  name: 'gardener-extension-admission-cilium',
} as const;
const configured = [
  { resource: builtin.validatingWebhookConfigurations, name: 'gardener-extension-admission-calico' },
  { resource: builtin.validatingWebhookConfigurations, name: mutator.name },
  mutator,
] as const;
const published = 'Published webhook CA bundle';
const created = 'Created webhook certificate';
const written = 'Webhook configurations written';

let land: Garden;

before(async () => {
  if (skip === false)
    land = await startGarden({ log, rules, users: ['founder', 'first', 'second'], isRuntime: true, audit: true });
});
after(() => land?.stop());

test('one of two replicas writes, and after it is killed the other one continues its work', { skip }, async () => {
  // Its authority has been in use for 22 days and is replaced after 20.
  const founder = land.run({ user: 'founder', nodeFlags: [shiftedClock(-22 * 24)] });
  await waitFor('the certificates exist', () => founder.logCount(published) === 1);
  assert.equal(await founder.terminate(), 0, founder.output());
  const [old = assert.fail('no authority')] = await authorities();

  // Two hours behind, so that for the second replica the publication by the first one is complete.
  const first = land.run({ user: 'first', nodeFlags: [shiftedClock(-2)] });
  await waitFor('the first replica leads and has published', () => first.logCount(published) === 1);
  const second = land.run({ user: 'second' });
  await areReady(first, second);
  await eventuallyMarked();
  const [next = assert.fail('no successor'), ...others] = await authorities();
  assert.deepEqual(others, [old], 'the new authority is published in addition to the old one');
  assert.deepEqual(await masterGauges(first, second), [1, 0]);
  assert.deepEqual([first.logCount(created), second.logCount(created)], [1, 0]);
  assert.deepEqual([first.logCount(written), second.logCount(written)], [1, 0]);
  const shown = await presentedCertificate(first, [old]);
  assert.equal((await presentedCertificate(second, [old])).fingerprint256, shown.fingerprint256);
  await reviewed('both replicas serve reviews');
  assert.deepEqual(stored('second'), []);

  // With such a CA bundle, Shoots of cilium cannot be reviewed; those of calico are not affected.
  await distrust();
  await waitFor('the mutator is not trusted', async () => (await create('cilium')).status === 500);
  await areReady(first, second);
  const holder = await leaseHolder();
  await first.kill();
  await reviewed('the API server has noticed');
  let reviews = 0;
  await waitFor('the second replica leads', async () => {
    assert.equal((await create('calico')).status, 403, 'a review was lost after the end of the leader');
    reviews += 1;
    return second.logCount('Became leader') === 1;
  });
  assert.ok(reviews > 1, 'the second replica led before the first review');

  await waitFor('the second replica has published', () => second.logCount(published) > 0);
  await waitFor('the mutator is trusted again', async () => (await create('cilium')).status === 201);
  assert.deepEqual(await authorities(), [next, old]);
  await waitFor('the second replica uses a certificate of the new authority', async () =>
    presentedCertificate(second, [next]).then(
      (one) => one.fingerprint256 !== shown.fingerprint256,
      () => false,
    ),
  );
  await reviewed('the API server trusts the new authority');
  assert.notEqual(await leaseHolder(), holder);
  assert.deepEqual(await masterGauges(second), [1]);
  assert.equal(second.logCount(written), 1);
  assertNoneAfterwards();

  const third = land.run({ user: 'founder' });
  await areReady(second, third);
  const [one, other] = [await presentedCertificate(second, [next]), await presentedCertificate(third, [next])];
  assert.equal(other.fingerprint256, one.fingerprint256);
  // The rotation is complete, but a new leader checks the configurations nevertheless.
  await distrust();
  await waitFor('the mutator is not trusted again', async () => (await create('cilium')).status === 500);
  await areReady(second, third);
  assert.equal(await second.terminate(), 0, second.output());
  await waitFor('the third replica leads', () => third.logCount('Became leader') === 1);
  await reviewed('the third replica serves reviews');
  await waitFor('the mutator is trusted once more', async () => (await create('cilium')).status === 201);
  assert.equal(third.logCount(created), 0);
});

async function waitFor(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  await land.eventually(what, async () => ((await condition()) ? true : undefined));
}

async function areReady(...replicas: readonly Extension[]): Promise<void> {
  for (const replica of replicas)
    await waitFor('the replica is ready', async () => (await replica.get('health', '/readyz'))?.status === 200);
}

async function masterGauges(...replicas: readonly Extension[]): Promise<readonly number[]> {
  const texts = await Promise.all(replicas.map(async (one) => (await one.get('metrics', '/metrics'))?.text ?? ''));
  return texts.map((text) => Number(/^leader_election_master_status\{.*\} (\d)$/m.exec(text)?.[1] ?? Number.NaN));
}

async function leaseHolder(): Promise<string> {
  return readLease(await land.runtime.get({ resource: builtin.leases, namespace: 'garden', name: lease })).holder;
}

/** Creates a Shoot in a dry run, which is repeatable: the validator denies one of calico, the mutator changes one of cilium. */
function create(type: 'calico' | 'cilium'): ReturnType<Garden['send']> {
  const labels = { [`networking.extensions.gardener.cloud/${type}`]: 'true' };
  const providerConfig = type === 'calico' ? { backend: 'geneve' } : {};
  const networking = { type, pods: '10.96.0.0/11', services: '10.64.0.0/13', providerConfig };
  const shoot: KubeObject = {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { namespace: 'garden-dev', name: `a-${type}`, labels },
    spec: { provider: { workers: [{ name: 'general' }] }, kubernetes: { version: '1.34.3' }, networking },
  };
  return land.send({ method: 'POST', shoot, dryRun: true });
}

/** Waits for reviews, since an API server applies a new configuration and replaces broken connections with a delay. */
async function reviewed(what: string): Promise<void> {
  await waitFor(what, async () => {
    const { status, text } = await create('calico');
    return status === 403 && text.includes('spec.networking.providerConfig.backend');
  });
}

/** Returns the certificates in the CA bundle as PEM, newest first; they are equal in all configurations. */
async function authorities(): Promise<readonly string[]> {
  const caBundles = await Promise.all(configured.map(async (one) => decodeCaBundle(await land.garden.get(one))));
  assert.equal(new Set(caBundles).size, 1, 'the CA bundles differ');
  return caBundles[0]?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function decodeCaBundle(configuration: KubeObject): string {
  const { caBundle } = readClientConfig(firstWebhook(configuration));
  return Buffer.from(typeof caBundle === 'string' ? caBundle : '', 'base64').toString();
}

function firstWebhook({ webhooks }: KubeObject): Readonly<Record<string, unknown>> {
  const [first]: readonly unknown[] = Array.isArray(webhooks) ? webhooks : [];
  return recordOf(first);
}

function readClientConfig({ clientConfig }: Readonly<Record<string, unknown>>): { readonly caBundle?: unknown } {
  return recordOf(clientConfig);
}

/** Waits until the Secret contains the time of publication, the last step of the leader for a new authority. */
async function eventuallyMarked(): Promise<void> {
  await waitFor('the successor is marked as published', () =>
    stored('first').some(({ verb, resource }) => verb === 'patch' && resource === 'secrets'),
  );
}

/** Replaces the CA bundle in the configuration of the mutator. */
async function distrust(): Promise<void> {
  const webhook = firstWebhook(await land.garden.get(mutator));
  const { authority } = await certified();
  const clientConfig = { ...readClientConfig(webhook), caBundle: Buffer.from(authority.cert).toString('base64') };
  await land.garden.mergePatch({ ...mutator, patch: { webhooks: [{ ...webhook, clientConfig }] } });
}

/** Returns the certificate of a replica for clients that trust these authorities; rejects if they do not trust it. */
function presentedCertificate(replica: Extension, trusted: readonly string[]): Promise<X509Certificate> {
  const port = replica.portOf('webhooks') ?? assert.fail('the replica does not listen');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: [...trusted] }, () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      if (shown === undefined) reject(new Error('no certificate'));
      else resolve(shown);
    });
    socket.once('error', reject);
  });
}

/** Returns the successful writes of a replica. */
function stored(user: string): readonly AuditedRequest[] {
  return readAudit(land.auditLog).requests.filter(
    (one) => one.user === user && isWrite(one) && one.code >= 200 && one.code < 300,
  );
}

/** Asserts that the first replica writes nothing after the second one acquired the Lease. */
function assertNoneAfterwards(): void {
  const since = stored('second').find(({ resource }) => resource === 'leases')?.at;
  assert.ok(since !== undefined, 'the second replica never wrote the Lease');
  assert.deepEqual(
    stored('first').filter((one) => one.at >= since),
    [],
  );
  assert.deepEqual(
    stored('second')
      .filter(({ resource }) => resource !== 'leases')
      .map(({ verb, resource }) => `${verb} ${resource}`),
    ['patch mutatingwebhookconfigurations', 'create secrets'],
  );
}
