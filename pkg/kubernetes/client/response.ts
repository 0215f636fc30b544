/** What the response to a call means: its JSON, an ApiError, or a NetworkError where there was no usable one. */
import { errorMessage } from '../../gardener/errors.ts';
import { CredentialsError, DeadlineExceeded, TransportClosed } from '../transport/connection.ts';
import { AnswerTooLarge, type HttpAnswer, type HttpStream } from '../transport/exchange.ts';
import { ApiError, NetworkError, type NetworkReason, type RequestTarget } from './errors.ts';

export interface RefusalInput {
  readonly target: RequestTarget;
  readonly answer: HttpAnswer;
  /** Wall clock in milliseconds. */
  readonly now: number;
}

/** The error of an answer that is not a success. */
export function toApiError({ target, answer, now }: RefusalInput): ApiError {
  const header = answer.headers['retry-after'];
  return new ApiError({
    verb: target.verb,
    path: target.path,
    code: answer.status,
    status: parseOrNothing(answer.body),
    retryAfter: Array.isArray(header) ? header[0] : header,
    now,
  });
}

/** The error of a call that got no usable answer. */
export function toNetworkError(
  error: unknown,
  { verb, path, signal }: RequestTarget & { readonly signal?: AbortSignal | undefined },
): NetworkError {
  if (error instanceof NetworkError) return error;
  const reason = signal?.aborted === true ? 'Aborted' : reasonOf(error);
  return new NetworkError({ verb, path, reason, message: messageOf(error), cause: error });
}

function reasonOf(error: unknown): NetworkReason {
  if (error instanceof DeadlineExceeded) return 'Timeout';
  if (error instanceof TransportClosed) return 'Aborted';
  if (error instanceof AnswerTooLarge) return 'Unusable';
  if (error instanceof CredentialsError) return 'Credentials';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT' ? 'Timeout' : 'Connection';
}

function messageOf(error: unknown): string {
  // Node's AggregateError of several addresses has an empty message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return errorMessage(error);
}

/** The JSON of an answer. Throws a NetworkError when it is none. */
export function parseBody(call: RequestTarget, body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    const message = `the answer of ${body.length} bytes is not JSON`;
    throw new NetworkError({ verb: call.verb, path: call.path, reason: 'Unusable', message });
  }
}

function parseOrNothing(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The body of a refused watch: a Status of some kilobytes, or the error page of a load balancer. */
export async function readAll(answer: HttpStream): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.chunks) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 256 * 1024) break;
  }
  return { status: answer.status, headers: answer.headers, body: Buffer.concat(chunks) };
}
