import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { ApiError, isConflict, isForbidden } from '../../pkg/kubernetes/client/errors.ts';
import { fromPlain } from '../../pkg/templates/render.ts';
import { watchedClient } from '../../test/scenarios/support/faults.ts';
import { begun } from '../../test/scenarios/support/seed.ts';
import { bundle as bundler } from '../../test/scenarios/support/world.ts';
import { cases } from '../../test/support/cases.ts';
import { resources } from '../resources.ts';
import { allDone, applyChanges, deleteObject } from './apply.ts';
import type { Change, Changes } from './changes.ts';
import { Outdated } from './outdated.ts';

const namespace = 'shoot--foo--bar';
const collectable = { 'resources.gardener.cloud/garbage-collectable-reference': 'true' };
const bundle = bundler({
  namespace,
  plan: {
    name: 'extension-networking-calico-config',
    origin: 'extension-networking-calico',
    parts: [{ key: 'config.yaml', objects: [fromPlain(configMap('x'))] }],
  },
});
const wanted = bundle.secret();
const name = 'managedresource-extension-networking-calico-config-<hash>';

suite('the Secret', () => {
  interface Row {
    /** What is in the seed under the wanted name. */
    readonly stored?: object;
    /** Whether the run has read it. */
    readonly read: boolean;
    readonly writes: readonly string[];
  }
  const other = { data: { 'config.yaml.br': Buffer.from('other').toString('base64') } };
  const unlabelled = { metadata: { ...wanted.metadata, labels: { 'example.com/theirs': 'x' } } };
  cases<Row>(
    {
      'is made': { read: false, writes: [`create Secret ${name}`] },
      'was there, unread, as it must be': {
        stored: {},
        read: false,
        writes: [`create Secret ${name} -> AlreadyExists`],
      },
      'was there, unread, with other content': {
        stored: other,
        read: false,
        writes: [`create Secret ${name} -> AlreadyExists`, `delete Secret ${name}`, `create Secret ${name}`],
      },
      'was there, unread, without the label': {
        stored: unlabelled,
        read: false,
        writes: [`create Secret ${name} -> AlreadyExists`, `patch Secret ${name}`],
      },
      'was read with other content': {
        stored: other,
        read: true,
        writes: [`delete Secret ${name}`, `create Secret ${name}`],
      },
      'was read without the label': { stored: unlabelled, read: true, writes: [`patch Secret ${name}`] },
    },
    async ({ stored, read, writes }) => {
      const { client, get } = await emptySeed();
      if (stored !== undefined) await client.create({ resource: resources.secrets, object: { ...wanted, ...stored } });
      const watched = watchedClient(client);
      const secret = read ? await get(wanted) : undefined;
      await applyChanges({ client: watched.client, changes: { secrets: [{ bundle, secret }], rest: [] } });
      assert.deepEqual(watched.writes, writes);
      const present = await get(wanted);
      assert.ok(present !== undefined && bundle.isIn(present));
      assert.equal(present['immutable'], true);
      const labels = stored === unlabelled ? { ...unlabelled.metadata.labels, ...collectable } : collectable;
      assert.deepEqual(present.metadata.labels, labels);
    },
  );

  test('that changed since it was read is not touched', async () => {
    const { client, get } = await emptySeed();
    const unlabelledSecret = { ...wanted, metadata: { name: wanted.metadata.name, namespace } };
    await client.create({ resource: resources.secrets, object: unlabelledSecret });
    const secret = await get(wanted);
    const patch = { metadata: { labels: { more: 'x' } } };
    await client.mergePatch({ resource: resources.secrets, namespace, name: wanted.metadata.name, patch });
    const changes: Changes = { secrets: [{ bundle, secret }], rest: [] };
    await assert.rejects(applyChanges({ client, changes }), isConflict);
  });

  test('is there before anything refers to it, also when it fails', async () => {
    const { client, get } = await emptySeed();
    const { client: watched, writes } = watchedClient(client, { at: 1, kind: 'refused', code: 403 });
    const rest: readonly Change[] = [{ verb: 'create', object: bundle.managedResource }];
    const changes: Changes = { secrets: [{ bundle, secret: undefined }], rest };
    await assert.rejects(applyChanges({ client: watched, changes }), isForbidden);
    assert.deepEqual(writes, [`create Secret ${name} -> Forbidden`]);
    await applyChanges({ client: watchedClient(client).client, changes });
    assert.ok((await get(bundle.managedResource)) !== undefined);
  });
});

suite('the rest', () => {
  test('is made, replaced and deleted', async () => {
    const { client, get } = await emptySeed();
    await client.create({ resource: resources.configMaps, object: configMap('a', { old: 'x' }) });
    await client.create({ resource: resources.configMaps, object: configMap('b') });
    const [a, b] = [await get(configMap('a')), await get(configMap('b'))];
    assert.ok(a !== undefined && b !== undefined);
    await apply(client, [
      { verb: 'replace', object: { ...a, data: { new: 'x' } } },
      { verb: 'delete', object: b },
      { verb: 'create', object: configMap('c') },
    ]);
    assert.deepEqual((await get(a))?.['data'], { new: 'x' });
    assert.equal(await get(b), undefined);
    assert.ok((await get(configMap('c'))) !== undefined);
  });

  test('that somebody made in the meantime is looked at again', async () => {
    const { client } = await emptySeed();
    await client.create({ resource: resources.configMaps, object: configMap('a') });
    await assert.rejects(apply(client, [{ verb: 'create', object: configMap('a') }]), Outdated);
  });

  test('that somebody changed in the meantime is a conflict', async () => {
    const { client, get } = await emptySeed();
    await client.create({ resource: resources.configMaps, object: configMap('a') });
    const read = await get(configMap('a'));
    assert.ok(read !== undefined);
    const patch = { data: { theirs: 'x' } };
    await client.mergePatch({ resource: resources.configMaps, namespace, name: 'a', patch });
    await assert.rejects(apply(client, [{ verb: 'replace', object: read }]), isConflict);
    assert.deepEqual((await get(read))?.['data'], { theirs: 'x' });
  });

  test('of a kind that nobody gave us a right for is a defect', async () => {
    const { client } = await emptySeed();
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace } };
    await assert.rejects(apply(client, [{ verb: 'create', object }]), /objects of kind Pod are not written/);
  });
});

suite('a deletion', () => {
  test('of what is gone is done', async () => {
    const { client } = await emptySeed();
    await deleteObject(client, configMap('a'));
  });

  test('does not hit a new object of the name', async () => {
    const { client, get } = await emptySeed();
    await client.create({ resource: resources.configMaps, object: configMap('a') });
    const read = await get(configMap('a'));
    assert.ok(read !== undefined);
    await deleteObject(client, read);
    await client.create({ resource: resources.configMaps, object: configMap('a') });
    await assert.rejects(deleteObject(client, read), isConflict);
    assert.ok((await get(read)) !== undefined);
  });

  test('that fails otherwise is a failure', async () => {
    const { client } = await emptySeed();
    const { client: watched } = watchedClient(client, { at: 1, kind: 'refused', code: 403 });
    await assert.rejects(deleteObject(watched, configMap('a')), isForbidden);
  });
});

test('no write is on its way when a failure is told, and the first of the list is', async () => {
  const first = new ApiError({ verb: 'create', path: '/first', code: 500, now: 0 });
  const second = new ApiError({ verb: 'create', path: '/second', code: 500, now: 0 });
  let ended = 0;
  const late = async (turns: number, failure?: Error): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    ended += 1;
    if (failure !== undefined) throw failure;
  };
  await assert.rejects(allDone([late(20), late(10, first), late(1, second), late(30)]), first);
  assert.equal(ended, 4);
});

async function apply(client: KubeClient, rest: readonly Change[]): Promise<void> {
  await applyChanges({ client, changes: { secrets: [], rest } });
}

interface EmptySeed {
  readonly client: KubeClient;
  /** What is stored under the kind and name of this. */
  readonly get: (object: KubeObject) => Promise<KubeObject | undefined>;
}

async function emptySeed(): Promise<EmptySeed> {
  const expected = { reason: undefined, results: [], writes: [], network: 'gone', objects: [] } as const;
  const { world } = await begun({ given: [], expected });
  const places: Readonly<Record<string, (typeof resources)[keyof typeof resources]>> = {
    Secret: resources.secrets,
    ConfigMap: resources.configMaps,
    ManagedResource: resources.managedResources,
  };
  return {
    client: world.client,
    get: async ({ kind, metadata }) => {
      const resource = places[kind];
      assert.ok(resource !== undefined);
      return world.client.find({ resource, namespace, name: metadata.name });
    },
  };
}

function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}
