import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { whenAborted } from '../../pkg/clock/clock.ts';
import { redact } from '../../pkg/gardener/redact.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../pkg/kubernetes/client/errors.ts';
import { eventually } from '../../test/doubles/fakeclock.ts';
import { calicoCni } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { createContext } from '../../test/scenarios/support/runner.ts';
import { annotate, configure } from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { cases } from '../../test/support/cases.ts';
import { createNetworkController } from '../network/controller.ts';
import { createLogger } from './logger.ts';

function logged(fields: object, format: 'json' | 'text' = 'json'): string {
  let text = '';
  const write = (line: string): void => {
    text += line;
  };
  createLogger({ level: 'info', format, write, colour: false }).error(fields, 'Reconcile failed');
  return text;
}

test('a line has level, time, message and fields; an error has type, message, stack and classifying details', () => {
  const cause = new Error('ECONNRESET');
  const err = new ApiError({
    verb: 'get',
    path: '/api/v1/x',
    code: 403,
    status: { kind: 'Status', reason: 'Forbidden', message: 'no' },
    now: 0,
  });
  err.cause = cause;
  const object = { namespace: 'shoot--a--b', name: 'b' };
  const { ts, err: error, ...rest } = JSON.parse(logged({ controller: 'network', object, reconcileID: 'id', err }));
  assert.match(ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, { level: 'error', controller: 'network', object, reconcileID: 'id', msg: 'Reconcile failed' });
  const { stack, cause: inner, ...fixtures } = error;
  assert.match(stack, /^ApiError: get \/api/);
  assert.equal(inner.message, 'ECONNRESET');
  assert.deepEqual(fixtures, {
    type: 'ApiError',
    message: 'get /api/v1/x: no (403)',
    code: 403,
    reason: 'Forbidden',
    verb: 'get',
    path: '/api/v1/x',
  });
});

test('all lines of a failed reconcile have its reconcileID', async () => {
  const { reconciled } = createFixtures(calicoCni);
  const change = [...reconciled(), configure({ vethMTU: '1430' }), annotate('reconcile')];
  const none = { reason: undefined, results: [], writes: [], network: 'gone', objects: [] } as const;
  const { world } = await startScenario({ given: change, expected: none });
  const lines: Readonly<Record<string, unknown>>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line));
  const failed = (): boolean => lines.some(({ msg }) => msg === 'Reconcile failed');
  const refused = new ApiError({ verb: 'create', path: '/x', code: 403, now: 0 });
  const client: KubeClient = {
    ...world.client,
    create: () => Promise.reject(refused),
    // oxlint-disable-next-line require-yield -- nothing happens after the list
    watch: async function* ({ signal }) {
      if (signal !== undefined) await whenAborted(signal);
    },
  };
  const log = createLogger({ level: 'debug', format: 'json', write, colour: false });
  const stop = new AbortController();
  const controller = createNetworkController({
    context: { ...createContext({ client, clock: world.clock }), log },
    random: () => 0,
    concurrency: 1,
    ignoreOperationAnnotation: false,
    telemetry: { queue: {}, networks: () => undefined, clusters: () => undefined },
    newId: () => 'the-id-of-the-run',
  });
  const watching = controller.watch(stop.signal);
  assert.ok(await controller.waitForSync(stop.signal));
  controller.startLeading();
  await eventually(failed, 'the reconcile fails');
  stop.abort();
  await watching;
  const { ts: _, retryMs: _retryMs, err, ...line } = lines.find(({ msg }) => msg === 'Reconcile failed') ?? {};
  assert.equal((err as { readonly code?: unknown } | undefined)?.code, 403);
  assert.deepEqual(line, {
    level: 'error',
    controller: 'network',
    object: { namespace: world.namespace, name: 'bar' },
    reconcileID: 'the-id-of-the-run',
    msg: 'Reconcile failed',
  });
});

test('omits data that libraries attach to errors', () => {
  const err = Object.assign(new Error('failed'), {
    request: { headers: { authorization: 'x' } },
    body: 'y',
    details: {},
  });
  assert.deepEqual(Object.keys(JSON.parse(logged({ err })).err), ['type', 'message', 'stack']);
});

test('cuts cyclic causes', () => {
  const err = new Error('a');
  err.cause = new Error('b', { cause: err });
  assert.ok(logged({ err }).length < 20_000);
});

test('logs a thrown value that is not an Error', () => {
  assert.deepEqual(JSON.parse(logged({ err: 'just text' })).err, { type: 'string', message: 'just text' });
});

const token = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50In0.c2lnbmF0dXJl-_0';
const pem = String(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);
const base64 = Buffer.from(pem).toString('base64');

const secrets: Readonly<Record<string, { readonly text: string; readonly secret: string }>> = {
  'a service account token': { text: `401 for ${token} at the API server`, secret: token.slice(0, 30) },
  'a truncated token': { text: `near "${token.slice(0, 40)}"`, secret: token.slice(10, 40) },
  'a bearer header': { text: 'authorization: Bearer abcdef0123456789', secret: 'abcdef0123456789' },
  'a static token of a kubeconfig': {
    text: 'users:\n- name: a\n  user:\n    token: s3cr3t-value-1\n',
    secret: 's3cr3t-value-1',
  },
  'a password': { text: 'user: {username: a, password: "hunter2hunter2"}', secret: 'hunter2hunter2' },
  'a private key': { text: `cannot read ${pem}`, secret: pem.split('\n')[1] ?? '' },
  'a truncated private key': { text: pem.slice(0, 90), secret: pem.slice(40, 80) },
  'a key in a kubeconfig': { text: `    client-key-data: ${base64}\n    x: y`, secret: base64.slice(40, 80) },
  'a key in base64 within text': { text: `cannot decode ${base64}`, secret: base64.slice(40, 80) },
  'an environment variable': { text: 'env: GARDEN_TOKEN=s3cr3t-value-3', secret: 's3cr3t-value-3' },
  'a kubeconfig as JSON': {
    text: JSON.stringify({ user: { token: 's3cr3t-value-2', 'client-key-data': base64 } }),
    secret: 's3cr3t-value-2',
  },
};

for (const format of ['json', 'text'] as const) {
  cases(
    Object.fromEntries(Object.entries(secrets).map(([name, row]) => [`${name} in an error, as ${format}`, row])),
    ({ text, secret }) => {
      const err = new Error(text, { cause: new Error(text) });
      const line = logged({ err, detail: text, nested: { text } }, format);
      assert.ok(!line.includes(secret) && !line.includes(base64.slice(20, 60)), line);
      assert.ok(line.includes('(redacted)'));
      if (format === 'json') assert.equal(JSON.parse(line).msg, 'Reconcile failed');
    },
  );
}

test('does not redact text without secrets', () => {
  const harmless = [
    'secrets "managedresource-extension-networking-calico" not found',
    'serviceaccounts "x" is forbidden: User cannot create resource "serviceaccounts/token"',
    'spec.providerConfig.ipv4.mode: Unsupported value: "Sometimes"',
    'the token file /var/run/secrets/kubernetes.io/serviceaccount/token does not exist',
  ];
  for (const text of harmless) assert.equal(redact(text), text);
});

test('property: redaction preserves JSON and its fields', () => {
  const piece = fc.constantFrom(
    token,
    pem,
    base64,
    'token: "',
    'password=',
    'Bearer ',
    '\\',
    '"',
    '\n',
    "'",
    'é',
    '{',
    'secret:',
    ': ',
  );
  const value = fc.oneof(
    fc.string(),
    fc.array(piece).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(value, value, (a, b) => {
      const line = JSON.parse(logged({ a, nested: { b }, last: 1 }));
      assert.deepEqual(
        [Object.keys(line), Object.keys(line.nested), line.last],
        [['level', 'ts', 'a', 'nested', 'last', 'msg'], ['b'], 1],
      );
    }),
    { numRuns: 1000 },
  );
});

test('the format text escapes control characters in every value', () => {
  const forged = 'x\n10:00:00.000 ERROR Lost lease \u001b[2K\u009b2K\u202e\u2028\ud800';
  const fields = { uid: forged, object: { name: forged }, [forged]: 1, err: new Error(forged) };
  const line = logged(fields, 'text');
  // oxlint-disable-next-line no-control-regex -- the characters in question
  assert.doesNotMatch(line, /[^\n\P{C}]|[\u2028\u2029]/u);
  assert.equal(line.split('\n').length, 3, 'the line itself, and the message of the error below it');
  assert.match(line, /uid=x\\n10:00:00\.000 ERROR Lost lease \\u001b\[2K/);
});

test('a long name or text is truncated, wherever it is', () => {
  const long = 'n'.repeat(3_000_000);
  const line = logged({ namespace: long, object: { name: long }, detail: long, err: new Error(long) });
  assert.ok(line.length < 40_000, `${line.length} characters`);
  const { namespace, object, detail } = JSON.parse(line);
  assert.deepEqual([namespace.length, object.name.length, detail.length], [253, 253, 8192]);
  assert.match(namespace, /^n+… \(3000000 characters\)$/);
});
