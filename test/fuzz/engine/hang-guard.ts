/** Ends a process that is stuck in one input, which nothing on its own thread could do. Run as a worker, and imported by the main thread. */
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { writeCrash } from './store.ts';

export interface HangGuard {
  /** An input begins. */
  begin(input: Uint8Array): void;
  /** It ended. */
  end(): void;
  stop(): Promise<void>;
}

interface Shared {
  readonly target: string;
  /** Number of the running input, 0 between inputs; its length; both as 32-bit integers, then its bytes. */
  readonly memory: SharedArrayBuffer;
  readonly afterMs: number;
}

const headBytes = 8;
const mostBytes = 2 * 1024 * 1024;

/** Writes an input that runs for longer than `afterMs` to the crashes, says so and kills the process. */
export function startHangGuard({ target, afterMs }: Omit<Shared, 'memory'>): HangGuard {
  const memory = new SharedArrayBuffer(headBytes + mostBytes);
  const head = new Int32Array(memory, 0, 2);
  const bytes = new Uint8Array(memory, headBytes);
  const workerData: Shared = { target, memory, afterMs };
  const worker = new Worker(new URL(import.meta.url), { workerData });
  worker.unref();
  let count = 0;
  return {
    begin(input) {
      const length = Math.min(input.length, mostBytes);
      bytes.set(input.subarray(0, length));
      Atomics.store(head, 1, length);
      count = (count % 0x7fff_fffe) + 1;
      Atomics.store(head, 0, count);
    },
    end: () => void Atomics.store(head, 0, 0),
    stop: async () => void (await worker.terminate()),
  };
}

function watchForHang({ target, memory, afterMs }: Shared): void {
  const head = new Int32Array(memory, 0, 2);
  let seen = 0;
  setInterval(() => {
    const running = Atomics.load(head, 0);
    if (running === 0 || running !== seen) {
      seen = running;
      return;
    }
    const input = Buffer.from(new Uint8Array(memory, headBytes, Atomics.load(head, 1)));
    writeSync(2, `\n✗ an input of ${input.length} bytes does not end: ${writeCrash(target, input)}\n`);
    process.kill(process.pid, 'SIGKILL');
  }, afterMs);
}

if (!isMainThread) watchForHang(workerData as Shared);
