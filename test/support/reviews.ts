import assert from 'node:assert/strict';
import { responseOf, startClient } from '../doubles/webhook-client.ts';
import type { ReviewSubject } from './review-subjects.ts';

export interface ReviewsInput {
  readonly port: number;
  /** CA bundle for all certificates of the server. */
  readonly ca: string;
  readonly count: number;
  readonly atOnce: number;
  readonly subject: ReviewSubject;
  /** Approximate bytes of an object. */
  readonly size: (index: number) => number;
  /** Called once after half of the requests. Afterwards each fifth request uses a new connection, and thus the current certificate. */
  readonly halfWay?: () => void;
}

/** Calls a webhook like an API server, with persistent connections. Returns the milliseconds of each response; throws for a lost or wrong one. */
export async function runReviews(input: ReviewsInput): Promise<readonly number[]> {
  const { port, ca, count, atOnce, subject, size, halfWay } = input;
  const { path } = subject;
  const clients = Array.from({ length: atOnce }, () => startClient({ port, ca }));
  // Handshakes are not measured.
  await Promise.all(clients.map((client) => client.post(subject.review('first', 100), { path })));
  const times: number[] = [];
  let next = 0;
  await Promise.all(
    clients.map(async (standing) => {
      for (let index = next; index < count; index = next) {
        next += 1;
        if (index === Math.floor(count / 2)) halfWay?.();
        const client = halfWay !== undefined && index % 5 === 0 ? startClient({ port, ca }) : standing;
        const body = subject.review(String(index), size(index));
        const at = performance.now();
        const response = await client.post(body, { path });
        times.push(performance.now() - at);
        subject.check(responseOf(response, String(index)));
        if (client !== standing) client.close();
      }
    }),
  );
  for (const client of clients) client.close();
  assert.equal(times.length, count, 'no request is lost');
  return times;
}
