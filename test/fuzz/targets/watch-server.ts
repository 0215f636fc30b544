import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { HttpRequest, Transport } from '../../../pkg/kubernetes/transport/connection.ts';
import type { HttpResponse, HttpStream } from '../../../pkg/kubernetes/transport/exchange.ts';
import type { FakeClock } from '../../doubles/fakeclock.ts';
import { statusObject } from '../../doubles/server.ts';

/** What some of the next requests get in place of what a healthy API server sends. */
export interface Script {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `{rv}` and `{rv+5}` stand for the present resourceVersion and for one that is still to come. */
  readonly body: Buffer;
  /** Bytes per chunk of a watch; 0 sends all at once. */
  readonly chunk: number;
  readonly end: 'close' | 'reset' | 'hang';
}

export interface SentRequest {
  /** Simulated milliseconds. */
  readonly at: number;
  /** `page`: a list that goes on with a continue token; `probe`: a list of one object, for its resourceVersion. */
  readonly kind: 'list' | 'page' | 'probe' | 'watch';
}

export interface WatchServer {
  readonly transport: Transport;
  /** The truth, by key. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  put(name: string): void;
  remove(name: string): void;
  /** Forgets events, so that older positions get 410. */
  compact(): void;
  script(kind: 'list' | 'watch', script: Script): void;
  /** Drops what is left of the scripts and ends the streams of those that were sent. */
  heal(): void;
  /** Complete lines that were sent on any watch. */
  readonly lines: readonly Buffer[];
  /** Bodies of lists that were sent. */
  readonly lists: readonly Buffer[];
  readonly requests: readonly SentRequest[];
  readonly openWatches: number;
}

export interface WatchServerOptions {
  readonly clock: FakeClock;
  /** Further requests of one simulated minute get no response: a client without back-off would keep a fake clock from moving. */
  readonly mostPerMinute: number;
}

interface Open {
  ended: 'close' | 'reset' | undefined;
  wake: () => void;
}

/** An API server with one kind of objects, as a transport: no sockets. It can be made to send any bytes. */
export function createWatchServer({ clock, mostPerMinute }: WatchServerOptions): WatchServer {
  const objects = new Map<string, KubeObject>();
  const scripts: { readonly list: Script[]; readonly watch: Script[] } = { list: [], watch: [] };
  const history: { readonly version: number; readonly event: object }[] = [];
  const lines: Buffer[] = [];
  const lists: Buffer[] = [];
  const requests: SentRequest[] = [];
  const scripted = new Set<Open>();
  const open = new Set<Open>();
  let [version, compacted, uids] = [10, 0, 0];

  function publish(type: string, object: object): void {
    history.push({ version, event: { type, object } });
    for (const one of open) one.wake();
  }

  async function admit(kind: SentRequest['kind'], signal: AbortSignal): Promise<void> {
    const at = clock.monotonic();
    const before = requests[requests.length - mostPerMinute];
    requests.push({ at, kind });
    await (before !== undefined && at - before.at < 60_000 ? forever(signal) : Promise.resolve());
    signal.throwIfAborted();
  }

  async function send({ path, signal }: HttpRequest): Promise<HttpResponse> {
    const query = new URL(path, 'http://server').searchParams;
    const isProbe = query.get('limit') === '1';
    await admit(query.has('continue') ? 'page' : isProbe ? 'probe' : 'list', signal);
    const script = scripts.list.shift();
    if (script !== undefined) {
      const body = expanded(script.body);
      lists.push(body);
      if (script.end === 'hang') await forever(signal);
      if (script.end === 'reset') throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      return { status: script.status, headers: script.headers, body };
    }
    if (query.has('continue')) return answer(410, statusObject({ code: 410, reason: 'Expired' }));
    const items = [...objects.values()];
    const page = isProbe ? items.slice(0, 1) : items;
    const more = page.length < items.length ? { continue: 'token' } : {};
    return answer(200, {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(version), ...more },
      items: page,
    });
  }

  function answer(status: number, value: object): HttpResponse {
    const body = Buffer.from(JSON.stringify(value));
    if (status === 200) lists.push(body);
    return { status, headers: {}, body };
  }

  async function stream({ path, signal }: HttpRequest): Promise<HttpStream> {
    await admit('watch', signal);
    const query = new URL(path, 'http://server').searchParams;
    const script = scripts.watch.shift();
    if (script !== undefined) {
      const { status, headers } = script;
      return { status, headers, chunks: scriptedChunks(script, signal), cancel: () => undefined };
    }
    const position = query.get('resourceVersion') ?? '';
    const seconds = Number(query.get('timeoutSeconds') ?? '300');
    if (!/^\d*$/.test(position)) return failed(400, 'Invalid');
    if (Number(position) > 0 && Number(position) < compacted) return failed(410, 'Expired');
    return { status: 200, headers: {}, chunks: chunks(Number(position), seconds, signal), cancel: () => undefined };
  }

  function failed(code: number, reason: string): HttpStream {
    const body = Buffer.from(JSON.stringify(statusObject({ code, reason })));
    return { status: code, headers: {}, chunks: once(body), cancel: () => undefined };
  }

  function expanded(body: Buffer): Buffer {
    const text = body
      .toString('latin1')
      .replaceAll(/\{rv(?:\+(\d{1,9}))?\}/g, (_, more?: string) => String(version + Number(more ?? 0)));
    return Buffer.from(text, 'latin1');
  }

  async function* scriptedChunks(script: Script, signal: AbortSignal): AsyncGenerator<Buffer> {
    const body = expanded(script.body);
    lines.push(...completeLines(body));
    const size = script.chunk === 0 ? body.length : script.chunk;
    for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
    if (script.end === 'reset') throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    if (script.end === 'close') return;
    const one: Open = { ended: undefined, wake: () => undefined };
    scripted.add(one);
    try {
      await waiting(one, signal);
    } finally {
      scripted.delete(one);
    }
    throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  }

  /**
   * Events after a position, a bookmark each minute, and an end after some seconds. From a position that is to come it is silent until then; from
   * none, or 0, it begins with all objects.
   */
  async function* chunks(from: number, seconds: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    let position = from === 0 ? version : from;
    const one: Open = { ended: undefined, wake: () => undefined };
    open.add(one);
    const cancelEnd = clock.setTimeout(() => {
      one.ended ??= 'close';
      one.wake();
    }, seconds * 1000);
    let due = false;
    const bookmark = (): (() => void) =>
      clock.setTimeout(() => {
        due = true;
        one.wake();
      }, 60_000);
    let cancelBookmark = bookmark();
    try {
      if (from === 0) for (const object of objects.values()) yield sent({ type: 'ADDED', object });
      while (one.ended === undefined) {
        const next = history.filter((entry) => entry.version > position);
        for (const entry of next) {
          position = entry.version;
          yield sent(entry.event);
        }
        if (due && version >= position) yield sent({ type: 'BOOKMARK', object: bookmarkOf(version) });
        if (due) cancelBookmark = bookmark();
        due = false;
        if (next.length === 0) await waiting(one, signal);
      }
    } finally {
      cancelEnd();
      cancelBookmark();
      open.delete(one);
    }
  }

  function sent(event: object): Buffer {
    const line = Buffer.from(JSON.stringify(event));
    lines.push(line);
    return Buffer.concat([line, Buffer.from('\n')]);
  }

  return {
    transport: { server: 'http://server', send, stream, close: () => Promise.resolve() },
    objects,
    lines,
    lists,
    requests,
    get openWatches() {
      return open.size;
    },
    put(name) {
      const old = objects.get(`n/${name}`);
      version += 1;
      uids += old === undefined ? 1 : 0;
      const uid = old?.metadata.uid ?? `uid-${uids}`;
      const object = {
        apiVersion: 'v1',
        kind: 'Thing',
        metadata: { namespace: 'n', name, uid, resourceVersion: String(version) },
      };
      objects.set(`n/${name}`, object);
      publish(old === undefined ? 'ADDED' : 'MODIFIED', object);
    },
    remove(name) {
      const old = objects.get(`n/${name}`);
      if (old === undefined) return;
      version += 1;
      objects.delete(`n/${name}`);
      publish('DELETED', { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } });
    },
    compact() {
      compacted = version;
      history.length = 0;
    },
    script: (kind, script) => void scripts[kind].push(script),
    heal() {
      scripts.list.length = 0;
      scripts.watch.length = 0;
      for (const one of scripted) one.wake();
    },
  };
}

function bookmarkOf(version: number): object {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { resourceVersion: String(version) } };
}

function completeLines(body: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = body.indexOf(0x0a); end >= 0; end = body.indexOf(0x0a, from)) {
    lines.push(body.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

async function* once(body: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(body);
}

/** Rejects when the signal aborts, and never resolves. */
function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Until something wakes the stream; rejects when the signal aborts. */
async function waiting(one: Open, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let leave = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      leave = () => reject(signal.reason as Error);
      one.wake = resolve;
      signal.addEventListener('abort', leave, { once: true });
    });
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
