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
  /** Memory of all bodies that are received concurrently, small ones included. */
  readonly maxTotalBytes: number;
}

/** Receives request bodies. One instance per server, because it limits their total size. */
export interface BodyReader {
  read(request: IncomingMessage): Promise<Body>;
  /** Rejects a request by its Content-Length, before its body arrives; undefined if the length is acceptable. */
  checkLength(request: IncomingMessage): Body | undefined;
}

/** Bodies up to this size are never rejected for the sake of others; the number of connections limits them. Nearly all reviews are as small. */
const smallBytes = 64 * 1024;
const firstBytes = 16 * 1024;

/**
 * Creates a reader that rejects a body as soon as it is too large or too slow. If the total of concurrent bodies is exceeded, it rejects the
 * largest of them, not the one that happens to grow: otherwise a few stalled uploads would turn away everybody else.
 */
export function createBodyReader({
  clock,
  limits,
}: {
  readonly clock: Clock;
  readonly limits: BodyLimits;
}): BodyReader {
  const receiving = new Set<Receiving>();

  function checkLength(request: IncomingMessage): Body | undefined {
    const length = Number(request.headers['content-length'] ?? 0);
    return length > limits.maxBytes ? tooLarge() : undefined;
  }

  function tooLarge(): Body {
    return { outcome: 'rejected', status: 413, message: `the body is larger than ${limits.maxBytes} bytes` };
  }

  function rejectLargest(): void {
    const bySize = [...receiving].sort((a, b) => b.capacity() - a.capacity());
    let total = bySize.reduce((sum, one) => sum + one.capacity(), 0);
    for (const one of bySize) {
      if (total <= limits.maxTotalBytes || one.capacity() <= smallBytes) return;
      total -= one.capacity();
      one.finish({ outcome: 'rejected', status: 503, message: 'too many concurrent large requests' });
    }
  }

  function read(request: IncomingMessage): Promise<Body> {
    const early = checkLength(request);
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve) => {
      const content = createGrowingBuffer(limits.maxBytes);
      const self: Receiving = { capacity: content.capacity, finish };
      receiving.add(self);
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
        const before = content.capacity();
        if (!content.append(chunk)) finish(tooLarge());
        else if (content.capacity() > before) rejectLargest();
      };
      const onEnd = (): void => finish({ outcome: 'read', body: content.read() });
      const onAborted = (): void => finish({ outcome: 'aborted' });
      request.on('data', onData).on('end', onEnd).on('error', onAborted).on('close', onAborted);

      function finish(result: Body): void {
        cancel();
        receiving.delete(self);
        request.off('data', onData).off('end', onEnd).off('close', onAborted);
        resolve(result);
      }
    });
  }

  return { read, checkLength };
}

interface Receiving {
  /** Bytes of memory. */
  readonly capacity: () => number;
  readonly finish: (result: Body) => void;
}

interface GrowingBuffer {
  readonly capacity: () => number;
  /** Returns false if the content would exceed the maximum. */
  readonly append: (chunk: Buffer) => boolean;
  readonly read: () => Buffer;
}

/**
 * Collects chunks in one piece of memory. A list of them would take more than a hundred bytes per chunk, and a client may send
 * each byte as a chunk of its own.
 */
function createGrowingBuffer(maxBytes: number): GrowingBuffer {
  let content = Buffer.alloc(0);
  let size = 0;
  return {
    capacity: () => content.length,
    read: () => content.subarray(0, size),
    append: (chunk) => {
      const needed = size + chunk.length;
      if (needed > maxBytes) return false;
      if (needed > content.length) {
        let capacity = Math.max(content.length, firstBytes);
        while (capacity < needed) capacity *= 2;
        const larger = Buffer.allocUnsafe(Math.min(capacity, maxBytes));
        content.copy(larger, 0, 0, size);
        content = larger;
      }
      chunk.copy(content, size);
      size = needed;
      return true;
    },
  };
}
