import type { KubeClient, WriteOptions } from '../../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../../pkg/kubernetes/client/errors.ts';
import type { ObjectKey } from '../../../pkg/kubernetes/client/resource.ts';

/** What happens at one write, counted from 1. */
export type Fault =
  | { readonly at: number; readonly kind: 'killed before' | 'killed after' }
  /** The API server answers with this code and has done nothing, or has done all of it. */
  | { readonly at: number; readonly kind: 'refused' | 'answer lost'; readonly code: number }
  /** Somebody else is faster. */
  | { readonly at: number; readonly kind: 'preceded'; readonly by: () => Promise<void> };

/** The process is gone: nothing that it still calls does anything. */
class Killed extends Error {
  override readonly name = 'Killed';
}

export interface WatchedClient {
  readonly client: KubeClient;
  /** `verb Kind[/subresource] name`, in the order sent; content hashes as `<hash>`, and ` -> reason` where it was refused. */
  readonly writes: readonly string[];
  readonly killed: () => boolean;
  /** Objects that were read before the first write, and in all. */
  readonly reads: () => { readonly beforeWriting: number; readonly all: number };
}

/** A client that records, and has a fault happen. Writes go one after the other, so that what comes before a kill is defined. */
export function watchedClient(inner: KubeClient, fault?: Fault): WatchedClient {
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
    create: (input) => write(lineOf('create', input, input.object.metadata), () => inner.create(input)),
    replace: (input) => write(lineOf('update', input, input.object.metadata), () => inner.replace(input)),
    mergePatch: (input) => write(lineOf('patch', input, input), () => inner.mergePatch(input)),
    delete: (input) => write(lineOf('delete', input, input), () => inner.delete(input)),
  };
  return { client, writes, killed: () => dead, reads: () => ({ ...reads }) };
}

async function disturbed<T>(fault: Fault, send: () => Promise<T>): Promise<T> {
  switch (fault.kind) {
    case 'killed before':
      throw new Killed('killed before a write');
    case 'killed after':
      await ended(send);
      throw new Killed('killed after a write');
    case 'refused':
      throw refusal(fault.code);
    case 'answer lost':
      await ended(send);
      throw refusal(fault.code);
    case 'preceded':
      await fault.by();
      return send();
  }
}

/** However it ends, nobody learns of it. */
async function ended(send: () => Promise<unknown>): Promise<void> {
  await send().catch(() => undefined);
}

const reasons: Readonly<Record<number, string>> = { 403: 'Forbidden', 409: 'Conflict', 500: 'InternalError' };

function refusal(code: number): ApiError {
  const status = { kind: 'Status', reason: reasons[code], message: `made up for a test` };
  return new ApiError({ verb: 'patch', path: '/made-up', code, status, now: 0 });
}

function lineOf(verb: string, { resource, subresource }: WriteOptions, { name }: ObjectKey): string {
  const kind = kinds[resource.plural] ?? resource.plural;
  const what = subresource === undefined ? kind : `${kind}/${subresource}`;
  return `${verb} ${what} ${unhashed(name)}`;
}

/** The names of Secrets in a text without their last part, the hash of the content. */
export function unhashed(text: string): string {
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
