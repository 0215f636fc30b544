import type { IncomingMessage } from 'node:http';
import { type Clock, type Logger, sleep } from '../clock/clock.ts';
import type { BodyReader } from './body.ts';
import { decodeReview } from './decode.ts';
import { encodeResponse } from './response.ts';
import type { ReviewHandler, ReviewRequest, ReviewResponse } from './review.ts';

/** An HTTP response: a review as JSON, or a line of text. */
export interface Reply {
  readonly status: number;
  readonly json?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent unless the reply is a review. */
  readonly allowed?: boolean;
}

export interface ReplyInput extends HandlerContext {
  readonly request: IncomingMessage;
  /** Undefined if the path has no webhook. */
  readonly handler: ReviewHandler | undefined;
  readonly bodies: BodyReader;
  /** True if the server has a certificate that API servers can trust. */
  readonly trusted: boolean;
}

interface HandlerContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly handlerTimeoutMs: number;
}

/** Returns the reply to any HTTP request; undefined if the client closed the connection. Rejects only for defects in this package. */
export async function replyTo({
  request,
  handler,
  bodies,
  trusted,
  ...context
}: ReplyInput): Promise<Reply | undefined> {
  if (!trusted) return { status: 503, text: 'the webhook has no certificate yet', headers: { 'retry-after': '1' } };
  if (handler === undefined) return { status: 404, text: 'no webhook is served at this path' };
  if (request.method !== 'POST') return { status: 405, text: 'the method must be POST', headers: { allow: 'POST' } };
  if (!isJson(request)) return { status: 415, text: 'the content type must be application/json' };
  const received = await bodies.read(request);
  if (received.outcome === 'aborted') return undefined;
  if (received.outcome === 'rejected') return { status: received.status, text: received.message };
  const review = decodeReview(received.body);
  if (review.outcome === 'unreadable') return { status: 400, text: review.message };
  const { version } = review;
  if (review.outcome === 'invalid') {
    const response = { allowed: false, code: 400, message: review.message } as const;
    return { status: 200, json: encodeResponse({ version, uid: review.uid, response }), allowed: false };
  }
  const response = await callHandler({ ...context, handler, request: review.request });
  const json = encodeResponse({ version, uid: review.request.uid, response });
  return { status: 200, json, allowed: response.allowed };
}

interface HandlerCall extends HandlerContext {
  readonly handler: ReviewHandler;
  readonly request: ReviewRequest;
}

/** Logs an error of the handler, which may contain confidential data, and responds with the uid under which the log has it. */
async function callHandler({ handler, request, clock, log, handlerTimeoutMs }: HandlerCall): Promise<ReviewResponse> {
  const { uid, operation, namespace, name } = request;
  const done = new AbortController();
  const timeout = sleep(clock, handlerTimeoutMs, done.signal).then(() => {
    throw new Error(`the webhook did not respond within ${handlerTimeoutMs} ms`);
  });
  // Both promises may reject; the race observes the first one only.
  timeout.catch(() => undefined);
  try {
    const work = Promise.resolve(request).then(handler);
    work.catch(() => undefined);
    return await Promise.race([work, timeout]);
  } catch (error) {
    const object = { namespace: printable(namespace), name: printable(name) };
    log.error({ uid, operation, object, err: error }, 'Webhook handler failed');
    return { allowed: false, code: 500, message: `internal error of the webhook, see the extension's log for ${uid}` };
  } finally {
    done.abort();
  }
}

/** Names come from the client; no API server sends longer ones, or control characters, which forge lines of a log for people. */
function printable(name: string): string {
  return name.slice(0, 253).replace(/[^\x20-\x7e]/g, '?');
}

function isJson(request: IncomingMessage): boolean {
  return request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
