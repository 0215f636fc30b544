import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../pkg/clock/clock.ts';
import { createMergePatch } from '../../pkg/gardener/merge-patch.ts';
import { describeObject, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { DeleteInput, PatchInput } from '../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../pkg/kubernetes/client/errors.ts';
import { createFakeClock, createMemoryLogger, type FakeClock } from '../../test/doubles/fakeclock.ts';
import { webhookConfigurations, webhookKinds } from '../admission/configurations.ts';
import {
  type ConfigurationClient,
  ensureConfigurations,
  OwnerMissing,
  ownerOf,
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

/** A virtual garden in memory; merge patches are of top-level members and labels only, as ours are. */
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
      if (!objects.delete(key)) throw notFound;
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
const notFound = new ApiError({
  verb: 'delete',
  path: '/',
  code: 404,
  status: { kind: 'Status', reason: 'NotFound' },
  now: 0,
});
const unwanted = [
  { kind: 'MutatingWebhookConfiguration', metadata: { name: 'gardener-extension-admission-cilium' } },
] as const;
const stored = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  ...unwanted[0],
  metadata: { ...unwanted[0].metadata, uid: 'u-2' },
};

test('what is missing is created, what is right is only read', async () => {
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
  'another policy': (object) => withWebhook(object, { failurePolicy: 'Ignore' }),
  'a selector of namespaces': (object) => withWebhook(object, { namespaceSelector: { matchLabels: { a: 'b' } } }),
  'a condition': (object) => withWebhook(object, { matchConditions: [{ name: 'never', expression: 'false' }] }),
  'another authority': (object) => withWebhook(object, { clientConfig: { url: 'https://evil', caBundle: 'eA==' } }),
  'no webhooks': (object) => ({ ...object, webhooks: [] }),
  'a second webhook': (object) => ({ ...object, webhooks: [...webhooksOf(object), ...webhooksOf(object)] }),
  'no label': (object) => ({ ...object, metadata: { ...object.metadata, labels: {} } }),
  'the owner of the extension before': (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Namespace', name: 'extension-networking-cilium', uid: 'u-0' }],
    },
  }),
};
for (const [name, edit] of Object.entries(edits)) {
  test(`taken back: ${name}`, async () => {
    const { client, objects } = createGarden();
    const [wanted] = configurations();
    assert.ok(wanted !== undefined);
    objects.set(validator, edit(wanted));
    assert.deepEqual(await ensureConfigurations(client, [wanted]), [`updated ${describeObject(wanted)}`]);
    assert.equal(createMergePatch(objects.get(validator), wanted), undefined);
  });
}

test('labels and annotations of others stay', async () => {
  const { client, objects } = createGarden();
  const [wanted] = configurations();
  assert.ok(wanted !== undefined);
  const labels = { ...wanted.metadata.labels, team: 'a' };
  objects.set(validator, { ...wanted, metadata: { ...wanted.metadata, labels, annotations: { note: 'b' } } });
  assert.deepEqual(await ensureConfigurations(client, [wanted]), []);
  assert.deepEqual(objects.get(validator)?.metadata.labels, labels);
});

test('an owner that is not there is an error that says what to do', async () => {
  const { client } = createGarden();
  await assert.rejects(ownerOf(client, 'gone'), (error: Error) => {
    assert.ok(error instanceof OwnerMissing);
    assert.match(error.message, /Namespace gone is not there.*--webhook-config-owner-namespace/);
    return true;
  });
});

test('what is not wanted is deleted, that one and no successor, and what is not there is only looked for', async () => {
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

test('somebody else was faster: gone is gone', async () => {
  const { client, objects } = createGarden();
  const found = { ...client, find: async () => stored } as unknown as ConfigurationClient;
  assert.deepEqual(await removeConfigurations(found, unwanted), []);
  objects.set(mutator, stored);
  const refused = { ...found, delete: () => Promise.reject(new Error('forbidden')) };
  await assert.rejects(removeConfigurations(refused, unwanted), /forbidden/);
});

test('under a condition: there while it is met, and gone otherwise, with or without a bundle', async () => {
  const garden = createGarden();
  const clock = createFakeClock();
  const met = { now: false };
  const condition = { isMet: async () => met.now, otherwiseGone: unwanted };
  const publisher = publisherFor(garden, clock, createMemoryLogger(), undefined, condition);
  const stop = new AbortController();
  garden.objects.set(mutator, stored);
  const ended = publisher.keep(stop.signal);
  await clock.advance(0);
  assert.ok(!garden.objects.has(mutator), 'a new leader looks at once');

  assert.equal(await publisher.check(), true);
  met.now = true;
  assert.equal(await publisher.check(), false, 'there is no bundle to make it with');
  assert.ok(!garden.objects.has(mutator));
  met.now = false;
  await publisher.publish('one');
  assert.ok(!garden.objects.has(mutator));
  met.now = true;
  assert.equal(await publisher.check(), true);
  assert.ok(garden.objects.has(mutator));
  met.now = false;
  await clock.advance(300_000);
  assert.ok(!garden.objects.has(mutator), 'looked at every five minutes');
  met.now = true;
  await clock.advance(300_000);
  assert.ok(garden.objects.has(mutator));

  stop.abort();
  await ended;
});

test('a condition that cannot be judged changes nothing', async () => {
  const garden = createGarden();
  const condition = { isMet: () => Promise.reject(new Error('connection refused')), otherwiseGone: unwanted };
  const publisher = publisherFor(garden, createFakeClock(), createMemoryLogger(), undefined, condition);
  garden.objects.set(mutator, stored);
  await assert.rejects(publisher.publish('one'), /connection refused/);
  await assert.rejects(publisher.check(), /connection refused/);
  assert.deepEqual(garden.calls, []);
});

test('kept: looked at every five minutes; failures are tried again sooner', async () => {
  const garden = createGarden();
  const clock = createFakeClock();
  const log = createMemoryLogger();
  const publisher = publisherFor(garden, clock, log);
  const stop = new AbortController();
  const ended = publisher.keep(stop.signal);
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
  assert.equal(caOf(garden), 'dGhyZWU=', 'what could not be published is, later');

  stop.abort();
  await ended;
  assert.equal(clock.timers, 0);
});

test('two bundles at the same time end with the second one', async () => {
  const garden = createGarden();
  const publisher = publisherFor(garden, createFakeClock(), createMemoryLogger());
  await Promise.all([publisher.publish('one'), publisher.publish('two')]);
  assert.equal(caOf(garden), 'dHdv');
  assert.equal(garden.calls.filter((call) => call.startsWith('create')).length, 2, 'no race to create');
});

test('what is left is looked at after half a minute, every five minutes once nothing is, and never keeps a bundle up', async () => {
  const garden = createGarden();
  const clock = createFakeClock();
  const log = createMemoryLogger();
  const answers: readonly (boolean | Error)[] = [true, new Error('forbidden'), true, false, false];
  const looked: number[] = [];
  const publisher = createPublisher({
    client: garden.client,
    ownerNamespace: undefined,
    configurations: ({ caBundle }) => configurations({ caBundle, uid: null }),
    removeLeftovers: async () => {
      const answer = answers[looked.push(clock.monotonic()) - 1];
      if (answer instanceof Error) throw answer;
      return answer ?? false;
    },
    clock,
    random: () => 0.5,
    log,
  });
  const stop = new AbortController();
  const ended = publisher.keep(stop.signal);
  const start = clock.monotonic();
  await publisher.publish('one');
  await clock.advance(700_000);
  assert.deepEqual(
    looked.map((at) => at - start),
    [0, 30_000, 60_000, 90_000, 390_000, 690_000],
  );
  assert.deepEqual(
    log.lines.filter(({ level }) => level === 'error').map(({ message }) => message),
    ['Webhook configurations that nobody answers could not be removed'],
  );
  stop.abort();
  await ended;
  assert.equal(clock.timers, 0);
});

test('without an owner no namespace is read, and an owner is left alone', async () => {
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

/** How often the owner was read since the last time, which begins each round. */
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
