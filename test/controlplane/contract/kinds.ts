import assert from 'node:assert/strict';
import { objectAt } from '../embedded/objects.ts';
import { assertStatus, type Behaviours, mergePatch, meta } from './world.ts';

/** What single kinds insist on. */
export const kinds: Behaviours = {
  'stringData of a Secret becomes data': async ({ expect, secrets }) => {
    const body = { metadata: { name: 'a' }, data: { a: 'YQ==', b: 'YQ==' }, stringData: { b: 'bé', c: '' } };
    const created = await expect(201, { method: 'POST', path: secrets, body });
    assert.deepEqual(created['data'], { a: 'YQ==', b: Buffer.from('bé').toString('base64'), c: '' });
    assert.deepEqual([created['stringData'], created['type']], [undefined, 'Opaque']);
    assert.deepEqual([created['kind'], created['apiVersion']], ['Secret', 'v1']);
    assert.equal(meta(created)['generation'], undefined);
  },
  'data of a Secret must be base64': async ({ expect, secrets }) => {
    const body = { metadata: { name: 'a' }, data: { a: 'not base64' } };
    assertStatus(await expect(400, { method: 'POST', path: secrets, body }), { code: 400, reason: 'BadRequest' });
  },
  'a Secret holds at most 1 MiB': async ({ expect, secrets }) => {
    const body = (bytes: number): object => ({ metadata: { name: 'a' }, stringData: { a: 'x'.repeat(bytes) } });
    const status = await expect(422, { method: 'POST', path: secrets, body: body(1024 * 1024 + 1) });
    assertStatus(status, { code: 422, reason: 'Invalid' });
    assert.match(String(status['message']), /data: Too long/);
    await expect(201, { method: 'POST', path: secrets, body: body(1024 * 1024) });
  },
  'the type of a Secret does not change': async ({ expect, secrets }) => {
    await expect(201, { method: 'POST', path: secrets, body: { metadata: { name: 'a' } } });
    const body = { metadata: { name: 'a' }, type: 'example.com/other' };
    assertStatus(await expect(422, { method: 'PUT', path: `${secrets}/a`, body }), { code: 422, reason: 'Invalid' });
  },
  'an immutable Secret changes neither data nor that, but its metadata, and can be deleted': async ({
    expect,
    secrets,
  }) => {
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
  'an immutable ConfigMap does not change': async ({ expect, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await expect(201, { method: 'POST', path, body: { metadata: { name: 'a' }, data: { a: 'b' } } });
    const send = { method: 'PATCH', path: `${path}/a`, contentType: mergePatch } as const;
    await expect(200, { ...send, body: { data: { a: 'c' }, immutable: true } });
    assertStatus(await expect(422, { ...send, body: { data: { a: 'd' } } }), { code: 422, reason: 'Invalid' });
  },
  'times of a Lease need exactly six digits after the point': async ({ expect, leases }) => {
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
  'a Lease may lose its holder but needs a positive duration': async ({ expect, leases }) => {
    const lease = (leaseDurationSeconds: number): object => ({
      metadata: { name: 'a' },
      spec: { holderIdentity: '', leaseDurationSeconds },
    });
    assertStatus(await expect(422, { method: 'POST', path: leases, body: lease(0) }), { code: 422, reason: 'Invalid' });
    await expect(201, { method: 'POST', path: leases, body: lease(1) });
  },
  'a namespace is Active and labelled with its name': async ({ expect, namespace }) => {
    const object = await expect(200, { path: `/api/v1/namespaces/${namespace}` });
    assert.equal(objectAt(object, 'status')['phase'], 'Active');
    assert.equal(objectAt(meta(object), 'labels')['kubernetes.io/metadata.name'], namespace);
  },
  'a node has a status of its own': async ({ expect, namespace }) => {
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
  'an Event is stored': async ({ expect, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/events`;
    const involvedObject = { kind: 'Network', namespace, name: 'a' };
    const body = { metadata: { name: 'a.1' }, involvedObject, reason: 'Test', message: 'hello', type: 'Normal' };
    const created = await expect(201, { method: 'POST', path, body });
    assert.equal(created['message'], 'hello');
  },
};
