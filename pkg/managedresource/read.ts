import { brotliDecompressSync } from 'node:zlib';
import { loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { countValues } from '../gardener/value-count.ts';

/** What decompression may yield at most: several times what a real Secret holds, so that a forged one cannot fill the memory. */
const largest = 16 * 1024 * 1024;

/**
 * For all keys of all Secrets of one reading together: a hundred times what this extension renders, and little enough for a process of 256 MiB
 * (docs/design/faults.md#limits-of-what-is-read).
 */
const totals = { bytes: 16 * 1024 * 1024, values: 500_000 } as const;

/**
 * The objects in the Secrets of a ManagedResource, ours and those of the Go extension alike: plain or brotli, JSON or YAML. Documents
 * are read leniently, as the resource manager does (of equal keys the last one counts); throws when a value cannot be decompressed or
 * is no YAML, or has aliases, which nobody's charts print; with the key in the message.
 */
export function readManifests(secrets: readonly KubeObject[]): readonly KubeObject[] {
  const left: Budget = { ...totals };
  return secrets.flatMap((secret) => plainData(secret, left).flatMap(([key, text]) => parse(key, text)));
}

/** What a reading may still use. */
type Budget = { -readonly [name in keyof typeof totals]: number };

/** The data of a Secret as plain texts in the order of their keys, compressed ones unpacked; stringData wins, as in the API server. */
function plainData(secret: KubeObject, left: Budget): readonly (readonly [key: string, text: string])[] {
  const data = isRecord(secret['data']) ? Object.entries(secret['data']) : [];
  const stringData = isRecord(secret['stringData']) ? Object.entries(secret['stringData']) : [];
  const bytes = new Map([
    ...data.map(([key, value]) => [key, Buffer.from(String(value), 'base64')] as const),
    ...stringData.map(([key, value]) => [key, Buffer.from(String(value))] as const),
  ]);
  return [...bytes]
    .map(([key, value]) => [key, unpackWithin(left, key, value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Throws when the reading exceeds its limits. */
function unpackWithin(left: Budget, key: string, value: Buffer): string {
  const bytes = decompress(key, value, left.bytes);
  left.bytes -= bytes.length;
  left.values -= countValues(bytes, left.values);
  if (left.bytes < 0 || left.values < 0) throw new Error(`data key ${key} exceeds the limits of what is read`);
  return bytes.toString('utf8');
}

/** The text of one data value, decompressed when its key ends in `.br`. Throws when it cannot be, or is unreasonably large. */
export function unpack(key: string, bytes: Buffer): string {
  return decompress(key, bytes, largest).toString('utf8');
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
 * Our own Secrets hold one JSON document between separators; JSON.parse is some fifty times faster than a YAML reader. Undefined for
 * what is no such stream, YAML's own `{a: b}` included.
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
