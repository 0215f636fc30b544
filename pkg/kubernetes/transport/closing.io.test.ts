import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/doubles/fakeclock.ts';
import { connect, startServer } from '../../../test/doubles/server.ts';
import { isAborted } from '../client/errors.ts';
import { closeAfterAbort } from './closing.ts';

const key = { resource: { group: '', version: 'v1', plural: 'secrets', namespaced: true }, namespace: 'n', name: 's' };

for (const when of ['before', 'after']) {
  test(`closes the transports afterMs after an abort ${when} the call`, async (t) => {
    const server = await startServer(t, () => {});
    const { client, transport, clock } = connect(t, server);
    const stop = new AbortController();
    if (when === 'before') stop.abort();
    closeAfterAbort({ transports: [transport], clock, afterMs: 10_000 }, stop.signal);
    const write = client.mergePatch({ ...key, patch: {}, timeoutMs: 60_000 });
    let ended = false;
    const rejected = assert.rejects(write, isAborted).finally(() => {
      ended = true;
    });
    await eventually(() => server.requests.length === 1, 'the request');
    if (when === 'after') await clock.advance(20_000);
    stop.abort();
    await clock.advance(9_999);
    assert.equal(ended, false);
    await clock.advance(1);
    await rejected;
  });

  test(`the returned function cancels the closing for an abort ${when} the call`, async (t) => {
    const { transport, clock } = connect(t, await startServer(t, () => {}));
    const stop = new AbortController();
    if (when === 'before') stop.abort();
    const cancel = closeAfterAbort({ transports: [transport], clock, afterMs: 10_000 }, stop.signal);
    cancel();
    stop.abort();
    assert.equal(clock.timers, 0);
  });
}
