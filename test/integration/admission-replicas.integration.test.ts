/**
 * Two replicas of the admission, and the one that leads is killed in the middle of a rotation of the certificates: only one of them ever writes,
 * both answer reviews with the same certificate, and the other one goes on with what was begun and takes back what was edited.
 */
import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
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

test('one of two replicas writes, and when it is killed the other one goes on with its work', { skip }, async () => {
  // Its authority has been in use for 22 days, and needs a successor after 20.
  const founder = land.run({ user: 'founder', nodeFlags: [shiftedClock(-22 * 24)] });
  await happened('there are certificates', () => founder.said(published) === 1);
  assert.equal(await founder.terminate(), 0, founder.output());
  const [old = assert.fail('no authority')] = await authorities();

  // Two hours behind: for the second replica, everybody has had the time to hear of what the first one publishes.
  const first = land.run({ user: 'first', nodeFlags: [shiftedClock(-2)] });
  await happened('the first replica leads and has published', () => first.said(published) === 1);
  const second = land.run({ user: 'second' });
  await areReady(first, second);
  await eventuallyMarked();
  const [next = assert.fail('no successor'), ...others] = await authorities();
  assert.deepEqual(others, [old], 'the new authority is published beside the old one');
  assert.deepEqual(await masterStatus(first, second), [1, 0]);
  assert.deepEqual([first.said(created), second.said(created)], [1, 0]);
  assert.deepEqual([first.said(written), second.said(written)], [1, 0]);
  const shown = await certificateOf(first, [old]);
  assert.equal((await certificateOf(second, [old])).fingerprint256, shown.fingerprint256);
  await reviewed('both replicas are asked');
  assert.deepEqual(stored('second'), []);

  // Nobody is asked for Shoots of cilium with such a bundle; those of calico are judged as ever.
  await distrust();
  await happened('the mutator is not trusted', async () => (await create('cilium')).status === 500);
  await areReady(first, second);
  const holder = await holderOf();
  await first.kill();
  await reviewed('the API server has noticed');
  let reviews = 0;
  await happened('the second replica leads', async () => {
    assert.equal((await create('calico')).status, 403, 'a review was lost after the leader was gone');
    reviews += 1;
    return second.said('Became leader') === 1;
  });
  assert.ok(reviews > 1, 'the second replica led before anything was reviewed');

  await happened('the second replica has published', () => second.said(published) > 0);
  await happened('the mutator is trusted again', async () => (await create('cilium')).status === 201);
  assert.deepEqual(await authorities(), [next, old]);
  await happened('the second replica shows a certificate of the new authority', async () =>
    certificateOf(second, [next]).then(
      (one) => one.fingerprint256 !== shown.fingerprint256,
      () => false,
    ),
  );
  await reviewed('the API server trusts the new authority');
  assert.notEqual(await holderOf(), holder);
  assert.deepEqual(await masterStatus(second), [1]);
  assert.equal(second.said(written), 1);
  assertNoneAfterwards();

  const third = land.run({ user: 'founder' });
  await areReady(second, third);
  const [one, other] = [await certificateOf(second, [next]), await certificateOf(third, [next])];
  assert.equal(other.fingerprint256, one.fingerprint256);
  // Now nothing of the rotation is left to do: a new leader looks at the configurations all the same.
  await distrust();
  await happened('the mutator is not trusted again', async () => (await create('cilium')).status === 500);
  await areReady(second, third);
  assert.equal(await second.terminate(), 0, second.output());
  await happened('the third replica leads', () => third.said('Became leader') === 1);
  await reviewed('the third replica is asked');
  await happened('the mutator is trusted once more', async () => (await create('cilium')).status === 201);
  assert.equal(third.said(created), 0);
});

async function happened(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  await land.eventually(what, async () => ((await condition()) ? true : undefined));
}

async function areReady(...replicas: readonly Extension[]): Promise<void> {
  for (const replica of replicas)
    await happened('the replica is ready', async () => (await replica.ask('health', '/readyz'))?.status === 200);
}

async function masterStatus(...replicas: readonly Extension[]): Promise<readonly number[]> {
  const texts = await Promise.all(replicas.map(async (one) => (await one.ask('metrics', '/metrics'))?.text ?? ''));
  return texts.map((text) => Number(/^leader_election_master_status\{.*\} (\d)$/m.exec(text)?.[1] ?? Number.NaN));
}

async function holderOf(): Promise<string> {
  return readLease(await land.runtime.get({ resource: builtin.leases, namespace: 'garden', name: lease })).holder;
}

/** In a dry run, so that it can be repeated: a Shoot of calico is refused by the validator, one of cilium is changed by the mutator. */
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

/** An API server takes a moment for a new configuration, and for connections that have broken. */
async function reviewed(what: string): Promise<void> {
  await happened(what, async () => {
    const { status, text } = await create('calico');
    return status === 403 && text.includes('spec.networking.providerConfig.backend');
  });
}

/** The certificates in the bundle, the newest first, as PEM; the same in all configurations. */
async function authorities(): Promise<readonly string[]> {
  const bundles = await Promise.all(configured.map(async (one) => bundleOf(await land.garden.get(one))));
  assert.equal(new Set(bundles).size, 1, 'bundles differ');
  return bundles[0]?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function bundleOf(configuration: KubeObject): string {
  const { caBundle } = clientOf(webhookOf(configuration));
  return Buffer.from(typeof caBundle === 'string' ? caBundle : '', 'base64').toString();
}

function webhookOf({ webhooks }: KubeObject): Readonly<Record<string, unknown>> {
  const [first]: readonly unknown[] = Array.isArray(webhooks) ? webhooks : [];
  return isRecord(first) ? first : {};
}

function clientOf({ clientConfig }: Readonly<Record<string, unknown>>): { readonly caBundle?: unknown } {
  return isRecord(clientConfig) ? clientConfig : {};
}

/** The leader has done everything about its new authority when the Secret says since when it is published. */
async function eventuallyMarked(): Promise<void> {
  await happened('the successor is marked as published', () =>
    stored('first').some(({ verb, resource }) => verb === 'patch' && resource === 'secrets'),
  );
}

/** Somebody puts another authority into the mutator's configuration. */
async function distrust(): Promise<void> {
  const webhook = webhookOf(await land.garden.get(mutator));
  const { authority } = await certified();
  const clientConfig = { ...clientOf(webhook), caBundle: Buffer.from(authority.cert).toString('base64') };
  await land.garden.mergePatch({ ...mutator, patch: { webhooks: [{ ...webhook, clientConfig }] } });
}

/** What a replica shows to those who trust these authorities; rejects when they do not trust it. */
function certificateOf(replica: Extension, trusted: readonly string[]): Promise<X509Certificate> {
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

/** What a replica has written and the API server has stored. */
function stored(user: string): readonly AuditedRequest[] {
  return readAudit(land.auditLog).requests.filter(
    (one) => one.user === user && isWrite(one) && one.code >= 200 && one.code < 300,
  );
}

/** From the moment at which the second replica got the Lease nothing of the first one is stored. */
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
