/** A shoot whose API server is hostile or broken neither holds a worker beyond the deadline nor fills the memory. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { HttpRequest, Transport } from '../../pkg/kubernetes/transport/connection.ts';
import { type HttpResponse, ResponseTooLarge } from '../../pkg/kubernetes/transport/exchange.ts';
import type { Lookup, ShootQuery } from '../../pkg/network/plugin.ts';
import { createFakeClock, createMemoryLogger, type FakeClock } from '../../test/doubles/fakeclock.ts';
import { cases } from '../../test/support/cases.ts';
import { createShootReader } from './shoot-reader.ts';

const allNodes = { apiVersion: 'v1', kind: 'Node' };
const oneConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'cilium-config' };

test('all pages of Nodes are read, of each Node only what plans need', async () => {
  const names = Array.from({ length: 120 }, (_, index) => `node-${index}`);
  const { result, requests } = await read(allNodes, (request) => {
    const query = new URL(request.path, 'http://x').searchParams;
    const from = Number(query.get('continue') ?? 0);
    const to = from + Number(query.get('limit'));
    return list(names.slice(from, to).map(realNode), to < names.length ? String(to) : undefined);
  });
  assert.deepEqual(result.available && result.value.map(({ metadata }) => metadata.name), names);
  assert.equal(requests, 3);
  assert.deepEqual(result.available && result.value[0], {
    ...allNodes,
    metadata: { name: 'node-0' },
    status: { conditions: [{ type: 'NetworkUnavailable', status: 'False', reason: 'RouteCreated' }] },
  });
});

test('5,000 Nodes of the usual size are read', async () => {
  const { result } = await read(allNodes, (request) => {
    const from = Number(new URL(request.path, 'http://x').searchParams.get('continue') ?? 0);
    const page = Array.from({ length: 50 }, (_, index) => realNode(`node-${from + index}`));
    return list(page, from + 50 < 5_000 ? String(from + 50) : undefined);
  });
  assert.equal(result.available && result.value.length, 5_000);
});

test('a ConfigMap of the largest size that an API server stores is read', async () => {
  const data = { ipam: 'kubernetes', rest: 'x'.repeat(1024 * 1024) };
  const { result } = await read(oneConfigMap, () =>
    ok({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'kube-system', name: 'cilium-config' }, data }),
  );
  assert.ok(result.available);
});

cases<{
  readonly query: typeof allNodes;
  readonly respond: () => HttpResponse;
  readonly reason: RegExp;
  readonly max: number;
}>(
  {
    'empty pages without an end': {
      query: allNodes,
      respond: () => list([], nextToken()),
      reason: /more than 400 pages/,
      max: 400,
    },
    'pages with Nodes without an end': {
      query: allNodes,
      respond: () =>
        list(
          Array.from({ length: 5_000 }, (_, index) => ({ metadata: { name: `n${index}` } })),
          nextToken(),
        ),
      reason: /more than 400 pages or 20000 objects/,
      max: 5,
    },
    'large pages without an end': {
      query: allNodes,
      respond: () => list([{ metadata: { name: 'n', x: 'x'.repeat(2_000_000) } }], nextToken()),
      reason: /responses exceed 67108864 bytes in total/,
      max: 34,
    },
    'a response of more than 2 MiB': {
      query: oneConfigMap,
      respond: () => ok({ metadata: { name: 'cilium-config' }, data: 'x'.repeat(3_000_000) }),
      reason: /response exceeds 2097152 bytes/,
      max: 1,
    },
    'a response that is small but has many values': {
      query: oneConfigMap,
      respond: () => ({
        status: 200,
        headers: {},
        body: Buffer.from(`{"metadata":{"name":"a"},"x":[${'[],'.repeat(400_000)}0]}`),
      }),
      reason: /response has more than 200000 values/,
      max: 1,
    },
  },
  async ({ query, respond, reason, max }) => {
    const { result, requests } = await read(query, respond);
    assert.match(result.available ? '' : result.reason, reason);
    assert.ok(requests <= max, `${requests} requests`);
  },
);

test('one deadline applies to all pages of a reading', async () => {
  const { result, elapsed } = await read(allNodes, async (_, clock) => {
    await new Promise<void>((resolve) => clock.setTimeout(resolve, 3_000));
    return list([], nextToken());
  });
  assert.match(result.available ? '' : result.reason, /within 10000 ms/);
  assert.equal(elapsed, 10_000);
});

test('one deadline applies to all retries of a reading', async () => {
  const { result, elapsed } = await read(allNodes, () => ({
    status: 503,
    headers: { 'retry-after': '2' },
    body: Buffer.from('{}'),
  }));
  assert.equal(result.available, false);
  assert.ok(elapsed <= 10_000, `${elapsed} ms`);
});

test('the deadline applies to the kubeconfig in the seed, too', async () => {
  const { result, elapsed } = await read(allNodes, () => list([], undefined), {
    find: ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  assert.match(result.available ? '' : result.reason, /within 10000 ms/);
  assert.equal(elapsed, 10_000);
});

suite('the check of a list', () => {
  const felix = { group: 'crd.projectcalico.org', version: 'v1', plural: 'felixconfigurations' };
  const definition = ok({
    apiVersion: 'meta.k8s.io/v1',
    kind: 'PartialObjectMetadata',
    metadata: { name: 'felixconfigurations.crd.projectcalico.org' },
  });
  const notFound = { name: 'felixconfigurations.crd.projectcalico.org', kind: 'customresourcedefinitions' };
  const missing = failed(404, {
    kind: 'Status',
    reason: 'NotFound',
    details: { ...notFound, group: 'apiextensions.k8s.io' },
  });
  const listAt = (resourceVersion: string): HttpResponse =>
    ok({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadataList', metadata: { resourceVersion }, items: [] });

  cases<{ readonly definition: HttpResponse; readonly list?: HttpResponse; readonly reason?: RegExp }>(
    {
      'passes for a list at a resourceVersion': { definition, list: listAt('7') },
      'passes for a resource without a definition': { definition: missing },
      'fails while the watch cache is not ready': {
        definition,
        list: listAt('0'),
        reason: /the watch cache of felixconfigurations\.crd\.projectcalico\.org is not ready/,
      },
      'fails for a list without a resourceVersion': {
        definition,
        list: listAt(''),
        reason: /without|with a resourceV/,
      },
      'fails for a list that is not served': { definition, list: failed(404, 'page not found'), reason: /404/ },
      'fails for a definition that a proxy does not find': { definition: failed(404, 'not here'), reason: /404/ },
      'fails for a list without permission': { definition, list: failed(403, {}), reason: /403/ },
    },
    async ({ reason, ...given }) => {
      const { result } = await read({ check: felix }, ({ path }) =>
        path.includes('customresourcedefinitions') ? given.definition : (given.list ?? failed(500, {})),
      );
      if (reason === undefined) assert.deepEqual(result, { available: true, value: [] });
      else assert.match(result.available ? '' : result.reason, reason);
    },
  );
});

function failed(status: number, body: unknown): HttpResponse {
  return { status, headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

interface Reading {
  readonly result: Lookup<readonly KubeObject[]>;
  readonly requests: number;
  /** By the clock of the reader. */
  readonly elapsed: number;
}

type Respond = (request: HttpRequest, clock: FakeClock) => HttpResponse | Promise<HttpResponse>;

/** Reads from a shoot with these responses; advances the clock until the reading ends, at most for a minute. */
async function read(query: ShootQuery, respond: Respond, seed: Pick<KubeClient, 'find'> = { find }): Promise<Reading> {
  const clock = createFakeClock();
  let requests = 0;
  const transport: Transport = {
    server: 'https://shoot',
    send: async (request) => {
      requests += 1;
      const aborted = new Promise<never>((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
      });
      const response = await Promise.race([respond(request, clock), aborted]);
      if (response.body.length > request.maxBytes) throw new ResponseTooLarge(request.maxBytes);
      return response;
    },
    stream: () => Promise.reject(new Error('no watches')),
    close: () => Promise.resolve(),
  };
  const reader = createShootReader({
    seed: seed as KubeClient,
    clock,
    random: () => 0,
    log: createMemoryLogger(),
    secretNames: ['gardener'],
    connect: () => transport,
  });
  const readings: Omit<Reading, 'requests'>[] = [];
  const readAll = async (): Promise<void> => {
    const result = await reader({ namespace: 'shoot--a', queries: [query], signal: new AbortController().signal });
    readings.push({ result, elapsed: clock.monotonic() });
  };
  const ended = readAll();
  for (let second = 0; second < 60 && readings.length === 0; second += 1) await clock.advance(1_000);
  const [reading] = readings;
  assert.ok(reading !== undefined, 'the reading ends within a minute');
  await ended;
  return { ...reading, requests };
}

/** The seed has a kubeconfig of the shoot. */
const find: KubeClient['find'] = (async () => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'gardener' },
  data: { kubeconfig: Buffer.from('{}').toString('base64') },
})) as KubeClient['find'];

function ok(body: object): HttpResponse {
  return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
}

let tokens = 0;
/** A page must not continue with itself. */
function nextToken(): string {
  tokens += 1;
  return `next-${tokens}`;
}

function list(items: readonly object[], next: string | undefined): HttpResponse {
  return ok({ kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: '1', continue: next }, items });
}

/** A Node of about 10 kB, as large as those of cloud providers. */
function realNode(name: string): object {
  const images = Array.from({ length: 50 }, (_, index) => ({
    names: [`registry.example.com/some/repository/image-${index}@sha256:${'0'.repeat(64)}`],
    sizeBytes: 123_456_789,
  }));
  const managedFields = [{ manager: 'kubelet', operation: 'Update', fieldsV1: { 'f:status': { 'f:images': {} } } }];
  const conditions = [{ type: 'NetworkUnavailable', status: 'False', reason: 'RouteCreated', message: 'x' }];
  return { metadata: { name, managedFields }, status: { conditions, images } };
}
