import assert from 'node:assert/strict';
import { assertStatus, type Behaviours, listItems, listNames, meta, network, readVersion } from './world.ts';

/** LIST with pages, selectors and versions. */
export const lists: Behaviours = {
  'returns consistent pages despite changes between them': async ({ expect, networks }) => {
    for (const name of ['e', 'c', 'a', 'b', 'd'])
      await expect(201, { method: 'POST', path: networks, body: network(name) });
    const first = await expect(200, { path: `${networks}?limit=2` });
    assert.deepEqual([listNames(first), meta(first)['remainingItemCount']], [['a', 'b'], 3]);
    await expect(201, { method: 'POST', path: networks, body: network('bb') });
    await expect(200, { method: 'DELETE', path: `${networks}/c` });
    const next = (list: typeof first): string =>
      `${networks}?limit=2&continue=${encodeURIComponent(String(meta(list)['continue']))}`;
    const second = await expect(200, { path: next(first) });
    assert.deepEqual([listNames(second), meta(second)['remainingItemCount']], [['c', 'd'], 1]);
    const third = await expect(200, { path: next(second) });
    assert.deepEqual(
      [listNames(third), meta(third)['continue'] ?? '', meta(third)['remainingItemCount']],
      [['e'], '', undefined],
    );
    assert.deepEqual([readVersion(second), readVersion(third)], [readVersion(first), readVersion(first)]);
    assert.deepEqual(listNames(await expect(200, { path: networks })), ['a', 'b', 'bb', 'd', 'e']);
  },
  'returns no remaining count for a list with a selector': async ({ expect, networks }) => {
    for (const name of ['a', 'b', 'c']) {
      await expect(201, { method: 'POST', path: networks, body: network(name, { metadata: { labels: { a: 'b' } } }) });
    }
    const list = await expect(200, { path: `${networks}?limit=2&labelSelector=a%3Db` });
    assert.deepEqual([listNames(list), meta(list)['remainingItemCount']], [['a', 'b'], undefined]);
    assert.notEqual(meta(list)['continue'] ?? '', '');
  },
  selectors: async ({ expect, networks }) => {
    for (const [name, labels] of [
      ['a', { colour: 'red' }],
      ['b', { colour: 'blue', big: '' }],
      ['c', {}],
    ] as const) {
      await expect(201, { method: 'POST', path: networks, body: network(name, { metadata: { labels } }) });
    }
    const expectations = {
      'labelSelector=colour=red': ['a'],
      'labelSelector=colour==blue,big': ['b'],
      'labelSelector=colour!=red': ['b', 'c'],
      'labelSelector=!colour': ['c'],
      'labelSelector=colour in (red,blue)': ['a', 'b'],
      'labelSelector=colour notin (red)': ['b', 'c'],
      'fieldSelector=metadata.name=b': ['b'],
      'fieldSelector=metadata.name!=b': ['a', 'c'],
    };
    for (const [query, names] of Object.entries(expectations)) {
      const [key = '', ...value] = query.split('=');
      const list = await expect(200, { path: `${networks}?${key}=${encodeURIComponent(value.join('='))}` });
      assert.deepEqual(listNames(list), names, query);
    }
    await expect(400, { path: `${networks}?labelSelector=${encodeURIComponent('a=b=c')}` });
    await expect(400, { path: `${networks}?fieldSelector=${encodeURIComponent('spec.type=calico')}` });
  },
  'includes the kind in items of custom resources only': async ({ expect, networks, secrets }) => {
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    await expect(201, { method: 'POST', path: secrets, body: { metadata: { name: 'a' } } });
    const custom = await expect(200, { path: networks });
    const builtIn = await expect(200, { path: secrets });
    assert.deepEqual([custom['kind'], custom['apiVersion']], ['NetworkList', 'extensions.gardener.cloud/v1alpha1']);
    assert.deepEqual([builtIn['kind'], builtIn['apiVersion']], ['SecretList', 'v1']);
    assert.deepEqual([listItems(custom)[0]?.['kind'], listItems(builtIn)[0]?.['kind']], ['Network', undefined]);
  },
  'returns items and a version for an empty list': async ({ expect, networks, secrets }) => {
    for (const path of [networks, secrets]) {
      const list = await expect(200, { path });
      assert.deepEqual(list['items'], []);
      assert.match(readVersion(list), /^[1-9]\d*$/);
    }
  },
  'lists all namespaces': async ({ expect, networks, namespace }) => {
    await expect(201, { method: 'POST', path: networks, body: network('across') });
    const all = await expect(200, { path: '/apis/extensions.gardener.cloud/v1alpha1/networks' });
    assert.ok(listItems(all).some((item) => meta(item)['namespace'] === namespace));
    await expect(404, {
      method: 'POST',
      path: '/apis/extensions.gardener.cloud/v1alpha1/networks',
      body: network('a'),
    });
    await expect(404, { path: '/apis/extensions.gardener.cloud/v1alpha1/networks/across' });
    await expect(405, { method: 'POST', path: '/api/v1/secrets', body: { metadata: { name: 'a' } } });
  },
  'lists without a version, with 0 and with the current version': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    for (const query of [
      '',
      '?resourceVersion=',
      `?resourceVersion=${readVersion(created)}`,
      `?resourceVersion=${readVersion(created)}&resourceVersionMatch=Exact`,
    ]) {
      assert.deepEqual(listNames(await expect(200, { path: `${networks}${query}` })), ['a'], query);
    }
    await expect(200, { path: `${networks}?resourceVersion=0` });
  },
  'lists the state of an exact version': async ({ expect, networks }) => {
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    await expect(201, { method: 'POST', path: networks, body: network('b') });
    const path = `${networks}?resourceVersion=${readVersion(created)}&resourceVersionMatch=Exact`;
    assert.deepEqual(listNames(await expect(200, { path })), ['a']);
  },
  'waits for a future version and times out': async ({ client, networks }) => {
    const reply = await client.call({ path: `${networks}?resourceVersion=999999999999` });
    assert.deepEqual([reply.status, reply.headers['retry-after']], [504, '1']);
    const body = JSON.parse(reply.text);
    assertStatus(body, { code: 504, reason: 'Timeout' });
    assert.match(reply.text, /"reason":"ResourceVersionTooLarge"/);
    assert.equal(body.details.retryAfterSeconds, 1);
  },
  'rejects invalid continue tokens and versions': async ({ expect, networks }) => {
    assertStatus(await expect(400, { path: `${networks}?limit=1&continue=rubbish` }), {
      code: 400,
      reason: 'BadRequest',
    });
    await expect(400, { path: `${networks}?resourceVersion=abc` });
    for (const query of ['resourceVersionMatch=Exact', 'resourceVersionMatch=Exact&resourceVersion=0']) {
      assertStatus(await expect(422, { path: `${networks}?${query}` }), { code: 422, reason: 'Invalid' });
    }
  },
};
