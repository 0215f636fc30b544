/** Responses that did not come from the API server, or are not what was requested. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type Script, sendJson, sendStatus, startServer, statusObject } from '../../../test/doubles/server.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import type { KubeClient } from './client.ts';
import { ApiError, isNotFound, NetworkError } from './errors.ts';

const networks = { group: 'extensions.gardener.cloud', version: 'v1alpha1', plural: 'networks', namespaced: true };
const key = { resource: networks, namespace: 'ns', name: 'b' };
const object = {
  apiVersion: 'extensions.gardener.cloud/v1alpha1',
  kind: 'Network',
  metadata: { namespace: 'ns', name: 'b', resourceVersion: '7' },
};
const json =
  (body: unknown): Script =>
  (_request, response) =>
    sendJson(response, body);
const html =
  (code: number): Script =>
  (_request, response) =>
    response.writeHead(code, { 'content-type': 'text/html' }).end('<html><body>not found</body></html>');
const latin1 =
  (body: unknown, code = 200): Script =>
  (_request, response) =>
    response.writeHead(code).end(Buffer.from(JSON.stringify(body), 'latin1'));
const withMetadata = (metadata: object): object => ({ ...object, metadata: { ...object.metadata, ...metadata } });

casesWithContext<{ readonly script: Script }>(
  {
    'the 404 of a proxy does not show that an object is missing': { script: html(404) },
    'a 404 for a kind that is not served does not show that an object is missing': {
      script: (_request, response) => sendStatus(response, { code: 404, reason: 'NotFound', details: {} }),
    },
    'a 404 for another object does not show that this one is missing': {
      script: (_request, response) =>
        sendStatus(response, {
          code: 404,
          reason: 'NotFound',
          details: { group: networks.group, kind: 'networks', name: 'c' },
        }),
    },
    'HTML is not an object': { script: html(200) },
    'an empty list is not an object': { script: json([]) },
    'null is not an object': { script: json(null) },
    'a Status is not an object': { script: json(statusObject({ code: 500 })) },
    'an object of another kind is not the requested one': { script: json({ ...object, kind: 'Cluster' }) },
    'an object of another apiVersion is not the requested one': { script: json({ ...object, apiVersion: 'v1' }) },
    'an object of another name is not the requested one': { script: json(withMetadata({ name: 'c' })) },
    'an object of another namespace is not the requested one': { script: json(withMetadata({ namespace: 'c' })) },
    'an object with a field of a wrong type is not believed': { script: json(withMetadata({ finalizers: {} })) },
    'an object with a label of a wrong type is not believed': { script: json(withMetadata({ labels: { a: 1 } })) },
    'an object without metadata is not believed': { script: json({ ...object, metadata: null }) },
    'an object that is not UTF-8 is not believed': { script: latin1({ ...object, spec: 'ÿ' }) },
    'an object whose resourceVersion is not a decimal is not believed': {
      script: json(withMetadata({ resourceVersion: '0111' })),
    },
    'a 404 that is not UTF-8 does not show that an object is missing': {
      script: latin1({ ...statusObject({ code: 404, reason: 'NotFound', details: { name: 'b' } }), message: 'ÿ' }, 404),
    },
  },
  async ({ script }, t) => {
    const { client } = connect(t, await startServer(t, script));
    await assert.rejects(client.find({ ...key, retries: 0 }), isFailure);
    await assert.rejects(client.mergePatch({ ...key, patch: {} }), isFailure);
  },
);

casesWithContext<{ readonly body: unknown; readonly confirms: boolean }>(
  {
    'a Status Success confirms a deletion': { body: { kind: 'Status', status: 'Success' }, confirms: true },
    'a Status Success with the name of the object confirms its deletion': {
      body: { kind: 'Status', status: 'Success', details: { name: 'b' } },
      confirms: true,
    },
    'the object with a deletionTimestamp confirms its deletion': {
      body: withMetadata({ deletionTimestamp: '2026-01-01T00:00:00Z' }),
      confirms: true,
    },
    'an empty list does not confirm a deletion': { body: [], confirms: false },
    'an empty object does not confirm a deletion': { body: {}, confirms: false },
    'a Status Failure with code 200 does not confirm a deletion': {
      body: statusObject({ code: 500 }),
      confirms: false,
    },
    'a Status Success for another object does not confirm a deletion': {
      body: { kind: 'Status', status: 'Success', details: { name: 'c' } },
      confirms: false,
    },
    'another object does not confirm a deletion': { body: withMetadata({ name: 'c' }), confirms: false },
  },
  async ({ body, confirms }, t) => {
    const { client } = connect(t, await startServer(t, json(body)));
    if (confirms) await client.delete(key);
    else await assert.rejects(client.delete(key), isFailure);
  },
);

casesWithContext<{ readonly body: unknown }>(
  {
    'a list without kind is not believed': { body: { metadata: { resourceVersion: '9' }, items: [] } },
    'a list without a resourceVersion is not believed': { body: list({ metadata: {} }) },
    'a list whose resourceVersion is not a decimal is not believed': {
      body: list({ metadata: { resourceVersion: '-' } }),
    },
    'a list with an item whose resourceVersion is not a decimal is not believed': {
      body: list({ items: [withMetadata({ resourceVersion: '07' })] }),
    },
    'a list with null as an item is not believed': { body: list({ items: [null] }) },
    'a list with an item without a name is not believed': {
      body: list({ items: [withMetadata({ name: undefined })] }),
    },
    'a list of another apiVersion is not believed': { body: list({ apiVersion: 'v1' }) },
    'a list with an item without its namespace is not believed': {
      body: list({ items: [withMetadata({ namespace: undefined })] }),
    },
    'a list whose items are an object is not believed': { body: list({ items: {} }) },
  },
  async ({ body }, t) => {
    const { client } = connect(t, await startServer(t, json(body)));
    await assert.rejects(client.list({ resource: networks }), isFailure);
  },
);

test('a list is read no further than a page that continues with itself', async (t) => {
  const page = list({ metadata: { resourceVersion: '9', continue: 'more' } });
  let requests = 0;
  const script: Script = (_request, response) => {
    requests += 1;
    if (requests > 5) sendStatus(response, { code: 403 });
    else sendJson(response, page);
  };
  const { client } = connect(t, await startServer(t, script));
  await assert.rejects(client.list({ resource: networks }), isFailure);
  assert.equal(requests, 2);
});

test('a list that is not UTF-8 is not believed', async (t) => {
  const { client } = connect(t, await startServer(t, latin1(list({ items: [withMetadata({ name: 'ÿ' })] }))));
  await assert.rejects(client.list({ resource: networks }), isFailure);
});

test('an event that is not UTF-8 ends a watch', async (t) => {
  const line = `${JSON.stringify({ type: 'ADDED', object: withMetadata({ name: 'bÿ' }) })}\n`;
  const script: Script = (_request, response) => response.end(Buffer.from(line, 'latin1'));
  const { client } = connect(t, await startServer(t, script));
  const seen: string[] = [];
  await assert.rejects(readAll(client, seen), (error) => isFailure(error) && /is not JSON/.test(error.message));
  assert.deepEqual(seen, []);
});

interface Event {
  readonly event: unknown;
  readonly says: RegExp;
}

casesWithContext<Event>(
  {
    'null ends a watch': { event: null, says: /event that is not an object$/ },
    'a list ends a watch': { event: [], says: /event that is not an object$/ },
    'an event without a type ends a watch': { event: { object }, says: /event without a type$/ },
    'an event of an unknown type ends a watch': {
      event: { type: 'WHAT\n', object },
      says: /event of type WHAT\\n, which does not exist$/,
    },
    'an event without an object ends a watch': { event: { type: 'ADDED' }, says: /not of the watched resource$/ },
    'an event without metadata ends a watch': {
      event: { type: 'ADDED', object: { ...object, metadata: undefined } },
      says: /not of the watched resource$/,
    },
    'an event without a name ends a watch': {
      event: { type: 'DELETED', object: withMetadata({ name: undefined }) },
      says: /not of the watched resource$/,
    },
    'an event without a resourceVersion ends a watch': {
      event: { type: 'MODIFIED', object: withMetadata({ resourceVersion: undefined }) },
      says: /not of the watched resource$/,
    },
    'an event with fields of wrong types ends a watch': {
      event: { type: 'MODIFIED', object: withMetadata({ resourceVersion: 7, annotations: [] }) },
      says: /not of the watched resource$/,
    },
    'an event of another kind ends a watch': {
      event: { type: 'ADDED', object: { ...object, kind: 'Cluster' } },
      says: /not of the watched resource$/,
    },
    'a bookmark without a resourceVersion ends a watch': {
      event: { type: 'BOOKMARK', object: { ...object, metadata: {} } },
      says: /bookmark without a resourceVersion$/,
    },
    'a bookmark whose resourceVersion has leading zeros ends a watch': {
      event: { type: 'BOOKMARK', object: { ...object, metadata: { resourceVersion: '0111' } } },
      says: /bookmark without a resourceVersion$/,
    },
    'a bookmark whose resourceVersion is no number ends a watch': {
      event: { type: 'BOOKMARK', object: { ...object, metadata: { resourceVersion: '-' } } },
      says: /bookmark without a resourceVersion$/,
    },
    'an event whose resourceVersion is no number ends a watch': {
      event: { type: 'MODIFIED', object: withMetadata({ resourceVersion: 'x' }) },
      says: /not of the watched resource$/,
    },
    'an ERROR with a code but without a Status says nothing about the position': {
      event: { type: 'ERROR', object: { ...object, code: 410, reason: 'Expired' } },
      says: /type ERROR without a Status$/,
    },
    'an ERROR without an object ends a watch': { event: { type: 'ERROR' }, says: /type ERROR without a Status$/ },
  },
  async ({ event, says }, t) => {
    const good = JSON.stringify({ type: 'ADDED', object });
    const script: Script = (_request, response) => response.end(`${good}\n${JSON.stringify(event)}\n${good}\n`);
    const { client } = connect(t, await startServer(t, script));
    const seen: string[] = [];
    await assert.rejects(readAll(client, seen), (error) => isFailure(error) && says.test(error.message));
    assert.deepEqual(seen, ['b'], 'events before it are delivered, and none after it');
  },
);

function list(fields: object): object {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'NetworkList',
    metadata: { resourceVersion: '9' },
    items: [],
    ...fields,
  };
}

async function readAll(client: KubeClient, seen: string[]): Promise<void> {
  for await (const { object } of client.watch({ resource: networks, resourceVersion: '5' }))
    seen.push(object.metadata.name);
}

function isFailure(error: unknown): error is Error {
  return error instanceof NetworkError || (error instanceof ApiError && !isNotFound(error));
}
