import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock/clock.ts';

export type Body =
  | { readonly outcome: 'read'; readonly body: Buffer }
  | { readonly outcome: 'refused'; readonly status: 408 | 413 | 503; readonly message: string }
  /** The client went away; there is nobody to answer. */
  | { readonly outcome: 'gone' };

export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Of all bodies that are being received at the same time. */
  readonly maxBytesTogether: number;
}

/** Receives bodies; one per server, because it counts what they hold together. */
export interface BodyReader {
  read(request: IncomingMessage): Promise<Body>;
  /** What an announced length says before a byte of the body is there. */
  announced(request: IncomingMessage): Body | undefined;
}

/** A body is refused as soon as it is known to be too large, too slow, or too much beside the others. */
export function createBodyReader({
  clock,
  limits,
}: {
  readonly clock: Clock;
  readonly limits: BodyLimits;
}): BodyReader {
  let together = 0;

  function announced(request: IncomingMessage): Body | undefined {
    const length = Number(request.headers['content-length'] ?? 0);
    return length > limits.maxBytes ? tooLarge() : undefined;
  }

  function tooLarge(): Body {
    return { outcome: 'refused', status: 413, message: `the body is larger than ${limits.maxBytes} bytes` };
  }

  function read(request: IncomingMessage): Promise<Body> {
    const early = announced(request);
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const cancel = clock.setTimeout(
        () =>
          finish({
            outcome: 'refused',
            status: 408,
            message: `the body was not complete after ${limits.timeoutMs} ms`,
          }),
        limits.timeoutMs,
      );
      const onData = (chunk: Buffer): void => {
        size += chunk.length;
        together += chunk.length;
        chunks.push(chunk);
        if (size > limits.maxBytes) finish(tooLarge());
        else if (together > limits.maxBytesTogether)
          finish({ outcome: 'refused', status: 503, message: 'too many large requests at the same time' });
      };
      const onEnd = (): void => finish({ outcome: 'read', body: Buffer.concat(chunks, size) });
      const onGone = (): void => finish({ outcome: 'gone' });
      request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);

      function finish(result: Body): void {
        cancel();
        together -= size;
        size = 0;
        request.off('data', onData).off('end', onEnd).off('close', onGone);
        resolve(result);
      }
    });
  }

  return { read, announced };
}
