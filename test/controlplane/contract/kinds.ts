import assert from 'node:assert/strict';
import { objectAt } from '../embedded/objects.ts';
import { assertStatus, type Behaviours, mergePatch, meta } from './world.ts';

/** Rules of individual kinds. */
export const kinds: Behaviours = {
  'converts stringData of a Secret to data': async ({ expect, secrets }) => {
    const body = { metadata: { name: 'a' }, data: { a: 'YQ==', b: 'YQ==' }, stringData: { b: 'bé', c: '' } };
    const created = await expect(201, { method: 'POST', path: secrets, body });
    assert.deepEqual(created['data'], { a: 'YQ==', b: Buffer.from('bé').toString('base64'), c: '' });
    assert.deepEqual([created['stringData'], created['type']], [undefined, 'Opaque']);
    assert.deepEqual([created['kind'], created['apiVersion']], ['Secret', 'v1']);
    assert.equal(meta(created)['generation'], undefined);
  },
  'rejects data of a Secret that is not base64': async ({ expect, secrets }) => {
    const body = { metadata: { name: 'a' }, data: { a: 'not base64' } };
    assertStatus(await expect(400, { method: 'POST', path: secrets, body }), { code: 400, reason: 'BadRequest' });
  },
  'limits a Secret to 1 MiB': async ({ expect, secrets }) => {
    const body = (bytes: number): object => ({ metadata: { name: 'a' }, stringData: { a: 'x'.repeat(bytes) } });
    const status = await expect(422, { method: 'POST', path: secrets, body: body(1024 * 1024 + 1) });
    assertStatus(status, { code: 422, reason: 'Invalid' });
    assert.match(String(status['message']), /data: Too long/);
    await expect(201, { method: 'POST', path: secrets, body: body(1024 * 1024) });
  },
  'rejects a change of the type of a Secret': async ({ expect, secrets }) => {
    await expect(201, { method: 'POST', path: secrets, body: { metadata: { name: 'a' } } });
    const body = { metadata: { name: 'a' }, type: 'example.com/other' };
    assertStatus(await expect(422, { method: 'PUT', path: `${secrets}/a`, body }), { code: 422, reason: 'Invalid' });
  },
  'allows changes of metadata and deletion of an immutable Secret only': async ({ expect, secrets }) => {
    const secret = { metadata: { name: 'a' }, data: { a: 'YQ==' }, immutable: true };
    await expect(201, { method: 'POST', path: secrets, body: secret });
    const send = { method: 'PATCH', path: `${secrets}/a`, contentType: mergePatch } as const;
    for (const body of [
      { data: { a: 'Yg==' } },
      { data: { b: 'YQ==' } },
      { stringData: { a: 'b' } },
      { immutable: false },
      { immutable: null },
    ]) {
      const status = await expect(422, { ...send, body });
      assertStatus(status, { code: 422, reason: 'Invalid' });
      assert.match(String(status['message']), /field is immutable when `immutable` is set/);
    }
    await expect(200, { ...send, body: { metadata: { labels: { a: 'b' } } } });
    await expect(200, { ...send, body: { stringData: { a: 'a' } } });
    await expect(200, { method: 'DELETE', path: `${secrets}/a` });
  },
  'rejects changes of an immutable ConfigMap': async ({ expect, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await expect(201, { method: 'POST', path, body: { metadata: { name: 'a' }, data: { a: 'b' } } });
    const send = { method: 'PATCH', path: `${path}/a`, contentType: mergePatch } as const;
    await expect(200, { ...send, body: { data: { a: 'c' }, immutable: true } });
    assertStatus(await expect(422, { ...send, body: { data: { a: 'd' } } }), { code: 422, reason: 'Invalid' });
  },
  'requires exactly six fractional digits in times of a Lease': async ({ expect, leases }) => {
    const lease = (renewTime: unknown): object => ({
      metadata: { name: 'a' },
      spec: { holderIdentity: 'me', renewTime },
    });
    for (const time of ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.6789012Z', 'now', 1]) {
      const status = await expect(400, { method: 'POST', path: leases, body: lease(time) });
      assertStatus(status, { code: 400, reason: 'BadRequest' });
    }
    const created = await expect(201, { method: 'POST', path: leases, body: lease('2026-01-02T03:04:05.678900Z') });
    assert.equal(objectAt(created, 'spec')['renewTime'], '2026-01-02T03:04:05.678900Z');
  },
  'accepts a Lease without holder, and requires a positive duration': async ({ expect, leases }) => {
    const lease = (leaseDurationSeconds: number): object => ({
      metadata: { name: 'a' },
      spec: { holderIdentity: '', leaseDurationSeconds },
    });
    assertStatus(await expect(422, { method: 'POST', path: leases, body: lease(0) }), { code: 422, reason: 'Invalid' });
    await expect(201, { method: 'POST', path: leases, body: lease(1) });
  },
  'creates an Active namespace with its name as a label': async ({ expect, namespace }) => {
    const object = await expect(200, { path: `/api/v1/namespaces/${namespace}` });
    assert.equal(objectAt(object, 'status')['phase'], 'Active');
    assert.equal(objectAt(meta(object), 'labels')['kubernetes.io/metadata.name'], namespace);
  },
  'serves the status of a node as a subresource': async ({ expect, namespace }) => {
    const path = '/api/v1/nodes';
    await expect(201, {
      method: 'POST',
      path,
      body: { metadata: { name: namespace }, spec: { podCIDR: '10.1.0.0/24' } },
    });
    const body = { status: { nodeInfo: { kubeletVersion: 'v1.2.3' } }, metadata: { labels: { a: 'b' } } };
    const patched = await expect(200, {
      method: 'PATCH',
      path: `${path}/${namespace}/status`,
      body,
      contentType: mergePatch,
    });
    assert.equal(objectAt(objectAt(patched, 'status'), 'nodeInfo')['kubeletVersion'], 'v1.2.3');
    await expect(200, { method: 'DELETE', path: `${path}/${namespace}` });
  },
  'stores an Event': async ({ expect, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/events`;
    const involvedObject = { kind: 'Network', namespace, name: 'a' };
    const body = { metadata: { name: 'a.1' }, involvedObject, reason: 'Test', message: 'hello', type: 'Normal' };
    const created = await expect(201, { method: 'POST', path, body });
    assert.equal(created['message'], 'hello');
  },
};
