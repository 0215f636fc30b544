import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createAuthority, issueServer } from '../../pkg/webhook/x509.ts';
import { eventually } from '../../test/doubles/fakeclock.ts';
import { apiError, type SecretStore } from '../../test/doubles/secret-store.ts';
import {
  day,
  hosts,
  hour,
  isTrusted,
  minute,
  ready,
  type Scene,
  scene,
} from '../../test/support/certificate-replicas.ts';

function labelled(store: SecretStore, name: string): readonly KubeObject[] {
  return [...store.secrets.values()].filter((one) => one.metadata.labels?.['name'] === name);
}

const authorities = (store: SecretStore): readonly KubeObject[] => labelled(store, 'ca-networking-cilium-webhook');
const servers = (store: SecretStore): readonly KubeObject[] => labelled(store, 'networking-cilium-webhook-server');

const hex = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/**
 * Returns the name that Gardener's secrets manager derives from the labels of a Secret
 * (docs/design/gardener.md#webhook-certificates).
 */
function nameForGo({ metadata: { labels = {} } }: KubeObject): string {
  const infix = hex(`${labels['checksum-of-config'] ?? ''}${labels['checksum-of-signing-ca'] ?? ''}`).slice(0, 8);
  const time = labels['last-rotation-initiation-time'] ?? '';
  return [labels['name'], infix, ...(time === '' ? [] : [hex(time).slice(0, 5)])].join('-');
}

test('without Secrets every replica creates them in the format of the secrets manager', async (t) => {
  const { store, start, clock } = scene(t);
  const replica = start();
  assert.equal(replica.certificates.caBundle(), undefined);
  await ready(replica);
  const [authority] = authorities(store);
  const [server] = servers(store);
  assert.ok(authority !== undefined && server !== undefined && store.secrets.size === 2);
  assert.deepEqual(authority.metadata.labels, {
    name: 'ca-networking-cilium-webhook',
    'managed-by': 'secrets-manager',
    'manager-identity': 'gardener-extension-networking-cilium-webhook',
    'checksum-of-config': authority.metadata.labels?.['checksum-of-config'],
    'last-rotation-initiation-time': '',
    'issued-at-time': String(clock.now() / 1000 - 300),
    'valid-until-time': String(clock.now() / 1000 + 30 * 86_400),
  });
  const data = authority['data'] as Readonly<Record<string, string>>;
  const digests = ['ca.crt', 'ca.key'].map((key) => hex(Buffer.from(data[key] ?? '', 'base64')));
  assert.equal(server.metadata.labels?.['checksum-of-signing-ca'], hex(digests.join('')).slice(0, 63));
  assert.deepEqual([authority['type'], server['type']], ['Opaque', 'kubernetes.io/tls']);
  assert.deepEqual(Object.keys(server['data'] as object), ['tls.crt', 'tls.key']);
  for (const secret of [authority, server]) {
    assert.equal(secret['immutable'], true);
    assert.equal(secret.metadata.name, nameForGo(secret));
  }
  const { certificates } = replica;
  assert.ok(isTrusted(certificates.serving()?.cert, certificates.caBundle()));
  assert.deepEqual(certificates.expiry(), { authority: clock.now() + 30 * day, server: clock.now() + 30 * day });
  const all = JSON.stringify(replica.log.lines);
  assert.doesNotMatch(all, /PRIVATE|BEGIN/);
  assert.ok(!Object.values(data).some((one) => all.includes(one.slice(0, 40))));
});

test('two replicas that start concurrently use the same certificates', async (t) => {
  const { store, start } = scene(t);
  const replicas = [start(), start()] as const;
  await Promise.all(replicas.map(ready));
  assert.equal(store.secrets.size, 2);
  const [a, b] = replicas.map(({ certificates }) => [certificates.caBundle(), certificates.serving()]);
  assert.deepEqual(a, b);
  const creates = store.requests.filter((one) => one.startsWith('create'));
  assert.ok(creates.length >= 3, 'both tried to create a Secret');
});

test('an idle pass costs one request in five minutes', async (t) => {
  const { store, start, clock } = scene(t);
  const replica = start(5 * minute);
  await ready(replica);
  await eventually(() => clock.timers > 0, 'it waits');
  const before = store.requests.length;
  await clock.advance(hour);
  assert.deepEqual(
    store.requests.slice(before),
    Array.from({ length: 12 }, () => 'list'),
  );
});

test('a rotation extends and publishes the CA bundle, replaces the certificate, and reduces the CA bundle', async (t) => {
  const { store, start, clock } = scene(t);
  const leader = start();
  await ready(leader);
  const follower = start();
  await ready(follower);
  let changes = 0;
  leader.certificates.subscribe(() => (changes += 1));
  leader.lead();
  await eventually(() => leader.published.length === 1, 'a new leader publishes');
  const first = leader.certificates.serving();
  const bundle = leader.certificates.caBundle();
  assert.deepEqual(leader.published, [bundle]);

  await clock.advance(20 * day - minute);
  assert.equal(authorities(store).length, 1);
  await clock.advance(minute);
  await eventually(() => leader.published.length === 2, 'both are published');
  const both = leader.published[1];
  assert.ok(both?.endsWith(bundle ?? '') && both.length > (bundle?.length ?? 0));
  assert.equal(leader.certificates.caBundle(), both);
  assert.deepEqual(leader.certificates.serving(), first);

  await eventually(
    () => authorities(store).every((one) => one.metadata.annotations !== undefined),
    'the publication is recorded',
  );
  await clock.advance(hour + minute);
  await eventually(() => servers(store).length === 2, 'the new authority signs');
  await eventually(() => leader.certificates.serving()?.cert !== first?.cert, 'the new certificate is served');
  assert.equal(leader.published.length, 3, 'published again before that');
  const second = leader.certificates.serving();
  assert.ok(isTrusted(second?.cert, both) && !isTrusted(second?.cert, bundle));
  await clock.advance(12 * hour);
  assert.deepEqual(follower.certificates.serving(), second);

  await clock.advance(day);
  await eventually(() => leader.published.length === 4, 'the old authority is removed');
  assert.equal(store.secrets.size, 2);
  assert.ok(isTrusted(second?.cert, leader.published[3]) && !isTrusted(first?.cert, leader.published[3]));
  assert.equal(leader.published[3], leader.certificates.caBundle());
  for (const secret of store.secrets.values()) assert.equal(secret.metadata.name, nameForGo(secret));
  assert.ok(changes >= 3);
  const warnings = leader.log.lines.filter((line) => line.level !== 'info');
  assert.deepEqual(warnings, []);
});

/** Stores Secrets as a Go extension left them behind five days before `now`. */
async function goSecrets({ clock, store }: Scene): Promise<{ readonly ca: string; readonly server: string }> {
  const since = clock.now() - 5 * day;
  const validity = { notBefore: since, notAfter: since + 30 * day };
  const authority = await createAuthority({ commonName: 'ca-networking-cilium-webhook', keyBits: 1024, ...validity });
  const longer = { notBefore: since, notAfter: since + 3_650 * day };
  const server = await issueServer({ authority, commonName: 'networking-cilium', hosts, ...longer });
  const managed = {
    'managed-by': 'secrets-manager',
    'manager-identity': 'gardener-extension-networking-cilium-webhook',
    'last-rotation-initiation-time': '1765000000',
  };
  const put = (labels: Readonly<Record<string, string>>, texts: Readonly<Record<string, string>>): void => {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: '', labels: { ...managed, ...labels } } };
    const data = Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    );
    const creationTimestamp = new Date(since).toISOString();
    store.put({ ...object, data, metadata: { ...object.metadata, name: nameForGo(object), creationTimestamp } });
  };
  put(
    { name: 'ca-networking-cilium-webhook', 'checksum-of-config': '17171717171717171717' },
    { 'ca.crt': authority.cert, 'ca.key': authority.key },
  );
  const signer = hex([hex(authority.cert), hex(authority.key)].join('')).slice(0, 63);
  put(
    { name: 'networking-cilium-webhook-server', 'checksum-of-config': '42', 'checksum-of-signing-ca': signer },
    { 'tls.crt': server.cert, 'tls.key': server.key },
  );
  put(
    {
      name: 'ca-networking-cilium-webhook-bundle',
      'bundle-for': 'ca-networking-cilium-webhook',
      'checksum-of-config': '7',
    },
    { 'bundle.crt': authority.cert },
  );
  return { ca: authority.cert, server: server.cert };
}

test('a take-over adopts the authority of the Go extension, and its Secrets remain adoptable by it', async (t) => {
  const stage = scene(t);
  const { store, start, clock } = stage;
  const go = await goSecrets(stage);
  const leader = start();
  await ready(leader);
  leader.lead();
  await eventually(() => leader.published.length === 1, 'published');
  assert.equal(leader.certificates.caBundle(), go.ca, 'the CA bundle does not change');
  assert.equal(leader.certificates.serving()?.cert, go.server);
  await eventually(
    () => store.requests.some((one) => one.startsWith('delete')),
    'the Secret with the CA bundle is removed',
  );
  assert.equal(store.secrets.size, 2);
  assert.deepEqual(
    store.requests.filter((one) => one.startsWith('create')),
    [],
  );

  await clock.advance(15 * day + minute);
  await eventually(() => authorities(store).length === 2, 'day 20 of the authority');
  await eventually(() => leader.published.length === 2, 'published');
  await eventually(
    () => authorities(store).every((one) => one.metadata.annotations !== undefined),
    'the publication is recorded',
  );
  await clock.advance(hour + minute);
  await eventually(() => servers(store).length === 2, 'a new server certificate');
  const newest = (list: readonly KubeObject[]): KubeObject =>
    list.toSorted((a, b) =>
      (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1,
    )[0] ?? assert.fail();
  // The rotation time is inherited from the newest Secret of a kind, the checksum from its own configuration.
  const [authority, server] = [newest(authorities(store)), newest(servers(store))];
  assert.equal(authority.metadata.labels?.['checksum-of-config'], '17171717171717171717');
  assert.equal(server.metadata.labels?.['checksum-of-config'], '42');
  assert.equal(server.metadata.labels?.['last-rotation-initiation-time'], '1765000000');
  for (const secret of [authority, server]) assert.equal(secret.metadata.name, nameForGo(secret));
});

test('an unreadable Secret is replaced, logged, and removed later', async (t) => {
  const stage = scene(t);
  await goSecrets(stage);
  const { store, start, clock } = stage;
  const [broken] = authorities(store);
  assert.ok(broken !== undefined);
  const data = { 'ca.crt': btoa('no PEM'), 'ca.key': btoa('hidden') };
  store.put({
    ...broken,
    data,
    metadata: { ...broken.metadata, creationTimestamp: new Date(clock.now()).toISOString() },
  });
  const replica = start();
  await ready(replica);
  const { certificates, log } = replica;
  assert.ok(isTrusted(certificates.serving()?.cert, certificates.caBundle()));
  assert.equal(authorities(store).length, 2);
  const warning = log.lines.find((line) => line.level === 'warn');
  assert.deepEqual(warning?.fields, {
    name: broken.metadata.name,
    problem: 'ca.crt or ca.key cannot be read as PEM',
  });
  assert.doesNotMatch(JSON.stringify(log.lines), /hidden/);
  replica.lead();
  await clock.advance(day + 12 * hour);
  await eventually(() => !store.secrets.has(broken.metadata.name), 'it is removed');
});

test('a foreign Secret with our name is not modified, and reported', async (t) => {
  const stage = scene(t);
  const { store, start, clock } = stage;
  const first = start();
  await ready(first);
  await first.stop();
  const [authority] = authorities(store);
  assert.ok(authority !== undefined);
  for (const one of servers(store)) await store.client.delete({ resource: {} as never, name: one.metadata.name });
  store.put({ ...authority, metadata: { name: authority.metadata.name, namespace: 'extension-x' } });
  const replica = start();
  await eventually(() => replica.log.lines.some((line) => line.level === 'warn'), 'it is logged');
  const warning = replica.log.lines.find((line) => line.level === 'warn');
  assert.ok(warning !== undefined);
  const { err } = warning.fields as { readonly err: Error };
  assert.match(
    err.message,
    /^Secret extension-x\/ca-networking-cilium-webhook-\w+ exists without the labels .*: delete it$/,
  );
  assert.equal(store.secrets.size, 1);
  await store.client.delete({ resource: {} as never, name: authority.metadata.name });
  await eventually(() => clock.timers > 0, 'it waits');
  await clock.advance(2_000);
  await ready(replica);
});

test('retries a failed publication, and no further step happens before it succeeds', async (t) => {
  const { store, start, clock } = scene(t);
  const leader = start();
  await ready(leader);
  let failures = 0;
  leader.publishing = () => {
    failures += 1;
    return failures > 3 ? Promise.resolve() : Promise.reject(new Error('two shoots could not be updated'));
  };
  leader.lead();
  for (let count = 1; count <= 3; count += 1) {
    await eventually(() => failures === count, `failure ${count}`);
    assert.ok(authorities(store).every((one) => one.metadata.annotations === undefined));
    await eventually(() => (clock.nextIn ?? hour) < minute, 'it waits a little');
    await clock.advance(clock.nextIn ?? 0);
  }
  await eventually(() => leader.published.length === 1, 'it succeeds');
  await eventually(
    () => authorities(store).every((one) => one.metadata.annotations !== undefined),
    'the publication is recorded',
  );
});

test('a replica that loses the Lease stops publishing and writing, and can lead again', async (t) => {
  const { store, start } = scene(t);
  const replica = start();
  await ready(replica);
  let entered = false;
  replica.publishing = (signal) =>
    new Promise((_, reject) => {
      entered = true;
      signal.addEventListener('abort', () => reject(new Error('stopped')));
    });
  const lose = replica.lead();
  await eventually(() => entered, 'it publishes');
  await lose();
  const before = store.requests.length;
  assert.ok(!store.requests.some((one) => one.startsWith('patch')));
  replica.publishing = () => Promise.resolve();
  replica.lead();
  await eventually(() => store.requests.slice(before).some((one) => one.startsWith('patch')), 'it leads again');
});

test('a replica that loses the Lease does not wait for an API server that does not respond', async (t) => {
  const { start } = scene(t);
  const replica = start();
  await ready(replica);
  replica.hanging.list = true;
  const lose = replica.lead();
  await lose();
  replica.hanging.list = false;
  replica.lead();
  await eventually(() => replica.published.length > 0, 'it leads again');
});

test('waits for an API server that is unreachable at the start', async (t) => {
  const { store, start, clock } = scene(t);
  let unreachable = true;
  store.before = () => {
    if (unreachable) throw apiError({ verb: 'list', code: 503, reason: 'ServiceUnavailable' });
  };
  const replica = start();
  await eventually(() => clock.timers > 0, 'it waits');
  assert.equal(replica.certificates.serving(), undefined);
  unreachable = false;
  await clock.advance(2_000);
  await ready(replica);
});
