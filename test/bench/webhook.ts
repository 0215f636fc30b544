/**
 * `make bench-webhook`: measures response times of the webhooks over TLS, 64 requests at a time, with bodies of mixed size, and during a change of
 * the certificate. Fails if a request is lost; no figure makes it fail.
 */
import { systemClock } from '../../pkg/clock/clock.ts';
import { createWebhookServer } from '../../pkg/webhook/server.ts';
import { certified } from '../doubles/webhook-client.ts';
import { type ReviewSubject, shootReviews, shootWebhookReviews } from '../support/review-subjects.ts';
import { runReviews } from '../support/reviews.ts';

const count = Number(process.env['N'] ?? 1_000);
const atOnce = 64;
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const [first, second] = [await certified(), await certified()];
const ca = `${first.authority.cert}${second.authority.cert}`;

console.log(`milliseconds for one review over TLS, ${atOnce} at a time             p50      p99   reviews/s`);
for (const [name, subject] of [
  ['NodeLocalDNS of a shoot', shootWebhookReviews],
  ['Shoot in the garden', shootReviews],
] as const) {
  await round({ subject, name: '', size: () => 2_000, swap: false });
  await round({ subject, name: `${name}, small`, size: () => 2_000, swap: false });
  await round({ subject, name: `${name}, 50 kB`, size: () => 50_000, swap: false });
  await round({ subject, name: `${name}, mixed up to 1 MB`, size: mixed, swap: false });
  await round({ subject, name: `${name}, mixed, certificate changes half way`, size: mixed, swap: true });
}

/** Returns the size of a body: of a thousand, ten have the maximum size of an object, and ninety are large. */
function mixed(index: number): number {
  if (index % 100 === 0) return 1_000_000;
  return index % 10 === 0 ? 50_000 : 2_000;
}

interface Round {
  readonly subject: ReviewSubject;
  /** Empty: warm-up, not printed. */
  readonly name: string;
  readonly size: (index: number) => number;
  readonly swap: boolean;
}

async function round({ subject, name, size, swap }: Round): Promise<void> {
  let current = first.server;
  const subscribers = new Set<() => void>();
  const server = createWebhookServer({
    routes: { [subject.path]: subject.handler },
    certificates: {
      serving: () => current,
      subscribe: (changed) => {
        subscribers.add(changed);
        return () => subscribers.delete(changed);
      },
    },
    clock: systemClock(),
    log: quiet,
    host: '127.0.0.1',
    port: 0,
  });
  const port = await server.listen();
  const useOther = (): void => {
    current = second.server;
    for (const changed of subscribers) changed();
  };
  const startedAt = performance.now();
  const times = await runReviews({ port, ca, count, atOnce, subject, size, ...(swap ? { halfWay: useOther } : {}) });
  const seconds = (performance.now() - startedAt) / 1_000;
  await server.close(1_000);
  if (name === '') return;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1).padStart(8);
  console.log(`${name.padEnd(65)} ${at(0.5)} ${at(0.99)}   ${(count / seconds).toFixed(0).padStart(8)}`);
}
