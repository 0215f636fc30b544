import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../pkg/clock/clock.ts';
import { createMergePatch } from '../../pkg/gardener/merge-patch.ts';
import { describeObject, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { DeleteInput, PatchInput } from '../../pkg/kubernetes/client/client.ts';
import { createFakeClock, createMemoryLogger, type FakeClock } from '../../test/doubles/fakeclock.ts';
import { notFound } from '../../test/doubles/server.ts';
import { webhookConfigurations, webhookKinds } from '../admission/configurations.ts';
import {
  type ConfigurationClient,
  ensureConfigurations,
  OwnerNotFound,
  readOwner,
  removeConfigurations,
} from './ensure.ts';
import { type Condition, createPublisher, type Publisher } from './publisher.ts';

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'extension-networking', uid: 'u-1' } };

interface Garden {
  readonly client: ConfigurationClient;
  /** By plural and name. */
  readonly objects: Map<string, KubeObject>;
  /** `verb plural/name`. */
  readonly calls: string[];
  broken: boolean;
}

/** A virtual garden in memory. It merges only top-level members and labels of patches. */
function createGarden(): Garden {
  const objects = new Map<string, KubeObject>([['namespaces/extension-networking', namespace]]);
  const calls: string[] = [];
  const garden: Garden = { objects, calls, broken: false, client: {} as ConfigurationClient };
  const reach = (call: string): void => {
    calls.push(call);
    if (garden.broken) throw new Error('connection refused');
  };
  const client = {
    find: async ({ resource, name }: { readonly resource: { readonly plural: string }; readonly name: string }) => {
      reach(`get ${resource.plural}/${name}`);
      return objects.get(`${resource.plural}/${name}`);
    },
    create: async ({
      resource,
      object,
    }: {
      readonly resource: { readonly plural: string };
      readonly object: KubeObject;
    }) => {
      reach(`create ${resource.plural}/${object.metadata.name}`);
      objects.set(`${resource.plural}/${object.metadata.name}`, object);
      return object;
    },
    mergePatch: async ({ resource, name, patch }: PatchInput) => {
      reach(`patch ${resource.plural}/${name}`);
      const key = `${resource.plural}/${name}`;
      const before = objects.get(key);
      assert.ok(before !== undefined);
      const { metadata, ...rest } = patch as Partial<KubeObject>;
      const labels = { ...before.metadata.labels, ...metadata?.labels };
      objects.set(key, { ...before, ...rest, metadata: { ...before.metadata, ...metadata, labels } });
      return objects.get(key);
    },
    delete: async ({ resource, name, preconditions }: DeleteInput) => {
      const key = `${resource.plural}/${name}`;
      const uid = preconditions?.uid === undefined ? '' : ` ${preconditions.uid}`;
      reach(`delete ${key}${uid}`);
      if (!objects.delete(key)) throw notFound({ verb: 'delete', resource, name });
    },
  };
  return Object.assign(garden, { client: client as unknown as ConfigurationClient });
}

const configurations = ({
  caBundle = 'Y2E=',
  uid = 'u-1',
}: {
  readonly caBundle?: string;
  readonly uid?: string | null;
} = {}): readonly KubeObject[] =>
  webhookConfigurations({
    types: [{ type: 'cilium', mutates: true }],
    kinds: webhookKinds,
    address: { mode: 'url', host: 'admission.garden' },
    caBundle,
    owner: uid === null ? undefined : { name: 'extension-networking', uid },
  });

const validator = 'validatingwebhookconfigurations/gardener-extension-admission-cilium';
const mutator = 'mutatingwebhookconfigurations/gardener-extension-admission-cilium';
const unwanted = [
  { kind: 'MutatingWebhookConfiguration', metadata: { name: 'gardener-extension-admission-cilium' } },
] as const;
const stored = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  ...unwanted[0],
  metadata: { ...unwanted[0].metadata, uid: 'u-2' },
};

test('creates missing configurations, and only reads correct ones', async () => {
  const { client, calls, objects } = createGarden();
  assert.deepEqual(await ensureConfigurations(client, configurations()), [
    'created ValidatingWebhookConfiguration gardener-extension-admission-cilium',
    'created MutatingWebhookConfiguration gardener-extension-admission-cilium',
  ]);
  assert.deepEqual([objects.get(validator), objects.get(mutator)], configurations());
  calls.length = 0;
  assert.deepEqual(await ensureConfigurations(client, configurations()), []);
  assert.deepEqual(calls, [`get ${validator}`, `get ${mutator}`]);
});

const edits: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  'another failurePolicy': (object) => withWebhook(object, { failurePolicy: 'Ignore' }),
  'a namespaceSelector': (object) => withWebhook(object, { namespaceSelector: { matchLabels: { a: 'b' } } }),
  'a matchCondition': (object) => withWebhook(object, { matchConditions: [{ name: 'never', expression: 'false' }] }),
  'another clientConfig': (object) => withWebhook(object, { clientConfig: { url: 'https://evil', caBundle: 'eA==' } }),
  'the removal of all webhooks': (object) => ({ ...object, webhooks: [] }),
  'a second webhook': (object) => ({ ...object, webhooks: [...webhooksOf(object), ...webhooksOf(object)] }),
  'the removal of labels': (object) => ({ ...object, metadata: { ...object.metadata, labels: {} } }),
  'the owner of the former extension': (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Namespace', name: 'extension-networking-cilium', uid: 'u-0' }],
    },
  }),
};
for (const [name, edit] of Object.entries(edits)) {
  test(`reverts ${name}`, async () => {
    const { client, objects } = createGarden();
    const [wanted] = configurations();
    assert.ok(wanted !== undefined);
    objects.set(validator, edit(wanted));
    assert.deepEqual(await ensureConfigurations(client, [wanted]), [`updated ${describeObject(wanted)}`]);
    assert.equal(createMergePatch(objects.get(validator), wanted), undefined);
  });
}

test('retains foreign labels and annotations', async () => {
  const { client, objects } = createGarden();
  const [wanted] = configurations();
  assert.ok(wanted !== undefined);
  const labels = { ...wanted.metadata.labels, team: 'a' };
  objects.set(validator, { ...wanted, metadata: { ...wanted.metadata, labels, annotations: { note: 'b' } } });
  assert.deepEqual(await ensureConfigurations(client, [wanted]), []);
  assert.deepEqual(objects.get(validator)?.metadata.labels, labels);
});

test('a missing owner is an error with instructions', async () => {
  const { client } = createGarden();
  await assert.rejects(readOwner(client, 'gone'), (error: Error) => {
    assert.ok(error instanceof OwnerNotFound);
    assert.match(error.message, /Namespace gone does not exist.*--webhook-config-owner-namespace/);
    return true;
  });
});

test('deletes an existing configuration with its uid as precondition, and only reads a missing one', async () => {
  const { client, calls, objects } = createGarden();
  objects.clear();
  objects.set(mutator, stored);
  objects.set(validator, stored);
  calls.length = 0;
  assert.deepEqual(await removeConfigurations(client, unwanted), [`deleted ${describeObject(stored)}`]);
  assert.deepEqual([...objects.keys()], [validator]);
  assert.deepEqual(calls, [`get ${mutator}`, `delete ${mutator} u-2`]);
  calls.length = 0;
  assert.deepEqual(await removeConfigurations(client, unwanted), []);
  assert.deepEqual(calls, [`get ${mutator}`]);
});

test('tolerates a configuration deleted concurrently', async () => {
  const { client, objects } = createGarden();
  const found = { ...client, find: async () => stored } as unknown as ConfigurationClient;
  assert.deepEqual(await removeConfigurations(found, unwanted), []);
  objects.set(mutator, stored);
  const refused = { ...found, delete: () => Promise.reject(new Error('forbidden')) };
  await assert.rejects(removeConfigurations(refused, unwanted), /forbidden/);
});

test('with a condition, configurations exist only while it is met, with or without a CA bundle', async () => {
  const garden = createGarden();
  const clock = createFakeClock();
  const met = { now: false };
  const condition = { isMet: async () => met.now, removedUnlessMet: unwanted };
  const publisher = publisherFor(garden, clock, createMemoryLogger(), undefined, condition);
  const stop = new AbortController();
  garden.objects.set(mutator, stored);
  const ended = publisher.run(stop.signal);
  await clock.advance(0);
  assert.ok(!garden.objects.has(mutator), 'a new leader checks immediately');

  assert.equal(await publisher.check(), true);
  met.now = true;
  assert.equal(await publisher.check(), false, 'no CA bundle was published yet');
  assert.ok(!garden.objects.has(mutator));
  met.now = false;
  await publisher.publish('one');
  assert.ok(!garden.objects.has(mutator));
  met.now = true;
  assert.equal(await publisher.check(), true);
  assert.ok(garden.objects.has(mutator));
  met.now = false;
  await clock.advance(300_000);
  assert.ok(!garden.objects.has(mutator), 'checked every five minutes');
  met.now = true;
  await clock.advance(300_000);
  assert.ok(garden.objects.has(mutator));

  stop.abort();
  await ended;
});

test('a condition that throws changes nothing', async () => {
  const garden = createGarden();
  const condition = { isMet: () => Promise.reject(new Error('connection refused')), removedUnlessMet: unwanted };
  const publisher = publisherFor(garden, createFakeClock(), createMemoryLogger(), undefined, condition);
  garden.objects.set(mutator, stored);
  await assert.rejects(publisher.publish('one'), /connection refused/);
  await assert.rejects(publisher.check(), /connection refused/);
  assert.deepEqual(garden.calls, []);
});

test('run checks every five minutes, and retries failures sooner', async () => {
  const garden = createGarden();
  const clock = createFakeClock();
  const log = createMemoryLogger();
  const publisher = publisherFor(garden, clock, log);
  const stop = new AbortController();
  const ended = publisher.run(stop.signal);
  const roundsIn = async (ms: number): Promise<number> => rounds(garden, clock, ms);
  assert.equal(await roundsIn(300_000), 0, 'nothing is published yet');

  await publisher.publish('one');
  assert.equal(caOf(garden), 'b25l');
  assert.equal(await roundsIn(299_000), 1);
  assert.equal(await roundsIn(1_000), 1);

  await publisher.publish('two');
  assert.equal(caOf(garden), 'dHdv');
  const edited = garden.objects.get(validator);
  assert.ok(edited !== undefined);
  garden.objects.set(validator, withWebhook(edited, { failurePolicy: 'Ignore' }));
  assert.equal(await roundsIn(300_000), 2);
  assert.deepEqual(webhooksOf(garden.objects.get(validator)), webhooksOf(configurations({ caBundle: 'dHdv' })[0]));

  garden.broken = true;
  await assert.rejects(publisher.publish('three'), /connection refused/);
  assert.equal(await roundsIn(300_000), 2);
  assert.equal(await roundsIn(1_000), 1);
  assert.equal(await roundsIn(2_000), 1);
  assert.ok(log.lines.some(({ level }) => level === 'error'));
  garden.broken = false;
  assert.equal(await roundsIn(4_000), 1);
  assert.equal(caOf(garden), 'dGhyZWU=', 'a failed publication is retried');

  stop.abort();
  await ended;
  assert.equal(clock.timers, 0);
});

test('of two concurrent publications the second one prevails', async () => {
  const garden = createGarden();
  const publisher = publisherFor(garden, createFakeClock(), createMemoryLogger());
  await Promise.all([publisher.publish('one'), publisher.publish('two')]);
  assert.equal(caOf(garden), 'dHdv');
  assert.equal(
    garden.calls.filter((call) => call.startsWith('create')).length,
    2,
    'each configuration is created once',
  );
});

test('leftovers are checked every 30 s until none exist, and never delay a publication', async () => {
  const garden = createGarden();
  const clock = createFakeClock();
  const log = createMemoryLogger();
  const results: readonly (boolean | Error)[] = [true, new Error('forbidden'), true, false, false];
  const looked: number[] = [];
  const publisher = createPublisher({
    client: garden.client,
    ownerNamespace: undefined,
    configurations: ({ caBundle }) => configurations({ caBundle, uid: null }),
    removeLeftovers: async () => {
      const result = results[looked.push(clock.monotonic()) - 1];
      if (result instanceof Error) throw result;
      return result ?? false;
    },
    clock,
    random: () => 0.5,
    log,
  });
  const stop = new AbortController();
  const ended = publisher.run(stop.signal);
  const start = clock.monotonic();
  await publisher.publish('one');
  await clock.advance(700_000);
  assert.deepEqual(
    looked.map((at) => at - start),
    [0, 30_000, 60_000, 90_000, 390_000, 690_000],
  );
  assert.deepEqual(
    log.lines.filter(({ level }) => level === 'error').map(({ message }) => message),
    ['Failed to remove leftover webhook configurations'],
  );
  stop.abort();
  await ended;
  assert.equal(clock.timers, 0);
});

test('without an owner namespace it reads no namespace and sets no owner', async () => {
  const garden = createGarden();
  const publisher = publisherFor(garden, createFakeClock(), createMemoryLogger(), null);
  await publisher.publish('one');
  assert.ok(!garden.calls.some((call) => call.includes('namespaces')));
  assert.equal(garden.objects.get(validator)?.metadata.ownerReferences, undefined);
});

function publisherFor(
  { client }: Garden,
  clock: FakeClock,
  ...[log, ownerNamespace = 'extension-networking', condition]: readonly [Logger, (string | null)?, Condition?]
): Publisher {
  return createPublisher({
    client,
    ownerNamespace: ownerNamespace ?? undefined,
    configurations: ({ caBundle, owner }) =>
      configurations({ caBundle, ...(owner === undefined ? { uid: null } : owner) }),
    ...(condition && { condition }),
    clock,
    random: () => 0.5,
    log,
  });
}

/** Returns how often the owner was read since the last call; each check reads it once. */
async function rounds({ calls }: Garden, clock: FakeClock, ms: number): Promise<number> {
  await clock.advance(ms);
  const seen = calls.splice(0);
  return seen.filter((call) => call === 'get namespaces/extension-networking').length;
}

function caOf({ objects }: Garden): unknown {
  const [webhook] = webhooksOf(objects.get(validator)) as readonly {
    readonly clientConfig: { readonly caBundle: string };
  }[];
  return webhook?.clientConfig.caBundle;
}

function webhooksOf(object: KubeObject | undefined): readonly object[] {
  return (object?.['webhooks'] ?? []) as readonly object[];
}

function withWebhook(object: KubeObject, change: object): KubeObject {
  return { ...object, webhooks: webhooksOf(object).map((webhook) => ({ ...webhook, ...change })) };
}
