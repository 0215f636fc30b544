import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certified, startServing } from '../../test/doubles/webhook-client.ts';
import { shootReviews } from '../../test/support/review-subjects.ts';
import { runReviews } from '../../test/support/reviews.ts';

test('the webhook server responds to all of 1,000 concurrent reviews while the certificate changes', async (t) => {
  const [before, after] = [await certified(), await certified()];
  const serving = await startServing(t, {
    routes: { [shootReviews.path]: shootReviews.handler },
    pair: before.server,
  });
  const times = await runReviews({
    port: serving.port,
    ca: `${before.authority.cert}${after.authority.cert}`,
    count: 1_000,
    atOnce: 64,
    subject: shootReviews,
    size: (index) => (index % 100 === 0 ? 500_000 : index % 10 === 0 ? 50_000 : 2_000),
    halfWay: () => serving.use(after.server),
  });
  assert.equal(times.length, 1_000);
  assert.equal(serving.seen.filter((one) => one === `${shootReviews.path} 200 true`).length, 1_064);
});
