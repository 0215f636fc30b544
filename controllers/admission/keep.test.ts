import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergePatchOf } from '../../pkg/gardener/merge-patch.ts';
import { describeObject, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { PatchInput } from '../../pkg/kubernetes/client.ts';
import { createFakeClock, createMemoryLogger, type FakeClock } from '../../pkg/kubernetes/testing/fakeclock.ts';
import { webhookConfigurations, webhookKinds } from './configurations.ts';
import { type ConfigurationClient, ensureConfigurations, OwnerMissing, ownerOf } from './ensure.ts';
import { keepConfigurations, type TrustBundle } from './keep.ts';

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
      objects.set(key, { ...before, ...rest, metadata: { ...before.metadata, ...metadata, labels } } as KubeObject);
      return objects.get(key);
    },
  };
  return Object.assign(garden, { client: client as unknown as ConfigurationClient });
}

const configurations = ({ caBundle = 'Y2E=', uid = 'u-1' } = {}): readonly KubeObject[] =>
  webhookConfigurations({
    types: [{ type: 'cilium', mutates: true }],
    kinds: webhookKinds,
    address: { mode: 'url', host: 'admission.garden' },
    caBundle,
    owner: { name: 'extension-networking', uid },
  });

const validator = 'validatingwebhookconfigurations/gardener-extension-admission-cilium';
const mutator = 'mutatingwebhookconfigurations/gardener-extension-admission-cilium';

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
    assert.equal(mergePatchOf(objects.get(validator), wanted), undefined);
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

test('kept: at once, with each new bundle, every five minutes; failures are tried again sooner', async () => {
  const garden = createGarden();
  const clock = createFakeClock();
  const log = createMemoryLogger();
  const bundle = createBundle();
  const stop = new AbortController();
  const ended = keepConfigurations(
    {
      client: garden.client,
      ownerNamespace: 'extension-networking',
      bundle,
      configurations: ({ caBundle, owner }) => configurations({ caBundle, uid: owner?.uid ?? '' }),
      clock,
      random: () => 0.5,
      log,
    },
    stop.signal,
  );
  const roundsIn = async (ms: number): Promise<number> => rounds(garden, clock, ms);
  assert.equal(await roundsIn(0), 1);
  assert.equal(caOf(garden), 'b25l');
  assert.equal(await roundsIn(299_000), 0);
  assert.equal(await roundsIn(1_000), 1);

  bundle.set('dHdv');
  assert.equal(await roundsIn(0), 1);
  assert.equal(caOf(garden), 'dHdv');

  garden.broken = true;
  bundle.set('dGhyZWU=');
  assert.equal(await roundsIn(0), 1);
  assert.equal(await roundsIn(1_000), 1);
  assert.equal(await roundsIn(2_000), 1);
  assert.ok(log.lines.some(({ level }) => level === 'error'));
  garden.broken = false;
  assert.equal(await roundsIn(4_000), 1);
  assert.equal(caOf(garden), 'dGhyZWU=');

  stop.abort();
  await ended;
  assert.deepEqual([clock.timers, bundle.listeners], [0, 0]);
});

test('a bundle that changes in the middle of a round starts the next one', async () => {
  const garden = createGarden();
  const clock = createFakeClock();
  const bundle = createBundle();
  const stop = new AbortController();
  const find = garden.client.find.bind(garden.client);
  let changed = false;
  const client = {
    ...garden.client,
    find: async (input: Parameters<typeof find>[0]) => {
      if (input.name !== 'extension-networking' && !changed) {
        changed = true;
        bundle.set('dHdv');
      }
      return find(input);
    },
  } as ConfigurationClient;
  const ended = keepConfigurations(
    {
      client,
      ownerNamespace: 'extension-networking',
      bundle,
      configurations: ({ caBundle }) => configurations({ caBundle }),
      clock,
      random: () => 0.5,
      log: createMemoryLogger(),
    },
    stop.signal,
  );
  await clock.advance(0);
  assert.equal(caOf(garden), 'dHdv');
  stop.abort();
  await ended;
});

function createBundle(): TrustBundle & { set(text: string): void; readonly listeners: number } {
  const listeners = new Set<() => void>();
  let text = 'b25l';
  return {
    current: () => text,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (next) => {
      text = next;
      for (const listener of listeners) listener();
    },
    get listeners() {
      return listeners.size;
    },
  };
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
