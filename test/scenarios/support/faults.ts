import type { KubeClient, WriteOptions } from '../../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../../pkg/kubernetes/client/errors.ts';
import type { ObjectKey } from '../../../pkg/kubernetes/client/resource.ts';

/** A fault at one write, counted from 1. */
export type Fault =
  | { readonly at: number; readonly kind: 'killed before' | 'killed after' }
  /** The API server responds with this code, and has stored nothing (`refused`) or allObjects (`response lost`). */
  | { readonly at: number; readonly kind: 'refused' | 'response lost'; readonly code: number }
  /** Another client writes first. */
  | { readonly at: number; readonly kind: 'preceded'; readonly by: () => Promise<void> };

/** The process is killed: its further calls have no effect. */
class Killed extends Error {
  override readonly name = 'Killed';
}

export interface RecordingClient {
  readonly client: KubeClient;
  /** `verb Kind[/subresource] name` in order, with `<hash>` for content hashes, and with ` -> reason` for failures. */
  readonly writes: readonly string[];
  readonly killed: () => boolean;
  /** The number of reads before the first write, and of all reads. */
  readonly reads: () => { readonly beforeWriting: number; readonly all: number };
}

/** Creates a client that records calls and injects a fault. It serialises writes, so that the writes before a kill are defined. */
export function createRecordingClient(inner: KubeClient, fault?: Fault): RecordingClient {
  const writes: string[] = [];
  const reads = { beforeWriting: 0, all: 0 };
  let dead = false;
  let previous: Promise<unknown> = Promise.resolve();

  function alive(): void {
    if (dead) throw new Killed('the process was killed');
  }

  async function read<T>(send: () => Promise<T>): Promise<T> {
    alive();
    reads.all += 1;
    if (writes.length === 0) reads.beforeWriting += 1;
    return send();
  }

  function write<T>(line: string, send: () => Promise<T>): Promise<T> {
    const mine = previous.then(() => guarded(line, send));
    previous = mine.catch(() => undefined);
    return mine;
  }

  async function guarded<T>(line: string, send: () => Promise<T>): Promise<T> {
    alive();
    const index = writes.push(line);
    try {
      return await (fault?.at === index ? disturbed(fault, send) : send());
    } catch (error) {
      if (error instanceof ApiError) writes[index - 1] = `${line} -> ${error.reason}`;
      if (error instanceof Killed) dead = true;
      throw error;
    }
  }

  const client: KubeClient = {
    ...inner,
    get: (input) => read(() => inner.get(input)),
    find: (input) => read(() => inner.find(input)),
    list: (input) => read(() => inner.list(input)),
    create: (input) => write(describeWrite('create', input, input.object.metadata), () => inner.create(input)),
    replace: (input) => write(describeWrite('update', input, input.object.metadata), () => inner.replace(input)),
    mergePatch: (input) => write(describeWrite('patch', input, input), () => inner.mergePatch(input)),
    delete: (input) => write(describeWrite('delete', input, input), () => inner.delete(input)),
  };
  return { client, writes, killed: () => dead, reads: () => ({ ...reads }) };
}

async function disturbed<T>(fault: Fault, send: () => Promise<T>): Promise<T> {
  switch (fault.kind) {
    case 'killed before':
      throw new Killed('killed before a write');
    case 'killed after':
      await sendOnly(send);
      throw new Killed('killed after a write');
    case 'refused':
      throw failure(fault.code);
    case 'response lost':
      await sendOnly(send);
      throw failure(fault.code);
    case 'preceded':
      await fault.by();
      return send();
  }
}

/** Ignores the result. */
async function sendOnly(send: () => Promise<unknown>): Promise<void> {
  await send().catch(() => undefined);
}

const reasons: Readonly<Record<number, string>> = { 403: 'Forbidden', 409: 'Conflict', 500: 'InternalError' };

function failure(code: number): ApiError {
  const status = { kind: 'Status', reason: reasons[code], message: 'injected by a test' };
  return new ApiError({ verb: 'patch', path: '/injected', code, status, now: 0 });
}

function describeWrite(verb: string, { resource, subresource }: WriteOptions, { name }: ObjectKey): string {
  const kind = kinds[resource.plural] ?? resource.plural;
  const type = subresource === undefined ? kind : `${kind}/${subresource}`;
  return `${verb} ${type} ${hideHashes(name)}`;
}

/** Replaces the content hash in the names of Secrets in a text. */
export function hideHashes(text: string): string {
  return text.replaceAll(/\b((?:managedresource-)?extension-[a-z-]+)-[0-9a-f]{8}\b/g, '$1-<hash>');
}

const kinds: Readonly<Record<string, string>> = {
  networks: 'Network',
  clusters: 'Cluster',
  managedresources: 'ManagedResource',
  secrets: 'Secret',
  configmaps: 'ConfigMap',
  scrapeconfigs: 'ScrapeConfig',
  prometheusrules: 'PrometheusRule',
};
