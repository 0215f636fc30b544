import assert from 'node:assert/strict';
import { objectAt } from '../embedded/objects.ts';
import { assertStatus, type Behaviours, meta, network, networkStatus } from './world.ts';

/** Creation, and invalid requests. */
export const creation: Behaviours = {
  'sets uid, version, time in whole seconds and generation 1 of an object': async ({ expect, networks, namespace }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const { uid, resourceVersion, creationTimestamp, generation, name, namespace: where } = meta(created);
    assert.match(String(uid), /^[0-9a-f]{8}-[0-9a-f]{4}-/);
    assert.match(String(resourceVersion), /^[1-9]\d*$/);
    assert.match(String(creationTimestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual([name, where, generation], ['a', namespace, 1]);
    assert.deepEqual(await expect(200, { path: `${networks}/a` }), created);
  },
  'ignores system metadata in a new object': async ({ expect, networks }) => {
    const metadata = {
      uid: 'mine',
      generation: 7,
      creationTimestamp: '2001-01-01T00:00:00Z',
      deletionTimestamp: '2001-01-01T00:00:00Z',
    };
    const created = meta(await expect(201, { method: 'POST', path: networks, body: network('a', { metadata }) }));
    assert.notEqual(created['uid'], 'mine');
    assert.equal(created['generation'], 1);
    assert.notEqual(created['creationTimestamp'], '2001-01-01T00:00:00Z');
    assert.equal(created['deletionTimestamp'], undefined);
  },
  'drops the status of a new custom resource': async ({ expect, networks }) => {
    const body = { ...network('a'), status: networkStatus('Succeeded') };
    assert.equal((await expect(201, { method: 'POST', path: networks, body }))['status'], undefined);
  },
  'rejects an object with an existing name': async ({ expect, networks }) => {
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    const status = await expect(409, { method: 'POST', path: networks, body: network('a') });
    assertStatus(status, { code: 409, reason: 'AlreadyExists' });
    assert.equal(status['message'], 'networks.extensions.gardener.cloud "a" already exists');
  },
  'returns NotFound for a missing namespace': async ({ expect }) => {
    const path = '/apis/extensions.gardener.cloud/v1alpha1/namespaces/nowhere/networks';
    const status = await expect(404, { method: 'POST', path, body: network('a') });
    assertStatus(status, { code: 404, reason: 'NotFound' });
    assert.equal(status['message'], 'namespaces "nowhere" not found');
    assert.deepEqual(objectAt(status, 'details'), { name: 'nowhere', kind: 'namespaces' });
  },
  'appends five characters to generateName': async ({ expect, networks }) => {
    const { metadata: _, ...rest } = network('unused');
    const created = await expect(201, {
      method: 'POST',
      path: networks,
      body: { ...rest, metadata: { generateName: 'net-' } },
    });
    assert.match(String(meta(created)['name']), /^net-[a-z0-9]{5}$/);
  },
  'rejects an object without a name': async ({ expect, secrets }) => {
    const status = await expect(422, { method: 'POST', path: secrets, body: { metadata: {} } });
    assertStatus(status, { code: 422, reason: 'Invalid' });
    assert.match(String(status['message']), /metadata\.name: Required value: name or generateName is required/);
  },
  'rejects a name with capital letters': async ({ expect, networks }) => {
    const status = await expect(422, { method: 'POST', path: networks, body: network('Capital') });
    assertStatus(status, { code: 422, reason: 'Invalid' });
  },
  'rejects a new object with a resourceVersion': async ({ client, networks }) => {
    const body = network('a', { metadata: { resourceVersion: '1' } });
    const reply = await client.call({ method: 'POST', path: networks, body });
    assert.equal(reply.status, 500, reply.text);
    assert.match(reply.text, /resourceVersion should not be set on objects to be created/);
  },
  'rejects an object with another namespace than the path': async ({ expect, networks }) => {
    const body = network('a', { metadata: { namespace: 'default' } });
    assertStatus(await expect(400, { method: 'POST', path: networks, body }), { code: 400, reason: 'BadRequest' });
  },
  'rejects an object with another kind than the path': async ({ expect, networks, secrets }) => {
    const body = { ...network('a'), kind: 'Cluster' };
    assertStatus(await expect(422, { method: 'POST', path: networks, body }), { code: 422, reason: 'Invalid' });
    const version = { ...network('a'), apiVersion: 'v1' };
    await expect(400, { method: 'POST', path: networks, body: version });
    const wrong = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    assertStatus(await expect(400, { method: 'POST', path: secrets, body: wrong }), {
      code: 400,
      reason: 'BadRequest',
    });
  },
  'accepts a missing kind and apiVersion for built-in kinds only': async ({ expect, networks, secrets }) => {
    await expect(201, { method: 'POST', path: secrets, body: { metadata: { name: 'a' } } });
    const { kind: _kind, apiVersion: _version, ...body } = network('a');
    assertStatus(await expect(400, { method: 'POST', path: networks, body }), { code: 400, reason: 'BadRequest' });
  },
  'rejects a body that is not JSON': async ({ expect, secrets }) => {
    const status = await expect(400, { method: 'POST', path: secrets, body: '{"metadata":' });
    assertStatus(status, { code: 400, reason: 'BadRequest' });
  },
  'rejects a body of more than 3 MiB': async ({ expect, secrets }) => {
    const body = { metadata: { name: 'a' }, stringData: { key: 'x'.repeat(3 * 1024 * 1024) } };
    const status = await expect(413, { method: 'POST', path: secrets, body });
    assertStatus(status, { code: 413, reason: 'RequestEntityTooLarge' });
  },
  'stores nothing in a dry run of a creation': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: `${networks}?dryRun=All`, body: network('a') });
    assert.notEqual(meta(created)['uid'], undefined);
    await expect(404, { path: `${networks}/a` });
  },
  'rejects an unknown token': async ({ expect, networks }) => {
    const status = await expect(401, { path: networks, token: 'wrong' });
    assertStatus(status, { code: 401, reason: 'Unauthorized' });
  },
  'returns NotFound for unknown objects, resources and paths': async ({ expect, networks, namespace }) => {
    const status = await expect(404, { path: `${networks}/missing` });
    assertStatus(status, { code: 404, reason: 'NotFound' });
    const details = { name: 'missing', group: 'extensions.gardener.cloud', kind: 'networks' };
    assert.deepEqual(objectAt(status, 'details'), details);
    await expect(404, { path: '/apis/nobody.example/v1/things' });
    await expect(404, { path: '/apis/extensions.gardener.cloud/v1alpha1/things' });
    await expect(404, { path: `/api/v1/namespaces/${namespace}/things` });
    await expect(404, {
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/secrets/a/status`,
      body: {},
      contentType: 'application/merge-patch+json',
    });
  },
  'serves /version': async ({ expect, controlPlane }) => {
    const { gitVersion, major, minor } = await expect(200, { path: '/version' });
    assert.equal(gitVersion, controlPlane.version);
    assert.match(`v${String(major)}.${String(minor)}`, /^v1\.\d+$/);
    assert.ok(controlPlane.version.startsWith(`v${String(major)}.${String(minor)}.`));
  },
  'counts requests by verb and resource': async ({ expect, networks, controlPlane }) => {
    const count = async (): Promise<number> => {
      const lines = (await controlPlane.metrics())
        .split('\n')
        .filter((line) => line.startsWith('apiserver_request_total{'));
      return lines
        .filter(
          (line) => line.includes('code="409"') && line.includes('resource="networks"') && line.includes('verb="POST"'),
        )
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    const before = await count();
    await expect(409, { method: 'POST', path: networks, body: network('a') });
    assert.ok((await count()) > before);
  },
};
