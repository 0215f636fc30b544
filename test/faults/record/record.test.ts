import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import {
  managedResource,
  managedResourceName,
  namespace,
  network,
  removed,
  revisions,
  secret,
} from '../invariants/testing.ts';
import type { CommittedWrite } from '../proxy/faults.ts';
import { parseRequest } from '../proxy/request.ts';
import { attribute } from './attribute.ts';
import { keyText, parseKey, type StoredObject } from './revision.ts';
import { differences, snapshot } from './snapshot.ts';

test('keys of etcd name resource, namespace and object', () => {
  assert.deepEqual(parseKey('/registry/extensions.gardener.cloud/networks/n/x'), {
    resource: 'networks',
    namespace: 'n',
    name: 'x',
  });
  assert.deepEqual(parseKey('/registry/secrets/n/x'), { resource: 'secrets', namespace: 'n', name: 'x' });
  assert.deepEqual(parseKey('/registry/extensions.gardener.cloud/clusters/n'), {
    resource: 'clusters',
    namespace: '',
    name: 'n',
  });
  assert.equal(parseKey('/registry/pods/n/x'), undefined);
});

suite('writers', () => {
  const write = (method: string, path: string, more: Partial<CommittedWrite>): CommittedWrite => ({
    writer: 'one',
    request: parseRequest(method, `/apis/g/v1/namespaces/${namespace}/${path}`),
    resourceVersion: undefined,
    name: path.split('/')[1],
    at: 0,
    ...more,
  });
  const unattributed = (changes: Parameters<typeof revisions>[0]) =>
    revisions(changes).map((one) => ({ ...one, writer: undefined }));

  test('a revision belongs to the write with its version', () => {
    const found = attribute(unattributed([managedResource(), managedResource()]), [
      write('PUT', `managedresources/${managedResourceName}`, { resourceVersion: '2' }),
    ]);
    assert.deepEqual(
      found.map(({ writer }) => writer),
      [undefined, 'one'],
    );
  });

  test('a request has removed the object at the deletion nearest in time, another deletion is somebody else’s', () => {
    const changes = [managedResource(), removed(managedResource()), managedResource(), removed(managedResource())];
    const found = attribute(unattributed(changes), [
      write('DELETE', `managedresources/${managedResourceName}`, { at: 3 }),
    ]);
    assert.deepEqual(
      found.map(({ writer }) => writer),
      [undefined, undefined, undefined, 'one'],
    );
  });

  test('a deletion by somebody else long after ours is not ours', () => {
    const [only] = unattributed([removed(managedResource())]);
    assert.ok(only !== undefined);
    const found = attribute(
      [{ ...only, at: 60_000 }],
      [write('DELETE', `managedresources/${managedResourceName}`, { at: 0 })],
    );
    assert.equal(found[0]?.writer, undefined);
  });

  test('a patch whose response has the version of another patch has removed the object', () => {
    const status = write('PATCH', 'networks/f1', { resourceVersion: '1' });
    const found = attribute(unattributed([network({}), removed(network({}))]), [status, { ...status, writer: 'two' }]);
    assert.deepEqual(
      found.map(({ writer }) => writer),
      ['one', 'two'],
    );
  });
});

suite('snapshots', () => {
  function take(changes: Parameters<typeof revisions>[0], own?: ReadonlySet<string>) {
    const state = new Map<string, StoredObject>();
    for (const one of revisions(changes)) if (one.object !== undefined) state.set(keyText(one), one.object);
    return snapshot({ state, namespace, name: 'f1', ...(own === undefined ? {} : { ignored: own }) });
  }

  test('hashes, times and operations make no difference, content does', () => {
    const other = managedResource([`managedresource-${managedResourceName}-ffffffff`]);
    const one = take([network({ state: 'Succeeded', type: 'Create' }), managedResource(), secret()]);
    const two = take([
      network({ state: 'Succeeded' }),
      other,
      secret('mtu: 1500', `managedresource-${managedResourceName}-ffffffff`),
    ]);
    assert.deepEqual(differences(two, one), []);
    const restarted = (time: string) =>
      take([secret(`{"annotations":{"x/typha-restarted-at":"2026-11-30T21:${time}Z"}}`), managedResource()]);
    assert.deepEqual(differences(restarted('18:58'), restarted('10:14')), []);
    const three = take([network({ state: 'Succeeded' }), managedResource(), secret('mtu: 1440')]);
    assert.match(differences(three, one).join(), /^secrets managedresource-.*mtu: 1440.* instead of .*mtu: 1500/);
  });

  test('what is missing and what is left over is named', () => {
    const whole = take([managedResource(), secret()]);
    assert.deepEqual(differences(take([secret()]), whole), [
      `managedresources ${managedResourceName} is missing`,
      `secrets managedresource-${managedResourceName}-<hash> is missing`,
    ]);
    assert.deepEqual(
      differences(whole, {}).map((text) => text.slice(-9)),
      ['left over', 'left over'],
    );
  });

  test('a Secret that nothing refers to is the garbage collector’s, unless it is not marked for it', () => {
    assert.deepEqual(take([secret()]), {});
    const unmarked = { resource: 'secrets', name: 's', object: { kind: 'Secret', metadata: { name: 's' } } };
    assert.deepEqual(Object.keys(take([unmarked])), ['secrets s']);
    assert.deepEqual(take([unmarked], new Set(['secrets s'])), {});
  });

  test('compressed data is compared as text, and what cannot be decompressed is no error', () => {
    const compressed = (quality: number): StoredObject => ({
      kind: 'Secret',
      metadata: { name: 's' },
      data: { 'a.br': brotliCompressSync('text'.repeat(100), { params: { 1: quality } }).toString('base64') },
    });
    const of = (object: StoredObject) => take([{ resource: 'secrets', name: 's', object }]);
    assert.deepEqual(of(compressed(1)), of(compressed(9)));
    assert.match(of({ ...compressed(1), data: { 'a.br': 'AAAA' } })['secrets s'] ?? '', /cannot be decompressed/);
  });
});
