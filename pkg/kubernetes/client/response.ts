/** Interprets the response to a call: its JSON, an ApiError, or a NetworkError if there is no usable response. */
import { errorMessage } from '../../gardener/errors.ts';
import { CredentialsError, DeadlineExceeded, TransportClosed } from '../transport/connection.ts';
import { type HttpResponse, type HttpStream, ResponseTooLarge } from '../transport/exchange.ts';
import { ApiError, NetworkError, type NetworkReason, type RequestTarget } from './errors.ts';
import { parseJson } from './json.ts';

export interface ErrorResponse {
  readonly target: RequestTarget;
  readonly response: HttpResponse;
  /** Wall clock in milliseconds. */
  readonly now: number;
}

/** Converts a response other than 2xx. */
export function toApiError({ target, response, now }: ErrorResponse): ApiError {
  const header = response.headers['retry-after'];
  return new ApiError({
    verb: target.verb,
    path: target.path,
    code: response.status,
    status: parseOrUndefined(response.body),
    retryAfter: Array.isArray(header) ? header[0] : header,
    now,
  });
}

/** Converts the failure of a call without a usable response. */
export function toNetworkError(
  error: unknown,
  { verb, path, signal }: RequestTarget & { readonly signal?: AbortSignal | undefined },
): NetworkError {
  if (error instanceof NetworkError) return error;
  const reason = signal?.aborted === true ? 'Aborted' : networkReason(error);
  return new NetworkError({ verb, path, reason, message: describe(error), cause: error });
}

function networkReason(error: unknown): NetworkReason {
  if (error instanceof DeadlineExceeded) return 'Timeout';
  if (error instanceof TransportClosed) return 'Aborted';
  if (error instanceof ResponseTooLarge) return 'Unusable';
  if (error instanceof CredentialsError) return 'Credentials';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT' ? 'Timeout' : 'Connection';
}

function describe(error: unknown): string {
  // Node's AggregateError for several addresses has an empty message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describe).join(', ');
  return errorMessage(error);
}

/** Parses the JSON body of a response. Throws a NetworkError if it is not JSON. */
export function parseBody(call: RequestTarget, body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    const message = `response of ${body.length} bytes is not JSON`;
    throw new NetworkError({ verb: call.verb, path: call.path, reason: 'Unusable', message });
  }
}

function parseOrUndefined(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** Reads the body of a rejected watch, up to 256 KiB: a Status, or the error page of a load balancer. */
export async function readAll(stream: HttpStream): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.chunks) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 256 * 1024) break;
  }
  return { status: stream.status, headers: stream.headers, body: Buffer.concat(chunks) };
}
