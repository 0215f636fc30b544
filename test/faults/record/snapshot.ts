import { brotliDecompressSync } from 'node:zlib';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import { at, type StoredObject, textAt } from './revision.ts';

/** Normalised state of a namespace: content as text by `resource name`. Equal work results in equal snapshots. */
export type Snapshot = Readonly<Record<string, string>>;

export interface SnapshotInput {
  /** By keyText. */
  readonly state: ReadonlyMap<string, StoredObject>;
  readonly namespace: string;
  /** Of the Network. */
  readonly name: string;
  /** Objects of the test itself, as `resource name`. */
  readonly ignored?: ReadonlySet<string>;
}

const kinds: ReadonlySet<string> = new Set([
  'networks',
  'managedresources',
  'secrets',
  'configmaps',
  'scrapeconfigs',
  'prometheusrules',
]);

/**
 * Normalises the objects of one shoot: removes versions, times, the namespace, hashes in names, and the history of
 * the last operation. Unreferenced Secrets that the garbage collector may delete are omitted.
 */
export function snapshot({ state, namespace, name: network, ignored }: SnapshotInput): Snapshot {
  const referenced = new Set([...state.values()].flatMap(secretNames));
  const result: Record<string, string> = {};
  for (const [key, object] of state) {
    const [resource = '', place = ''] = key.split(' ');
    const name = place.split('/')[1] ?? '';
    if (!kinds.has(resource) || ignored?.has(`${resource} ${name}`) === true) continue;
    if (resource === 'secrets' && !referenced.has(name) && isCollectable(object)) continue;
    const shown = resource === 'networks' && name === network ? '<network>' : name;
    result[plain(`${resource} ${shown}`, namespace)] = plain(contentOf(resource, object), namespace);
  }
  return result;
}

/** Describes the differences of two snapshots; empty for equal ones. */
export function differences(found: Snapshot, expected: Snapshot): readonly string[] {
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  return keys.flatMap((key) => {
    if (!(key in found)) return `${key} is missing`;
    if (!(key in expected)) return `${key} is left over`;
    return found[key] === expected[key] ? [] : `${key}: ${firstDifference(found[key] ?? '', expected[key] ?? '')}`;
  });
}

/** Returns the names of the Secrets that a ManagedResource refers to; empty for other objects. */
export function secretNames(object: StoredObject): readonly string[] {
  const references = object['kind'] === 'ManagedResource' ? at(object, 'spec', 'secretRefs') : undefined;
  return Array.isArray(references) ? references.flatMap((one) => textAt(one, 'name') ?? []) : [];
}

/** Returns the decoded contents of a Secret by data key. */
export function secretContents(secret: StoredObject | undefined): Readonly<Record<string, string>> {
  const data = isRecord(secret?.['data']) ? secret['data'] : {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decoded(key, value)]));
}

export function isCollectable(object: StoredObject): boolean {
  return textAt(object, 'metadata', 'labels', 'resources.gardener.cloud/garbage-collectable-reference') === 'true';
}

function decoded(key: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const bytes = Buffer.from(value, 'base64');
  if (!key.endsWith('.br')) return bytes.toString();
  try {
    return brotliDecompressSync(bytes).toString();
  } catch {
    return '<cannot be decompressed>';
  }
}

function contentOf(resource: string, object: StoredObject): string {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  const { labels, annotations = {}, finalizers, deletionTimestamp } = metadata;
  const kept = isRecord(annotations) ? { ...annotations } : {};
  delete kept['gardener.cloud/timestamp'];
  const meta = { labels, annotations: kept, finalizers, deleting: deletionTimestamp !== undefined };
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status, data, ...rest } = object;
  const content = resource === 'secrets' ? { contents: secretContents(object) } : { data };
  return JSON.stringify(sorted({ meta, ...rest, ...content, status: statusOf(resource, status) }));
}

/** Type and description of the last operation are omitted because they depend on the number of attempts. */
function statusOf(resource: string, status: unknown): unknown {
  if (!isRecord(status)) return status;
  if (resource !== 'networks') return status;
  const { observedGeneration: _generation, lastOperation, lastError, conditions, ...rest } = status;
  const hasError = lastError !== undefined && lastError !== null;
  return {
    ...rest,
    conditions: conditionTexts(conditions),
    state_: textAt({ lastOperation }, 'lastOperation', 'state'),
    hasError,
  };
}

/** Conditions without their times. */
function conditionTexts(conditions: unknown): unknown {
  if (!Array.isArray(conditions)) return conditions;
  return conditions.map((one) => ['type', 'status', 'reason', 'message'].map((field) => textAt(one, field)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** Replaces values that are specific to one run: namespace, hashes in names, times of restarts, address and certificate of the webhook, session label. */
function plain(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, '<namespace>')
    .replaceAll(/(?<=[a-z]-)[0-9a-f]{8}\b/g, '<hash>')
    .replaceAll(/(?<=-restarted-at\\*": ?\\*")[0-9TZ:-]+/g, '<time>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '<address>')
    .replaceAll(/(?:session|group)-\d+/g, '<session>')
    .replaceAll(/(?<=caBundle\\*":\\*")[^"\\]+/g, '<ca>');
}

function firstDifference(found: string, expected: string): string {
  let index = 0;
  while (index < found.length && found[index] === expected[index]) index += 1;
  const part = (text: string): string => JSON.stringify(text.slice(Math.max(0, index - 40), index + 60));
  return `${part(found)} instead of ${part(expected)}`;
}
