import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock/clock.ts';

export type Body =
  | { readonly outcome: 'read'; readonly body: Buffer }
  | { readonly outcome: 'rejected'; readonly status: 408 | 413 | 503; readonly message: string }
  /** The client closed the connection, no response is possible. */
  | { readonly outcome: 'aborted' };

export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Sum over all bodies that are received concurrently. */
  readonly maxTotalBytes: number;
}

/** Receives request bodies. One instance per server, because it limits their total size. */
export interface BodyReader {
  read(request: IncomingMessage): Promise<Body>;
  /** Rejects a request by its Content-Length, before its body arrives; undefined if the length is acceptable. */
  checkLength(request: IncomingMessage): Body | undefined;
}

/** Creates a reader that rejects a body as soon as it is too large, too slow, or exceeds the total of concurrent bodies. */
export function createBodyReader({
  clock,
  limits,
}: {
  readonly clock: Clock;
  readonly limits: BodyLimits;
}): BodyReader {
  let totalBytes = 0;

  function checkLength(request: IncomingMessage): Body | undefined {
    const length = Number(request.headers['content-length'] ?? 0);
    return length > limits.maxBytes ? tooLarge() : undefined;
  }

  function tooLarge(): Body {
    return { outcome: 'rejected', status: 413, message: `the body is larger than ${limits.maxBytes} bytes` };
  }

  function read(request: IncomingMessage): Promise<Body> {
    const early = checkLength(request);
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const cancel = clock.setTimeout(
        () =>
          finish({
            outcome: 'rejected',
            status: 408,
            message: `the body was not complete after ${limits.timeoutMs} ms`,
          }),
        limits.timeoutMs,
      );
      const onData = (chunk: Buffer): void => {
        size += chunk.length;
        totalBytes += chunk.length;
        chunks.push(chunk);
        if (size > limits.maxBytes) finish(tooLarge());
        else if (totalBytes > limits.maxTotalBytes)
          finish({ outcome: 'rejected', status: 503, message: 'too many concurrent large requests' });
      };
      const onEnd = (): void => finish({ outcome: 'read', body: Buffer.concat(chunks, size) });
      const onAborted = (): void => finish({ outcome: 'aborted' });
      request.on('data', onData).on('end', onEnd).on('error', onAborted).on('close', onAborted);

      function finish(result: Body): void {
        cancel();
        totalBytes -= size;
        size = 0;
        request.off('data', onData).off('end', onEnd).off('close', onAborted);
        resolve(result);
      }
    });
  }

  return { read, checkLength };
}
