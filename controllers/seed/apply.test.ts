import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { ApiError, isConflict, isForbidden } from '../../pkg/kubernetes/client/errors.ts';
import { fromPlain } from '../../pkg/templates/render.ts';
import { createFakeClock } from '../../test/doubles/fakeclock.ts';
import { createRecordingClient } from '../../test/scenarios/support/faults.ts';
import { buildResource } from '../../test/scenarios/support/runner.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { cases } from '../../test/support/cases.ts';
import { resources } from '../resources.ts';
import { applyChanges, deleteObject, waitForAll } from './apply.ts';
import type { Change, Changes } from './changes.ts';
import { Outdated } from './outdated.ts';

const namespace = 'shoot--foo--bar';
const clock = createFakeClock();
const collectable = { 'resources.gardener.cloud/garbage-collectable-reference': 'true' };
const rendered = buildResource({
  namespace,
  plan: {
    name: 'extension-networking-calico-config',
    origin: 'extension-networking-calico',
    parts: [{ key: 'config.yaml', objects: [fromPlain(configMap('x'))] }],
  },
});
const wanted = rendered.secret();
const name = 'managedresource-extension-networking-calico-config-<hash>';

suite('a Secret', () => {
  interface Row {
    /** What differs in the stored Secret of the wanted name; undefined when there is none. */
    readonly difference?: object;
    /** Whether the run has read it. */
    readonly read: boolean;
    readonly writes: readonly string[];
  }
  const other = { data: { 'config.yaml.br': Buffer.from('other').toString('base64') } };
  const unlabelled = { metadata: { ...wanted.metadata, labels: { 'example.com/theirs': 'x' } } };
  cases<Row>(
    {
      'is created': { read: false, writes: [`create Secret ${name}`] },
      'is kept when it exists unread with the wanted content': {
        difference: {},
        read: false,
        writes: [`create Secret ${name} -> AlreadyExists`],
      },
      'is replaced when it exists unread with other content': {
        difference: other,
        read: false,
        writes: [`create Secret ${name} -> AlreadyExists`, `delete Secret ${name}`, `create Secret ${name}`],
      },
      'gets the label when it exists unread without it': {
        difference: unlabelled,
        read: false,
        writes: [`create Secret ${name} -> AlreadyExists`, `patch Secret ${name}`],
      },
      'is replaced when it was read with other content': {
        difference: other,
        read: true,
        writes: [`delete Secret ${name}`, `create Secret ${name}`],
      },
      'gets the label when it was read without it': {
        difference: unlabelled,
        read: true,
        writes: [`patch Secret ${name}`],
      },
    },
    async ({ difference, read, writes }) => {
      const { client, get } = await emptySeed();
      if (difference !== undefined)
        await client.create({ resource: resources.secrets, object: { ...wanted, ...difference } });
      const watched = createRecordingClient(client);
      const stored = read ? await get(wanted) : undefined;
      await applyChanges({ client: watched.client, clock, changes: { secrets: [{ rendered, stored }], objects: [] } });
      assert.deepEqual(watched.writes, writes);
      const present = await get(wanted);
      assert.ok(present !== undefined && rendered.matches(present));
      assert.equal(present['immutable'], true);
      const labels = difference === unlabelled ? { ...unlabelled.metadata.labels, ...collectable } : collectable;
      assert.deepEqual(present.metadata.labels, labels);
    },
  );

  test('a Secret that changed since it was read is not patched', async () => {
    const { client, get } = await emptySeed();
    const unlabelledSecret = { ...wanted, metadata: { name: wanted.metadata.name, namespace } };
    await client.create({ resource: resources.secrets, object: unlabelledSecret });
    const stored = await get(wanted);
    const patch = { metadata: { labels: { more: 'x' } } };
    await client.mergePatch({ resource: resources.secrets, namespace, name: wanted.metadata.name, patch });
    const changes: Changes = { secrets: [{ rendered, stored }], objects: [] };
    await assert.rejects(applyChanges({ client, clock, changes }), isConflict);
  });

  test('a Secret is written before the objects that refer to it, which are not written when it fails', async () => {
    const { client, get } = await emptySeed();
    const { client: watched, writes } = createRecordingClient(client, { at: 1, kind: 'refused', code: 403 });
    const objects: readonly Change[] = [{ verb: 'create', object: rendered.managedResource }];
    const changes: Changes = { secrets: [{ rendered, stored: undefined }], objects };
    await assert.rejects(applyChanges({ client: watched, clock, changes }), isForbidden);
    assert.deepEqual(writes, [`create Secret ${name} -> Forbidden`]);
    await applyChanges({ client: createRecordingClient(client).client, clock, changes });
    assert.ok((await get(rendered.managedResource)) !== undefined);
  });
});

suite('applyChanges', () => {
  test('applyChanges creates, replaces and deletes objects', async () => {
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

  test('creating an object that exists throws Outdated', async () => {
    const { client } = await emptySeed();
    await client.create({ resource: resources.configMaps, object: configMap('a') });
    await assert.rejects(apply(client, [{ verb: 'create', object: configMap('a') }]), Outdated);
  });

  test('replacing an object that has changed throws a Conflict', async () => {
    const { client, get } = await emptySeed();
    await client.create({ resource: resources.configMaps, object: configMap('a') });
    const read = await get(configMap('a'));
    assert.ok(read !== undefined);
    const patch = { data: { theirs: 'x' } };
    await client.mergePatch({ resource: resources.configMaps, namespace, name: 'a', patch });
    await assert.rejects(apply(client, [{ verb: 'replace', object: read }]), isConflict);
    assert.deepEqual((await get(read))?.['data'], { theirs: 'x' });
  });

  test('replacing an object without the resourceVersion that was read is a defect', async () => {
    const { client, get } = await emptySeed();
    await client.create({ resource: resources.configMaps, object: configMap('a', { theirs: 'x' }) });
    const replacement: Change = { verb: 'replace', object: configMap('a') };
    await assert.rejects(apply(client, [replacement]), /without the resourceVersion that was read/);
    assert.deepEqual((await get(configMap('a')))?.['data'], { theirs: 'x' });
  });

  test('a kind without a permission in RBAC is a defect', async () => {
    const { client } = await emptySeed();
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace } };
    await assert.rejects(apply(client, [{ verb: 'create', object }]), /objects of kind Pod are not written/);
  });
});

suite('deleteObject', () => {
  test('deleteObject treats NotFound as success', async () => {
    const { client } = await emptySeed();
    await deleteObject(client, configMap('a'));
  });

  test('deleteObject does not delete a new object of the same name', async () => {
    const { client, get } = await emptySeed();
    await client.create({ resource: resources.configMaps, object: configMap('a') });
    const read = await get(configMap('a'));
    assert.ok(read !== undefined);
    await deleteObject(client, read);
    await client.create({ resource: resources.configMaps, object: configMap('a') });
    await assert.rejects(deleteObject(client, read), isConflict);
    assert.ok((await get(read)) !== undefined);
  });

  test('deleteObject does not delete a Secret that changed since it was read', async () => {
    const { client, get } = await emptySeed();
    await client.create({ resource: resources.secrets, object: wanted });
    const read = await get(wanted);
    assert.ok(read !== undefined);
    const patch = { metadata: { labels: { theirs: 'x' } } };
    await client.mergePatch({ resource: resources.secrets, namespace, name: wanted.metadata.name, patch });
    await assert.rejects(deleteObject(client, read), isConflict);
    assert.ok((await get(wanted)) !== undefined);
  });

  test('deleteObject throws every failure but NotFound', async () => {
    const { client } = await emptySeed();
    const { client: watched } = createRecordingClient(client, { at: 1, kind: 'refused', code: 403 });
    await assert.rejects(deleteObject(watched, configMap('a')), isForbidden);
  });
});

test('waitForAll waits for every write, then throws the failure that is first in the list', async () => {
  const first = new ApiError({ verb: 'create', path: '/first', code: 500, now: 0 });
  const second = new ApiError({ verb: 'create', path: '/second', code: 500, now: 0 });
  let ended = 0;
  const late = async (turns: number, failure?: Error): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    ended += 1;
    if (failure !== undefined) throw failure;
  };
  await assert.rejects(waitForAll([late(20), late(10, first), late(1, second), late(30)]), first);
  assert.equal(ended, 4);
});

async function apply(client: KubeClient, objects: readonly Change[]): Promise<void> {
  await applyChanges({ client, clock, changes: { secrets: [], objects } });
}

interface EmptySeed {
  readonly client: KubeClient;
  /** Reads the stored object with the kind and name of this one. */
  readonly get: (object: KubeObject) => Promise<KubeObject | undefined>;
}

async function emptySeed(): Promise<EmptySeed> {
  const expected = { reason: undefined, results: [], writes: [], network: 'gone', objects: [] } as const;
  const { world } = await startScenario({ given: [], expected });
  const byKind: Readonly<Record<string, (typeof resources)[keyof typeof resources]>> = {
    Secret: resources.secrets,
    ConfigMap: resources.configMaps,
    ManagedResource: resources.managedResources,
  };
  return {
    client: world.client,
    get: async ({ kind, metadata }) => {
      const resource = byKind[kind];
      assert.ok(resource !== undefined);
      return world.client.find({ resource, namespace, name: metadata.name });
    },
  };
}

function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}
