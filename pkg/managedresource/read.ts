import { brotliDecompressSync } from 'node:zlib';
import { loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { countValues } from '../gardener/value-count.ts';

/** Limit for decompressed values: several times the size of any real Secret, so that a forged one cannot exhaust the memory. */
const maxBytes = 16 * 1024 * 1024;

/**
 * For all keys of all Secrets of one reading together: a hundred times what this extension renders, and little enough for a process of 256 MiB
 * (docs/design/faults.md#limits-of-what-is-read).
 */
const totals = { bytes: 16 * 1024 * 1024, values: 200_000 } as const;

/**
 * Returns the objects in the Secrets of a ManagedResource, written by this or by the Go extension: plain or brotli, JSON or YAML. Documents
 * are parsed leniently, as in the resource manager (the last one of duplicate keys wins). Throws with the data key in the message if a
 * value cannot be decompressed, is not YAML, or contains aliases, which no chart uses.
 */
export function readManifests(secrets: readonly KubeObject[]): readonly KubeObject[] {
  const left: Budget = { ...totals };
  return secrets.flatMap((secret) => plainData(secret, left).flatMap(([key, text]) => parse(key, text)));
}

/** What a reading may still use. */
type Budget = { -readonly [name in keyof typeof totals]: number };

/** Returns the decoded values of a Secret ordered by key; stringData takes precedence, as in the API server. */
function plainData(secret: KubeObject, left: Budget): readonly (readonly [key: string, text: string])[] {
  const data = isRecord(secret['data']) ? Object.entries(secret['data']) : [];
  const stringData = isRecord(secret['stringData']) ? Object.entries(secret['stringData']) : [];
  const bytes = new Map([
    ...data.map(([key, value]) => [key, Buffer.from(String(value), 'base64')] as const),
    ...stringData.map(([key, value]) => [key, Buffer.from(String(value))] as const),
  ]);
  return [...bytes]
    .map(([key, value]) => [key, decodeWithin(left, key, value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Throws when the reading exceeds its limits. */
function decodeWithin(left: Budget, key: string, value: Buffer): string {
  const bytes = decompress(key, value, left.bytes);
  left.bytes -= bytes.length;
  left.values -= countValues(bytes, left.values);
  if (left.bytes < 0 || left.values < 0) throw new Error(`data key ${key} exceeds the limits of what is read`);
  return bytes.toString('utf8');
}

/** Returns the text of one data value, decompressed if its key ends in `.br`. Throws if that fails or exceeds `maxBytes`. */
export function decodeValue(key: string, bytes: Buffer): string {
  return decompress(key, bytes, maxBytes).toString('utf8');
}

function decompress(key: string, bytes: Buffer, maxOutputLength: number): Buffer {
  if (!key.endsWith('.br')) return bytes;
  try {
    return brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, maxOutputLength) });
  } catch (error) {
    throw new Error(`data key ${key} cannot be decompressed`, { cause: error });
  }
}

function parse(key: string, text: string): readonly KubeObject[] {
  try {
    const documents = jsonDocuments(text) ?? loadAll(text, { json: true, maxAliases: 0 });
    return documents.filter(
      (one): one is KubeObject => isRecord(one) && typeof one['kind'] === 'string' && isRecord(one['metadata']),
    );
  } catch (error) {
    throw new Error(`data key ${key} cannot be read as YAML`, { cause: error });
  }
}

/**
 * Parses a stream of JSON documents, the format of this extension's own Secrets, since JSON.parse is about fifty times faster than a YAML
 * parser. Returns undefined for any other stream, including YAML flow mappings such as `{a: b}`.
 */
function jsonDocuments(text: string): readonly unknown[] | undefined {
  const documents = text.split(/^---\n/m);
  if (!documents.every((one) => one.startsWith('{'))) return undefined;
  try {
    return documents.map((one): unknown => JSON.parse(one));
  } catch {
    return undefined;
  }
}
