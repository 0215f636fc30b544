/**
 * One HTTP exchange on undici's dispatcher: a complete response, or a stream of its chunks. The handler interface of
 * undici is used directly because it reports every chunk (for the age of a watch), can stop at a size, and needs no
 * stream object per call. Redirects are not followed.
 */
import type { Dispatcher } from 'undici';

/** The methods of an undici dispatcher in use. */
export interface Dispatching {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

export interface ExchangeInput {
  readonly dispatcher: Dispatching;
  readonly options: Dispatcher.DispatchOptions;
  readonly signal: AbortSignal;
  /** Also aborts the exchange; shared by all exchanges of a transport. */
  readonly closed: AbortSignal;
  /** Maximum size of the body. */
  readonly maxBytes: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Ends with the body, and throws if the connection breaks. Leaving the loop early closes the connection. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Closes the connection of a stream that will not be read. */
  readonly cancel: () => void;
}

/** The body exceeded its maximum size; the connection was closed. */
export class ResponseTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`response exceeds ${maxBytes} bytes`);
    this.name = 'ResponseTooLarge';
  }
}

/** Sends a request and reads the complete response. Rejects with the reason of the signal that aborts. */
export function exchange(input: ExchangeInput): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let head: Omit<HttpResponse, 'body'> | undefined;
    start(input, {
      onHead: (status, headers) => {
        head = { status, headers };
      },
      onChunk: (chunk, controller) => {
        size += chunk.length;
        if (size > input.maxBytes) controller.abort(new ResponseTooLarge(input.maxBytes));
        else chunks.push(chunk);
      },
      onEnd: () => {
        if (head === undefined) reject(new Error('response without status and headers'));
        else resolve({ ...head, body: Buffer.concat(chunks, size) });
      },
      onFailure: reject,
    });
  });
}

/** Sends a request and resolves when status and headers have arrived. The signals also abort the stream. */
export function openStream(input: ExchangeInput): Promise<HttpStream> {
  return new Promise((resolve, reject) => {
    const buffer = createBuffer();
    start(input, {
      onHead: (status, headers, controller) =>
        resolve({ status, headers, chunks: buffer.read(controller), cancel: () => controller.abort(unread()) }),
      onChunk: (chunk, controller) => buffer.push(chunk, controller),
      onEnd: () => buffer.end(undefined),
      onFailure: (error) => {
        buffer.end(error);
        reject(error);
      },
    });
  });
}

interface ResponseHandler {
  readonly onHead: (
    status: number,
    headers: HttpResponse['headers'],
    controller: Dispatcher.DispatchController,
  ) => void;
  readonly onChunk: (chunk: Buffer, controller: Dispatcher.DispatchController) => void;
  readonly onEnd: () => void;
  readonly onFailure: (error: Error) => void;
}

function start(input: ExchangeInput, handler: ResponseHandler): void {
  const { dispatcher, options } = input;
  const signals = [input.signal, input.closed];
  const failure = (): Error | undefined => signals.filter((one) => one.aborted).map(abortReason)[0];
  const early = failure();
  if (early !== undefined) return handler.onFailure(early);
  let controller: Dispatcher.DispatchController | undefined;
  const onAbort = (): void => {
    const reason = failure() ?? new Error('aborted');
    controller?.abort(reason);
    // The request still waits for a socket. undici offers no way to remove it from its queue, so onRequestStart aborts
    // it.
    if (controller === undefined) handler.onFailure(reason);
  };
  const finish = (): void => signals.forEach((one) => one.removeEventListener('abort', onAbort));
  for (const one of signals) one.addEventListener('abort', onAbort, { once: true });
  try {
    dispatcher.dispatch(options, {
      onRequestStart: (started) => {
        controller = started;
        const late = failure();
        if (late !== undefined) started.abort(late);
      },
      onResponseStart: (started, status, headers) => {
        if (status >= 200) handler.onHead(status, headers, started);
      },
      onResponseData: (started, chunk) => handler.onChunk(chunk, started),
      onResponseEnd: () => {
        finish();
        handler.onEnd();
      },
      onResponseError: (_started, error) => {
        finish();
        handler.onFailure(error);
      },
    });
  } catch (error) {
    finish();
    handler.onFailure(error instanceof Error ? error : new Error(String(error)));
  }
}

interface ChunkBuffer {
  readonly push: (chunk: Buffer, controller: Dispatcher.DispatchController) => void;
  readonly end: (error: Error | undefined) => void;
  readonly read: (controller: Dispatcher.DispatchController) => AsyncIterable<Buffer>;
}

/** Buffers chunks until they are read; the socket is paused while more than `highWaterMark` bytes are buffered. */
function createBuffer(): ChunkBuffer {
  let buffered: Buffer[] = [];
  let size = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => {};

  return {
    push: (chunk, controller) => {
      buffered.push(chunk);
      size += chunk.length;
      if (size > highWaterMark) controller.pause();
      wake();
    },
    end: (error) => {
      ended = true;
      failure = error;
      wake();
    },
    read,
  };

  async function* read(controller: Dispatcher.DispatchController): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const batch = buffered;
        buffered = [];
        size = 0;
        controller.resume();
        yield* batch;
        if (batch.length > 0) continue;
        if (failure !== undefined) throw failure;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      if (!ended) controller.abort(unread());
    }
  }
}

function unread(): Error {
  return new Error('response stream is no longer read');
}

const highWaterMark = 1024 * 1024;

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
