/**
 * One HTTP exchange on undici's dispatcher: a whole answer, or a stream of its chunks. Its handler interface is used
 * directly because it sees every byte (the age of a watch), can stop at a size, and costs no stream object per call.
 * Redirects are not followed: undici does so only when asked.
 */
import type { Dispatcher } from 'undici';

/** The part of an undici dispatcher that is used here. */
export interface Dispatching {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

export interface ExchangeInput {
  readonly dispatcher: Dispatching;
  readonly options: Dispatcher.DispatchOptions;
  readonly signal: AbortSignal;
  /** Ends this exchange as well; shared by all that go the same way. */
  readonly closed: AbortSignal;
  /** The body may not become larger than this. */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Ends when the body ends and throws when the connection breaks; leaving the loop early closes the connection. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Closes the connection of a stream that nobody is going to read. */
  readonly cancel: () => void;
}

/** The body became larger than allowed; the connection was closed. */
export class AnswerTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the answer is larger than ${maxBytes} bytes`);
    this.name = 'AnswerTooLarge';
  }
}

/** Sends the request and waits for all of the answer. Rejects with the reason of the signal that aborts. */
export function exchange(input: ExchangeInput): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let head: Omit<HttpAnswer, 'body'> | undefined;
    start(input, {
      onHead: (status, headers) => {
        head = { status, headers };
      },
      onChunk: (chunk, controller) => {
        size += chunk.length;
        if (size > input.maxBytes) controller.abort(new AnswerTooLarge(input.maxBytes));
        else chunks.push(chunk);
      },
      onEnd: () => {
        if (head === undefined) reject(new Error('the answer has no head'));
        else resolve({ ...head, body: Buffer.concat(chunks, size) });
      },
      onFailure: reject,
    });
  });
}

/** Sends the request and resolves when the head of the answer is there. The signals end the stream as well. */
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

interface Steps {
  readonly onHead: (status: number, headers: HttpAnswer['headers'], controller: Dispatcher.DispatchController) => void;
  readonly onChunk: (chunk: Buffer, controller: Dispatcher.DispatchController) => void;
  readonly onEnd: () => void;
  readonly onFailure: (error: Error) => void;
}

function start(input: ExchangeInput, steps: Steps): void {
  const { dispatcher, options } = input;
  const signals = [input.signal, input.closed];
  const failure = (): Error | undefined => signals.filter((one) => one.aborted).map(reasonOf)[0];
  const early = failure();
  if (early !== undefined) return steps.onFailure(early);
  let controller: Dispatcher.DispatchController | undefined;
  const onAbort = (): void => {
    const reason = failure() ?? new Error('aborted');
    controller?.abort(reason);
    // Still waiting for a socket: undici has no handle to take it out of its queue, onRequestStart stops it there.
    if (controller === undefined) steps.onFailure(reason);
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
        if (status >= 200) steps.onHead(status, headers, started);
      },
      onResponseData: (started, chunk) => steps.onChunk(chunk, started),
      onResponseEnd: () => {
        finish();
        steps.onEnd();
      },
      onResponseError: (_started, error) => {
        finish();
        steps.onFailure(error);
      },
    });
  } catch (error) {
    finish();
    steps.onFailure(error instanceof Error ? error : new Error(String(error)));
  }
}

interface ChunkBuffer {
  readonly push: (chunk: Buffer, controller: Dispatcher.DispatchController) => void;
  readonly end: (error: Error | undefined) => void;
  readonly read: (controller: Dispatcher.DispatchController) => AsyncIterable<Buffer>;
}

/** Chunks that nobody has asked for yet; the socket is paused while more than `enough` bytes wait. */
function createBuffer(): ChunkBuffer {
  let waiting: Buffer[] = [];
  let size = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => {};

  return {
    push: (chunk, controller) => {
      waiting.push(chunk);
      size += chunk.length;
      if (size > enough) controller.pause();
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
        const batch = waiting;
        waiting = [];
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
  return new Error('nobody reads the answer any more');
}

const enough = 1024 * 1024;

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
