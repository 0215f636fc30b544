import { parseKey, type Revision, type StoredObject } from './revision.ts';

/** A running watch of etcd. */
export interface EtcdWatch {
  close(): void;
  /** Rejects when the stream ends before `close`. */
  readonly ended: Promise<void>;
}

export interface EtcdWatchInput {
  /** URL of a client endpoint. */
  readonly etcd: string;
  readonly onRevision: (revision: Revision) => void;
}

/**
 * Follows /registry through etcd's JSON gateway. Values must be JSON, which kube-apiserver stores of built-in kinds only with
 * --storage-media-type=application/json; others are an error.
 */
export async function watchEtcd({ etcd, onRevision }: EtcdWatchInput): Promise<EtcdWatch> {
  const aborter = new AbortController();
  const start = await currentRevision(etcd);
  const request = {
    create_request: {
      key: base64('/registry/'),
      range_end: base64('/registry0'),
      start_revision: String(start + 1),
      prev_kv: true,
    },
  };
  const response = await fetch(`${etcd}/v3/watch`, {
    method: 'POST',
    body: JSON.stringify(request),
    signal: aborter.signal,
  });
  if (!response.ok || response.body === null)
    throw new Error(`etcd /v3/watch: ${response.status} ${await response.text()}`);
  const ended = readLines(response.body, (line) => {
    for (const revision of readMessage(line)) onRevision(revision);
  }).catch((error: unknown) => {
    if (!aborter.signal.aborted) throw error;
  });
  ended.catch(() => undefined);
  return { ended, close: () => aborter.abort() };
}

async function currentRevision(etcd: string): Promise<number> {
  const response = await fetch(`${etcd}/v3/kv/range`, {
    method: 'POST',
    body: JSON.stringify({ key: base64('none') }),
  });
  const { header } = (await response.json()) as { header: { revision: string } };
  return Number(header.revision);
}

async function readLines(body: AsyncIterable<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of body) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(lines.shift() ?? '');
    for (const next of lines) {
      take(parts.join(''));
      parts = [next];
    }
  }
  throw new Error('etcd ended the watch');
}

interface Message {
  readonly result?: {
    readonly canceled?: boolean;
    readonly cancel_reason?: string;
    readonly events?: readonly RawEvent[];
  };
  readonly error?: unknown;
}

interface RawEvent {
  readonly type?: 'DELETE';
  readonly kv: { readonly key: string; readonly value?: string; readonly mod_revision: string };
  readonly prev_kv?: { readonly value?: string };
}

function readMessage(line: string): readonly Revision[] {
  if (line === '') return [];
  const { result, error } = JSON.parse(line) as Message;
  if (error !== undefined || result?.canceled === true) throw new Error(`etcd ended the watch: ${line.slice(0, 500)}`);
  return (result?.events ?? []).flatMap(({ type, kv, prev_kv: previous }) => {
    const key = parseKey(Buffer.from(kv.key, 'base64').toString());
    if (key === undefined) return [];
    return {
      ...key,
      revision: Number(kv.mod_revision),
      at: performance.now(),
      object: type === 'DELETE' ? undefined : decode(kv.value),
      previous: decode(previous?.value),
      writer: undefined,
    };
  });
}

function decode(value: string | undefined): StoredObject | undefined {
  return value === undefined ? undefined : (JSON.parse(Buffer.from(value, 'base64').toString()) as StoredObject);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
