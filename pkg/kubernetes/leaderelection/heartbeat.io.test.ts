import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { eventually } from '../../../test/doubles/fakeclock.ts';
import { connect, sendJson, sendStatus, startServer } from '../../../test/doubles/server.ts';
import { cases } from '../../../test/support/cases.ts';
import { runHeartbeat } from './heartbeat.ts';
import { formatMicroTime, parseMicroTime } from './microtime.ts';

const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace: 'ext', name: 'gardener-extension-heartbeat' },
};

const missing = {
  code: 404,
  reason: 'NotFound',
  details: { group: 'coordination.k8s.io', kind: 'leases', name: lease.metadata.name },
};

test('creates the heartbeat Lease once, then patches it every 30 s; failures do not stop it', async (t) => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/ext/leases';
  const server = await startServer(t, (_request, response, count) => {
    if (count === 0) sendStatus(response, missing);
    else if (count === 3) sendStatus(response, { code: 403 });
    else sendJson(response, lease);
  });
  const { client, clock, logger } = connect(t, server);
  const controller = new AbortController();
  const options = { client, namespace: 'ext', holder: 'networking-calico', seconds: 30, clock, logger };
  const done = runHeartbeat(options, controller.signal);
  for (const requests of [2, 3, 4, 5]) {
    await eventually(() => server.requests.length === requests && clock.nextIn === 30_000, `${requests} requests`);
    await clock.advance(30_000);
  }
  await eventually(() => server.requests.length === 6 && clock.nextIn === 30_000, 'the last renewal');
  controller.abort();
  await done;
  assert.equal(clock.timers, 0);

  const sent = server.requests.map(({ method, path, body }) => [method, path, JSON.parse(body).spec.renewTime]);
  const named = `${path}/gardener-extension-heartbeat`;
  assert.deepEqual(sent, [
    ['PATCH', named, '2026-01-01T00:00:00.000000Z'],
    ['POST', path, '2026-01-01T00:00:00.000000Z'],
    ['PATCH', named, '2026-01-01T00:00:30.000000Z'],
    ['PATCH', named, '2026-01-01T00:01:00.000000Z'],
    ['PATCH', named, '2026-01-01T00:01:30.000000Z'],
    ['PATCH', named, '2026-01-01T00:02:00.000000Z'],
  ]);
  const spec = {
    holderIdentity: 'networking-calico',
    leaseDurationSeconds: 30,
    renewTime: '2026-01-01T00:00:00.000000Z',
  };
  assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ''), { spec });
  assert.deepEqual(JSON.parse(server.requests[1]?.body ?? ''), { ...lease, spec });
  assert.deepEqual(
    logger.lines.map(({ message }) => message),
    ['Failed to renew heartbeat lease'],
  );
});

test('formatMicroTime writes six digits that parseMicroTime reads', () => {
  assert.equal(formatMicroTime(Date.UTC(2026, 10, 23, 5, 6, 7, 89)), '2026-11-23T05:06:07.089000Z');
  fc.assert(
    fc.property(
      fc.date({ min: new Date(-62_167_219_200_000), max: new Date(253_402_300_799_999), noInvalidDate: true }),
      (date) => {
        const text = formatMicroTime(date.getTime());
        assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        assert.equal(parseMicroTime(text), date.getTime());
      },
    ),
  );
  for (const ms of [Number.NaN, 253_402_300_800_000, -62_167_219_200_001])
    assert.throws(() => formatMicroTime(ms), RangeError);
});

cases<{ readonly text: unknown; readonly expect: number | undefined }>(
  {
    'parses the format of Go': { text: '1970-01-01T00:00:01.234567Z', expect: 1234 },
    'parses a time without a fraction': { text: '1970-01-01T00:00:01Z', expect: 1000 },
    'parses another time zone': { text: '1970-01-01T01:00:01.5+01:00', expect: 1500 },
    'rejects a time without a zone': { text: '1970-01-01T00:00:01', expect: undefined },
    'rejects a date': { text: '1970-01-01', expect: undefined },
    'rejects a month that does not exist': { text: '1970-13-01T00:00:01Z', expect: undefined },
    'rejects a number': { text: 12, expect: undefined },
    'rejects undefined': { text: undefined, expect: undefined },
  },
  ({ text, expect }) => assert.equal(parseMicroTime(text), expect),
);
