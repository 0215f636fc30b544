import assert from 'node:assert/strict';
import { responseOf, startClient } from '../doubles/webhook-client.ts';
import type { ReviewSubject } from './review-subjects.ts';

export interface ReviewsInput {
  readonly port: number;
  /** Of every certificate that the server may show. */
  readonly ca: string;
  readonly count: number;
  readonly atOnce: number;
  readonly subject: ReviewSubject;
  /** Bytes of an object, roughly. */
  readonly size: (index: number) => number;
  /** Called once, in the middle. From then on each fifth request has a connection of its own, which gets the certificate of the moment. */
  readonly halfWay?: () => void;
}

/** Asks a webhook as an API server does, over connections that stay open. Gives the milliseconds of each answer; throws when one is lost or wrong. */
export async function runReviews(input: ReviewsInput): Promise<readonly number[]> {
  const { port, ca, count, atOnce, subject, size, halfWay } = input;
  const { path } = subject;
  const clients = Array.from({ length: atOnce }, () => startClient({ port, ca }));
  // Handshakes are not what is asked about.
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
        const answer = await client.post(body, { path });
        times.push(performance.now() - at);
        subject.check(responseOf(answer, String(index)));
        if (client !== standing) client.close();
      }
    }),
  );
  for (const client of clients) client.close();
  assert.equal(times.length, count, 'no request is lost');
  return times;
}
