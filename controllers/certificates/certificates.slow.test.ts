import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../test/doubles/fakeclock.ts';
import { day, hour, isTrusted, minute, ready, scene } from '../../test/support/certificate-replicas.ts';

test('a rotation that crashes before or after any write is completed by the next leader', async (t) => {
  const { store, start, clock } = scene(t);
  const beginner = start();
  await ready(beginner);
  beginner.lead();
  await eventually(() => beginner.published.length === 1, 'it starts');
  await eventually(() => store.requests.some((one) => one.startsWith('patch')), 'the publication is recorded');
  await beginner.stop();
  let shoots = beginner.published[0];
  for (let round = 0; round < 12; round += 1) {
    let writes = 0;
    let dead = false;
    const leader = start(5 * minute);
    store.before = (request) => {
      if (request !== 'list') writes += 1;
      // Every other replica crashes after one write, the rest before any.
      if (writes > round % 2) dead = true;
      if (dead && round < 8) throw new Error('killed');
    };
    leader.publishing = async () => {
      if (dead && round < 8) throw new Error('killed');
    };
    await ready(leader);
    leader.lead();
    await clock.advance(2.5 * day + 2 * hour);
    await eventually(() => clock.timers > 0, 'it is idle');
    shoots = leader.published.at(-1) ?? shoots;
    assert.ok(isTrusted(leader.certificates.serving()?.cert, shoots), `round ${round}`);
    await leader.stop();
    store.before = () => undefined;
  }
  assert.equal(store.secrets.size, 2);
  assert.ok(store.requests.filter((one) => one.startsWith('delete')).length >= 2);
});
