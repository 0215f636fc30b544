import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as fc from 'fast-check';
import { createFakeClock, createMemoryLogger, settle } from '../../../test/doubles/fakeclock.ts';
import {
  connect,
  type Script,
  type StatusInput,
  sendJson,
  sendStatus,
  startServer,
} from '../../../test/doubles/server.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { NotLeader } from '../leaderelection/leader.ts';
import { createEventRecorder, type EventOutcome, type ReportedEvent } from './events.ts';
import { createTokenBuckets } from './tokenbuckets.ts';

function networkOf(name: string, generation = 1): KubeObject {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { namespace: `shoot--a--${name}`, name, uid: `uid-of-${name}`, generation, resourceVersion: '7' },
  };
}

function warning(object: KubeObject, message = 'm'): ReportedEvent {
  return { object, type: 'Warning', reason: 'ConfigurationProblem', message };
}

const accept: Script = ({ body }, response) => sendJson(response, JSON.parse(body), 201);

async function start(t: TestContext, script: Script = accept, assertMayWrite = (): void => undefined) {
  const server = await startServer(t, script);
  const { client, clock, logger } = connect(t, server, { assertMayWrite });
  const outcomes: EventOutcome[] = [];
  const recorder = createEventRecorder({
    client,
    component: 'networking-extension',
    instance: 'pod-1',
    clock,
    logger,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const sent = (): readonly Readonly<Record<string, unknown>>[] => server.requests.map(({ body }) => JSON.parse(body));
  return { recorder, outcomes, server, sent, clock, logger };
}

test('an Event contains reason, message, involved object, reporter and time', async (t) => {
  const { recorder, server, sent, outcomes } = await start(t);
  recorder.record(warning(networkOf('bar'), 'spec.x: Invalid value'));
  await recorder.idle();
  assert.deepEqual(
    server.requests.map(({ method, path }) => [method, path]),
    [['POST', '/api/v1/namespaces/shoot--a--bar/events']],
  );
  const time = '2026-01-01T00:00:00Z';
  const [event] = sent();
  const { name = '' } = (event?.['metadata'] ?? {}) as { readonly name?: string };
  assert.match(name, /^bar\.[0-9a-f]{16}$/);
  assert.deepEqual(event, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'shoot--a--bar', name },
    involvedObject: {
      apiVersion: 'extensions.gardener.cloud/v1alpha1',
      kind: 'Network',
      namespace: 'shoot--a--bar',
      name: 'bar',
      uid: 'uid-of-bar',
      resourceVersion: '7',
    },
    type: 'Warning',
    reason: 'ConfigurationProblem',
    message: 'spec.x: Invalid value',
    source: { component: 'networking-extension', host: 'pod-1' },
    reportingComponent: 'networking-extension',
    reportingInstance: 'pod-1',
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  });
  assert.deepEqual(outcomes, ['written']);
});

test('creates an Event once per generation, however often it is recorded', async (t) => {
  const { recorder, sent, outcomes } = await start(t);
  for (const generation of [1, 1, 1, 2, 2]) {
    recorder.record(warning(networkOf('bar', generation)));
    await recorder.idle();
  }
  assert.deepEqual(outcomes, ['written', 'repeated', 'repeated', 'written', 'repeated']);
  assert.equal(new Set(sent().map(({ metadata }) => JSON.stringify(metadata))).size, 2);
});

test('re-emits an Event whose object expired', async (t) => {
  const { recorder, outcomes, sent, clock } = await start(t);
  const recordMany = async (): Promise<void> => {
    recorder.record(warning(networkOf('bar')));
    await recorder.idle();
  };
  await recordMany();
  clock.freeze(64 * 60_000);
  await recordMany();
  clock.freeze(60_000);
  await recordMany();
  await recordMany();
  assert.deepEqual(outcomes, ['written', 'repeated', 'written', 'repeated']);
  const names = sent().map(({ metadata }) => (metadata as { readonly name: string }).name);
  assert.equal(names[0], names[1]);
});

test('uses the same Event name after a restart, so that the API server detects the repetition', async (t) => {
  const names = new Set<string>();
  const script: Script = ({ body }, response) => {
    const { name } = JSON.parse(body).metadata;
    if (names.has(name)) sendStatus(response, { code: 409, reason: 'AlreadyExists' });
    else accept({ body } as never, response, 0);
    names.add(name);
  };
  const before = await start(t, script);
  const after = await start(t, script);
  for (const { recorder } of [before, after]) {
    recorder.record(warning(networkOf('bar')));
    await recorder.idle();
  }
  assert.deepEqual([before.outcomes, after.outcomes], [['written'], ['repeated']]);
});

test('a different object, message, reason or type results in a different Event', async (t) => {
  const { recorder, outcomes } = await start(t);
  const event = warning(networkOf('bar'));
  const successor = { ...event.object, metadata: { ...event.object.metadata, uid: 'of a successor' } };
  const others = [event, { ...event, message: 'n' }, { ...event, reason: 'R' }, { ...event, type: 'Normal' as const }];
  for (const one of [...others, warning(networkOf('foo')), warning(successor)]) recorder.record(one);
  await recorder.idle();
  assert.deepEqual(
    outcomes,
    Array.from({ length: 6 }, () => 'written'),
  );
});

test('limits an object to 20 Events, then one per five minutes, without affecting others', async (t) => {
  const { recorder, outcomes, clock } = await start(t);
  const recordMany = async (name: string, count: number): Promise<readonly EventOutcome[]> => {
    const from = outcomes.length;
    for (let n = 0; n < count; n += 1) {
      recorder.record(warning(networkOf(name), `${from}-${n}`));
      await recorder.idle();
    }
    return outcomes.slice(from);
  };
  assert.deepEqual((await recordMany('bar', 25)).filter((one) => one === 'written').length, 20);
  assert.deepEqual(await recordMany('foo', 1), ['written']);
  clock.freeze(299_000);
  assert.deepEqual(await recordMany('bar', 1), ['dropped']);
  clock.freeze(2_000);
  assert.deepEqual(await recordMany('bar', 2), ['written', 'dropped']);
});

test('records an Event again after it was dropped or failed', async (t) => {
  let refuse = true;
  const { recorder, outcomes, logger } = await start(t, (request, response, count) => {
    if (refuse) sendStatus(response, { code: 403, message: 'no right' });
    else accept(request, response, count);
  });
  const recordMany = async (): Promise<void> => {
    recorder.record(warning(networkOf('bar')));
    await recorder.idle();
  };
  await recordMany();
  refuse = false;
  await recordMany();
  await recordMany();
  assert.deepEqual(outcomes, ['failed', 'written', 'repeated']);
  assert.deepEqual(
    logger.lines.map(({ level, message }) => [level, message]),
    [['warn', 'Creating Events is forbidden, no Events are recorded']],
  );
});

const terminating = { reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } };
const failures: Readonly<Record<string, readonly [responses: readonly StatusInput[], ...levels: readonly string[]]>> = {
  'warns about missing permissions once per process': [
    [{ code: 403 }, { code: 403 }, { code: 403 }],
    'warn',
    'debug',
    'debug',
  ],
  'logs temporary failures at debug level, independently of the warning': [
    [{ code: 500 }, { code: 403, ...terminating }, { code: 403 }, { code: 500 }],
    'debug',
    'debug',
    'warn',
    'debug',
  ],
};

casesWithContext(failures, async ([responses, ...levels], t) => {
  const { recorder, outcomes, logger } = await start(t, (_request, response, count) =>
    sendStatus(response, responses[count] ?? { code: 500 }),
  );
  for (const [n] of responses.entries()) {
    recorder.record(warning(networkOf(`bar${n}`)));
    await recorder.idle();
  }
  assert.deepEqual(new Set(outcomes), new Set(['failed']));
  const texts = { warn: 'Creating Events is forbidden, no Events are recorded', debug: 'Failed to create Event' };
  assert.deepEqual(
    logger.lines.map(({ level, message }) => [level, message]),
    levels.map((level) => [level, texts[level as keyof typeof texts]]),
  );
  const objects = logger.lines.map(
    ({ fields }) => (fields as { readonly object: { readonly name: string } }).object.name,
  );
  assert.deepEqual(
    objects,
    [...responses.keys()].map((n) => `bar${n}`),
    'each line names the object of its Event',
  );
});

test('does not retry a failed Event', async (t) => {
  const { recorder, server, outcomes } = await start(t, (_request, response) =>
    sendStatus(response, { code: 429, details: { retryAfterSeconds: 1 } }),
  );
  recorder.record(warning(networkOf('bar')));
  await recorder.idle();
  assert.deepEqual([server.requests.length, outcomes], [1, ['failed']]);
});

test('limits all objects together to 100 Events, then five per second', async (t) => {
  const { recorder, outcomes, clock } = await start(t);
  const recordMany = async (round: string): Promise<number> => {
    const from = outcomes.length;
    for (let n = 0; n < 130; n += 1) {
      recorder.record(warning(networkOf(`${round}${n}`)));
      if (n % 10 === 9) await recorder.idle();
    }
    return outcomes.slice(from).filter((one) => one === 'written').length;
  };
  assert.equal(await recordMany('a'), 100);
  clock.freeze(2_000);
  assert.equal(await recordMany('b'), 10);
});

test('drops Events while fifty are being sent', async (t) => {
  const held: (() => void)[] = [];
  const { recorder, outcomes, clock } = await start(t, (request, response, count) => {
    held.push(() => accept(request, response, count));
  });
  for (let n = 0; n < 60; n += 1) recorder.record(warning(networkOf(`n${n}`)));
  assert.deepEqual(
    outcomes,
    Array.from({ length: 10 }, () => 'dropped'),
  );
  await clock.advance(5_000);
  await recorder.idle();
  assert.equal(outcomes.filter((one) => one === 'failed').length, 50, 'each request ends at its deadline');
});

test('a standby creates no Events', async (t) => {
  const { recorder, server, outcomes } = await start(t, accept, () => {
    throw new NotLeader('not the leader');
  });
  recorder.record(warning(networkOf('bar')));
  await recorder.idle();
  assert.deepEqual([server.requests.length, outcomes], [0, ['failed']]);
});

test('an exception of onOutcome is logged and has no other effect', async (t) => {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const server = await startServer(t, accept);
  const { client } = connect(t, server);
  const onOutcome = (): never => {
    throw new Error('broken');
  };
  const recorder = createEventRecorder({ client, component: 'c', instance: 'i', clock, logger, onOutcome });
  recorder.record(warning(networkOf('bar')));
  recorder.record(warning(networkOf('bar')));
  await recorder.idle();
  await settle();
  assert.deepEqual(
    logger.lines.map(({ message }) => message),
    ['onOutcome callback failed', 'onOutcome callback failed'],
  );
});

test('truncates messages to 1024 bytes without splitting characters, and keeps shorter ones', async (t) => {
  const { recorder, sent, clock } = await start(t);
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '🦄', '"', '\n'), maxLength: 600, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.uuid(), text, async (name, message) => {
      clock.freeze(1_000);
      recorder.record(warning(networkOf(name), message));
      await recorder.idle();
      const written = String(sent().at(-1)?.['message']);
      const whole = Buffer.byteLength(message) <= 1024;
      assert.ok(Buffer.byteLength(written) <= 1024);
      assert.ok(!written.includes('\uFFFD'));
      assert.ok(whole ? written === message : written.endsWith('...') && message.startsWith(written.slice(0, -3)));
      if (!whole) assert.ok(Buffer.byteLength(written) > 1024 - 8);
    }),
    { numRuns: 100 },
  );
});

test('a bucket never allows more than burst + rate × time, and the least recently used one is removed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat({ max: 3000 })), { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      (calls, burst, perSecond) => {
        const clock = createFakeClock();
        const buckets = createTokenBuckets({ burst, perSecond, maxBuckets: 2, clock });
        const given = { a: 0, b: 0 };
        for (const [key, pause] of calls) {
          clock.freeze(pause);
          if (buckets.take(key)) given[key] += 1;
          const most = burst + (clock.monotonic() * perSecond) / 1000;
          if (given.a > most + 1e-6 || given.b > most + 1e-6) return false;
        }
        return true;
      },
    ),
  );
  const buckets = createTokenBuckets({ burst: 1, perSecond: 0.001, maxBuckets: 2, clock: createFakeClock() });
  const taken = ['a', 'b', 'a', 'c', 'a', 'b'].map((key) => buckets.take(key));
  assert.deepEqual(taken, [true, true, false, true, false, true]);
});
