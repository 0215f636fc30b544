import type { IncomingMessage } from 'node:http';
import { type Clock, type Logger, sleep } from '../clock/clock.ts';
import { encodeAnswer } from './answer.ts';
import type { BodyReader } from './body.ts';
import { decodeReview } from './decode.ts';
import type { ReviewAnswer, ReviewHandler, ReviewRequest } from './review.ts';

/** What a client gets: a review, or a line of text. */
export interface Reply {
  readonly status: number;
  readonly json?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent when no review was answered. */
  readonly allowed?: boolean;
}

export interface Asked extends Patience {
  readonly request: IncomingMessage;
  /** Undefined when there is no webhook at the path. */
  readonly handler: ReviewHandler | undefined;
  readonly bodies: BodyReader;
  /** The server shows a certificate that API servers can trust. */
  readonly trusted: boolean;
}

interface Patience {
  readonly clock: Clock;
  readonly log: Logger;
  /** For the handler. */
  readonly answerMs: number;
}

/** The reply to an HTTP request, whatever it is; undefined when the client has gone. Rejects only for defects of our own. */
export async function replyTo({ request, handler, bodies, trusted, ...patience }: Asked): Promise<Reply | undefined> {
  if (!trusted) return { status: 503, text: 'there is no certificate yet', headers: { 'retry-after': '1' } };
  if (handler === undefined) return { status: 404, text: 'there is no webhook at this path' };
  if (request.method !== 'POST') return { status: 405, text: 'only POST is served', headers: { allow: 'POST' } };
  if (!isJson(request)) return { status: 415, text: 'the content type must be application/json' };
  const received = await bodies.read(request);
  if (received.outcome === 'gone') return undefined;
  if (received.outcome === 'refused') return { status: received.status, text: received.message };
  const review = decodeReview(received.body);
  if (review.outcome === 'unreadable') return { status: 400, text: review.message };
  const { version } = review;
  if (review.outcome === 'refused') {
    const answer = { allowed: false, code: 400, message: review.message } as const;
    return { status: 200, json: encodeAnswer({ version, uid: review.uid, answer }), allowed: false };
  }
  const answer = await ask({ ...patience, handler, request: review.request });
  const json = encodeAnswer({ version, uid: review.request.uid, answer });
  return { status: 200, json, allowed: answer.allowed };
}

interface Question extends Patience {
  readonly handler: ReviewHandler;
  readonly request: ReviewRequest;
}

/** What a handler throws may hold anything, so the client gets the uid to look it up by. */
async function ask({ handler, request, clock, log, answerMs }: Question): Promise<ReviewAnswer> {
  const { uid, operation, namespace, name } = request;
  const answered = new AbortController();
  const late = sleep(clock, answerMs, answered.signal).then(() => {
    throw new Error(`the webhook did not answer within ${answerMs} ms`);
  });
  // Both may fail; only the first one is looked at.
  late.catch(() => undefined);
  try {
    const work = Promise.resolve(request).then(handler);
    work.catch(() => undefined);
    return await Promise.race([work, late]);
  } catch (error) {
    log.error({ uid, operation, object: { namespace, name }, err: error }, 'A webhook failed');
    return { allowed: false, code: 500, message: `internal error of the webhook, see the extension's log for ${uid}` };
  } finally {
    answered.abort();
  }
}

function isJson(request: IncomingMessage): boolean {
  return request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
