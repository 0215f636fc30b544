import assert from 'node:assert/strict';
import { objectAt } from '../embedded/objects.ts';
import { assertStatus, type Behaviours, changed, listNames, mergePatch, meta, network, readVersion } from './world.ts';

const held = { metadata: { finalizers: ['example.com/a', 'example.com/b'] } };

/** DELETE, finalizers and namespaces. */
export const deletion: Behaviours = {
  'removes an object without finalizers immediately': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const deleted = await expect(200, { method: 'DELETE', path: `${networks}/a` });
    assert.deepEqual([deleted['kind'], deleted['status']], ['Status', 'Success']);
    const details = { name: 'a', group: 'extensions.gardener.cloud', kind: 'networks', uid: meta(created)['uid'] };
    assert.deepEqual(objectAt(deleted, 'details'), details);
    await expect(404, { path: `${networks}/a` });
    assertStatus(await expect(404, { method: 'DELETE', path: `${networks}/a` }), { code: 404, reason: 'NotFound' });
  },
  'marks an object with finalizers once, which increments its generation': async ({ expect, networks }) => {
    await expect(201, { method: 'POST', path: networks, body: network('a', held) });
    const marked = await expect(200, { method: 'DELETE', path: `${networks}/a` });
    assert.equal(marked['kind'], 'Network');
    const { deletionTimestamp, deletionGracePeriodSeconds, generation } = meta(marked);
    assert.match(String(deletionTimestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual([deletionGracePeriodSeconds, generation], [0, 2]);
    assert.equal(readVersion(await expect(200, { method: 'DELETE', path: `${networks}/a` })), readVersion(marked));
  },
  'removes an object under deletion with its last finalizer': async ({ expect, networks }) => {
    await expect(201, { method: 'POST', path: networks, body: network('a', held) });
    await expect(200, { method: 'DELETE', path: `${networks}/a` });
    const send = { method: 'PATCH', path: `${networks}/a`, contentType: mergePatch } as const;
    await expect(200, { ...send, body: { metadata: { finalizers: ['example.com/a'] } } });
    await expect(409, { method: 'POST', path: networks, body: network('a') });
    const last = await expect(200, { ...send, body: { metadata: { finalizers: null } } });
    assert.equal(meta(last)['finalizers'], undefined);
    await expect(404, { path: `${networks}/a` });
  },
  'removes the last finalizer also by PUT': async ({ expect, networks }) => {
    await expect(201, { method: 'POST', path: networks, body: network('a', held) });
    const marked = await expect(200, { method: 'DELETE', path: `${networks}/a` });
    await expect(200, { method: 'PUT', path: `${networks}/a`, body: changed(marked, {}, { finalizers: [] }) });
    await expect(404, { path: `${networks}/a` });
  },
  'rejects new finalizers of an object under deletion, and does not restore it': async ({ expect, networks }) => {
    await expect(201, { method: 'POST', path: networks, body: network('a', held) });
    const marked = await expect(200, { method: 'DELETE', path: `${networks}/a` });
    const send = { method: 'PATCH', path: `${networks}/a`, contentType: mergePatch } as const;
    const body = { metadata: { finalizers: ['example.com/a', 'example.com/new'] } };
    const status = await expect(422, { ...send, body });
    assertStatus(status, { code: 422, reason: 'Invalid' });
    assert.match(String(status['message']), /metadata\.finalizers: Forbidden: no new finalizers can be added/);
    const same = await expect(200, { ...send, body: { metadata: { deletionTimestamp: null } } });
    assert.equal(meta(same)['deletionTimestamp'], meta(marked)['deletionTimestamp']);
  },
  'checks preconditions': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const remove = (preconditions: object): Parameters<typeof expect>[1] => ({
      method: 'DELETE',
      path: `${networks}/a`,
      body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions },
    });
    const status = await expect(409, remove({ uid: '00000000-0000-0000-0000-000000000000' }));
    assertStatus(status, { code: 409, reason: 'Conflict' });
    await expect(409, remove({ resourceVersion: '1' }));
    await expect(200, remove({ uid: meta(created)['uid'], resourceVersion: readVersion(created) }));
  },
  'deletes a collection by selector': async ({ expect, networks }) => {
    for (const [name, colour] of [
      ['a', 'red'],
      ['b', 'blue'],
      ['c', 'red'],
    ] as const) {
      await expect(201, { method: 'POST', path: networks, body: network(name, { metadata: { labels: { colour } } }) });
    }
    await expect(200, { method: 'DELETE', path: `${networks}?labelSelector=colour%3Dred` });
    assert.deepEqual(listNames(await expect(200, { path: networks })), ['b']);
  },
  'removes nothing in a dry run of a deletion': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    await expect(200, { method: 'DELETE', path: `${networks}/a?dryRun=All` });
    assert.deepEqual(await expect(200, { path: `${networks}/a` }), created);
  },
  'terminates a namespace, which rejects new objects until it is finalized': async (world) => {
    const { expect, namespace, networks } = world;
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    const path = `/api/v1/namespaces/${namespace}`;
    const marked = await expect(200, { method: 'DELETE', path });
    assert.equal(objectAt(marked, 'status')['phase'], 'Terminating');
    assert.deepEqual(objectAt(marked, 'spec')['finalizers'], ['kubernetes']);
    const status = await expect(403, { method: 'POST', path: networks, body: network('b') });
    assertStatus(status, { code: 403, reason: 'Forbidden' });
    assert.match(JSON.stringify(objectAt(status, 'details')['causes']), /"reason":"NamespaceTerminating"/);
    await expect(200, {
      method: 'PATCH',
      path: `${networks}/a`,
      body: { metadata: { labels: { a: 'b' } } },
      contentType: mergePatch,
    });
    await expect(200, { method: 'DELETE', path: `${networks}/a` });
    await expect(200, { method: 'PUT', path: `${path}/finalize`, body: { ...marked, spec: {} } });
    await expect(404, { path });
  },
  'rejects the deletion of the namespace default': async ({ expect }) => {
    const status = await expect(403, { method: 'DELETE', path: '/api/v1/namespaces/default' });
    assertStatus(status, { code: 403, reason: 'Forbidden' });
  },
};
