import { isRecord } from '../../../pkg/gardener/objects.ts';
import { must, Violation } from '../engine/target.ts';

/** An event that a mirror passed on. */
export interface Believed {
  readonly key: string;
  readonly resourceVersion: unknown;
  readonly source: 'initial' | 'relist' | 'watch';
}

export interface SentBytes {
  /** Lines of watches, and bodies of lists. */
  readonly lines: readonly Buffer[];
  readonly lists: readonly Buffer[];
}

/** Fails for an event about an object that nobody can have read in what was sent. */
export function assertReadable(events: readonly Believed[], { lines, lists }: SentBytes): void {
  const watched = new Set(lines.flatMap(objectOfLine).map(identity));
  const listed = new Set(lists.flatMap(objectsOfList).map(identity));
  for (const event of events) {
    const known = event.source === 'watch' ? watched : listed;
    must(
      known.has(`${event.key} ${String(event.resourceVersion)}`),
      `${event.source === 'watch' ? 'event' : 'item of a list'} believed that cannot be read`,
      () => JSON.stringify(event),
    );
  }
}

interface Named {
  readonly key: string;
  readonly resourceVersion: string;
}

function identity({ key, resourceVersion }: Named): string {
  return `${key} ${resourceVersion}`;
}

const eventTypes = new Set<unknown>(['ADDED', 'MODIFIED', 'DELETED']);

function objectOfLine(line: Buffer): readonly Named[] {
  const event = parse(line);
  return isRecord(event) && eventTypes.has(event['type']) ? named(event['object']) : [];
}

function objectsOfList(body: Buffer): readonly Named[] {
  const list = parse(body);
  const items: unknown = isRecord(list) ? list['items'] : undefined;
  return Array.isArray(items) ? items.flatMap(named) : [];
}

function named(object: unknown): readonly Named[] {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  if (!isRecord(metadata)) return [];
  const { namespace, name, resourceVersion } = metadata;
  const isNamed = typeof name === 'string' && name !== '' && (namespace === undefined || typeof namespace === 'string');
  if (!isNamed || typeof resourceVersion !== 'string') return [];
  return [{ key: namespace === undefined ? name : `${namespace}/${name}`, resourceVersion }];
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

/** Fails when more requests than `most` were sent within some simulated minute; the rule names the kind of the most frequent ones. */
export function assertRate(requests: readonly { readonly at: number; readonly kind: string }[], most: number): void {
  for (const [index, { at }] of requests.entries()) {
    const first = requests[index - most];
    if (first === undefined || at - first.at >= 60_000) continue;
    const kinds = requests.slice(index - most, index).map(({ kind }) => kind);
    const count = (kind: string): number => kinds.filter((one) => one === kind).length;
    const [kind] = [...new Set(kinds)].sort((one, other) => count(other) - count(one));
    throw new Violation(`too many requests: ${kind}`, `${most} within ${at - first.at} ms`);
  }
}
