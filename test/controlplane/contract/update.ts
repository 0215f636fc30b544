import assert from 'node:assert/strict';
import { objectAt } from '../embedded/objects.ts';
import {
  assertStatus,
  type Behaviours,
  changed,
  mergePatch,
  meta,
  network,
  networkStatus,
  readVersion,
} from './world.ts';

/** PUT and PATCH, of objects and of their status. */
export const updates: Behaviours = {
  'PUT with the current version replaces the content and increments the generation': async ({ expect, networks }) => {
    const spec = { providerConfig: { a: 1 } };
    const created = await expect(201, { method: 'POST', path: networks, body: network('a', { spec }) });
    const body = changed(created, { spec: network('a')['spec'] });
    const updated = await expect(200, { method: 'PUT', path: `${networks}/a`, body });
    assert.equal(objectAt(updated, 'spec')['providerConfig'], undefined);
    assert.equal(meta(updated)['generation'], 2);
    assert.notEqual(readVersion(updated), readVersion(created));
    for (const field of ['uid', 'creationTimestamp']) assert.equal(meta(updated)[field], meta(created)[field]);
  },
  'PUT with an old version is a conflict': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    await expect(200, { method: 'PUT', path: `${networks}/a`, body: changed(created, {}, { labels: { a: 'b' } }) });
    const status = await expect(409, { method: 'PUT', path: `${networks}/a`, body: created });
    assertStatus(status, { code: 409, reason: 'Conflict' });
    assert.match(
      String(status['message']),
      /^Operation cannot be fulfilled on networks\.extensions\.gardener\.cloud "a": the object has been modified/,
    );
  },
  'PUT without a version is rejected for custom resources and Leases, and overwrites a Secret': async (world) => {
    const { expect, networks, leases, secrets } = world;
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    const refused = await expect(422, { method: 'PUT', path: `${networks}/a`, body: network('a') });
    assertStatus(refused, { code: 422, reason: 'Invalid' });
    assert.match(
      String(refused['message']),
      /metadata\.resourceVersion: Invalid value: 0: must be specified for an update/,
    );
    const body = { metadata: { name: 'a' }, data: { key: 'bmV3' } };
    await expect(201, { method: 'POST', path: leases, body: { metadata: { name: 'a' } } });
    await expect(422, { method: 'PUT', path: `${leases}/a`, body: { metadata: { name: 'a' } } });
    await expect(201, { method: 'POST', path: secrets, body: { metadata: { name: 'a' } } });
    const overwritten = await expect(200, { method: 'PUT', path: `${secrets}/a`, body });
    assert.deepEqual(overwritten['data'], { key: 'bmV3' });
  },
  'PUT of a missing object creates a Lease, and returns NotFound for others': async ({
    expect,
    networks,
    leases,
    secrets,
  }) => {
    await expect(404, {
      method: 'PUT',
      path: `${networks}/a`,
      body: network('a', { metadata: { resourceVersion: '1' } }),
    });
    await expect(404, { method: 'PUT', path: `${secrets}/a`, body: { metadata: { name: 'a' } } });
    await expect(201, { method: 'PUT', path: `${leases}/a`, body: { metadata: { name: 'a' } } });
  },
  'PUT with another uid is a conflict': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const body = changed(created, {}, { uid: '00000000-0000-0000-0000-000000000000' });
    const status = await expect(409, { method: 'PUT', path: `${networks}/a`, body });
    assertStatus(status, { code: 409, reason: 'Conflict' });
  },
  'PUT with another name than the path is rejected': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const status = await expect(400, {
      method: 'PUT',
      path: `${networks}/a`,
      body: changed(created, {}, { name: 'b' }),
    });
    assertStatus(status, { code: 400, reason: 'BadRequest' });
  },
  'PUT of the object retains its status, PUT of the status retains everything else': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const status = networkStatus('Processing');
    const spec = { ...objectAt(created, 'spec'), podCIDR: '10.9.0.0/16' };
    const withStatus = await expect(200, {
      method: 'PUT',
      path: `${networks}/a/status`,
      body: changed(created, { status, spec }, { labels: { no: 'no' } }),
    });
    assert.deepEqual([withStatus['status'], withStatus['spec']], [status, created['spec']]);
    assert.deepEqual([meta(withStatus)['labels'], meta(withStatus)['generation']], [undefined, 1]);
    const { status: _, ...bare } = withStatus;
    const updated = await expect(200, { method: 'PUT', path: `${networks}/a`, body: changed(bare, { spec }) });
    assert.deepEqual([updated['status'], updated['spec'], meta(updated)['generation']], [status, spec, 2]);
  },
  'a change of metadata does not increment the generation': async ({ expect, networks }) => {
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    const body = { metadata: { annotations: { a: 'b' }, finalizers: ['example.com/x'], generation: 9 } };
    const patched = await expect(200, { method: 'PATCH', path: `${networks}/a`, body, contentType: mergePatch });
    assert.equal(meta(patched)['generation'], 1);
    assert.deepEqual(meta(patched)['annotations'], { a: 'b' });
  },
  'an update without changes retains the version': async ({ expect, networks, secrets }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    assert.equal(
      readVersion(await expect(200, { method: 'PUT', path: `${networks}/a`, body: created })),
      readVersion(created),
    );
    const same = { spec: { type: 'calico' }, metadata: { labels: null, generation: 5 } };
    const patched = await expect(200, { method: 'PATCH', path: `${networks}/a`, body: same, contentType: mergePatch });
    assert.equal(readVersion(patched), readVersion(created));
    const secret = await expect(201, {
      method: 'POST',
      path: secrets,
      body: { metadata: { name: 'a' }, stringData: { a: 'b' } },
    });
    const again = await expect(200, {
      method: 'PUT',
      path: `${secrets}/a`,
      body: { metadata: { name: 'a' }, stringData: { a: 'b' } },
    });
    assert.equal(readVersion(again), readVersion(secret));
  },
  'a merge patch merges objects, removes by null and replaces lists': async ({ expect, networks }) => {
    const metadata = {
      labels: { keep: '1', change: '1', remove: '1' },
      finalizers: ['example.com/a', 'example.com/b'],
    };
    const spec = { providerConfig: { list: [1, 2, 3], deep: { keep: true, remove: true } } };
    await expect(201, { method: 'POST', path: networks, body: network('a', { metadata, spec }) });
    const body = {
      metadata: { labels: { change: '2', remove: null, add: '1' }, finalizers: ['example.com/b'] },
      spec: { providerConfig: { list: [4], deep: { remove: null, add: { x: 1 } } } },
    };
    const patched = await expect(200, { method: 'PATCH', path: `${networks}/a`, body, contentType: mergePatch });
    assert.deepEqual(meta(patched)['labels'], { keep: '1', change: '2', add: '1' });
    assert.deepEqual(meta(patched)['finalizers'], ['example.com/b']);
    assert.deepEqual(objectAt(patched, 'spec')['providerConfig'], { list: [4], deep: { keep: true, add: { x: 1 } } });
    assert.equal(meta(patched)['generation'], 2);
  },
  'a patch without a version is applied, one with an old version is a conflict': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const patch = (version: string | undefined, value: string): { metadata: object } => ({
      metadata: { ...(version === undefined ? {} : { resourceVersion: version }), annotations: { value } },
    });
    const send = { method: 'PATCH', path: `${networks}/a`, contentType: mergePatch } as const;
    const first = await expect(200, { ...send, body: patch(readVersion(created), '1') });
    const status = await expect(409, { ...send, body: patch(readVersion(created), '2') });
    assertStatus(status, { code: 409, reason: 'Conflict' });
    await expect(409, {
      ...send,
      path: `${networks}/a/status`,
      body: { ...patch(readVersion(created), '2'), status: networkStatus('Error') },
    });
    assert.equal(readVersion(await expect(200, { path: `${networks}/a` })), readVersion(first));
    await expect(200, { ...send, body: patch(undefined, '3') });
  },
  'a patch of the status retains everything else': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const body = {
      status: networkStatus('Succeeded'),
      spec: { podCIDR: '10.9.0.0/16' },
      metadata: { annotations: { a: 'b' } },
    };
    const patched = await expect(200, { method: 'PATCH', path: `${networks}/a/status`, body, contentType: mergePatch });
    assert.deepEqual([patched['status'], patched['spec']], [networkStatus('Succeeded'), created['spec']]);
    assert.deepEqual([meta(patched)['generation'], meta(patched)['annotations']], [1, undefined]);
    const both = { status: networkStatus('Error'), spec: { podCIDR: '10.9.0.0/16' } };
    const main = await expect(200, { method: 'PATCH', path: `${networks}/a`, body: both, contentType: mergePatch });
    assert.deepEqual(main['status'], networkStatus('Succeeded'));
    assert.equal(objectAt(main, 'spec')['podCIDR'], '10.9.0.0/16');
    const cleared = await expect(200, {
      method: 'PATCH',
      path: `${networks}/a/status`,
      body: { status: null },
      contentType: mergePatch,
    });
    assert.equal(cleared['status'], undefined);
  },
  'GET of the status returns the whole object': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    assert.deepEqual(await expect(200, { path: `${networks}/a/status` }), created);
  },
  'rejects invalid patches': async ({ expect, networks }) => {
    const send = { method: 'PATCH', contentType: mergePatch } as const;
    await expect(404, { ...send, path: `${networks}/missing`, body: { metadata: {} } });
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    const path = `${networks}/a`;
    await expect(415, { ...send, path, contentType: 'application/strategic-merge-patch+json', body: {} });
    assertStatus(await expect(400, { ...send, path, body: '{"metadata":' }), { code: 400, reason: 'BadRequest' });
    await expect(415, { ...send, path, contentType: 'application/json', body: {} });
    assertStatus(await expect(400, { ...send, path, body: [1] }), { code: 400, reason: 'BadRequest' });
    assertStatus(await expect(400, { ...send, path, body: { metadata: { name: 'b' } } }), {
      code: 400,
      reason: 'BadRequest',
    });
    const uid = '00000000-0000-0000-0000-000000000000';
    for (const body of [
      { metadata: { uid } },
      { kind: 'Cluster' },
      { apiVersion: 'v1' },
      { metadata: { resourceVersion: null } },
    ]) {
      assertStatus(await expect(422, { ...send, path, body }), { code: 422, reason: 'Invalid' });
    }
    const restored = await expect(200, { ...send, path, body: { metadata: { uid: null, creationTimestamp: null } } });
    assert.deepEqual(restored, await expect(200, { path }));
    assert.match(String(meta(restored)['uid']), /^[0-9a-f]{8}-/);
  },
  'stores nothing in a dry run of an update': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const body = { spec: { podCIDR: '10.9.0.0/16' } };
    const path = `${networks}/a?dryRun=All`;
    const patched = await expect(200, { method: 'PATCH', path, body, contentType: mergePatch });
    assert.equal(objectAt(patched, 'spec')['podCIDR'], '10.9.0.0/16');
    assert.deepEqual(await expect(200, { path: `${networks}/a` }), created);
  },
};
