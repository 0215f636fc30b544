import { brotliDecompressSync } from 'node:zlib';
import { loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../gardener/objects.ts';

/** What decompression may yield at most: several times what a real Secret holds, so that a forged one cannot fill the memory. */
const largest = 16 * 1024 * 1024;

/**
 * The objects in the Secrets of a ManagedResource, ours and those of the Go extension alike: plain or brotli, JSON or YAML. Documents
 * are read leniently; throws when a value cannot be decompressed or is no YAML, with the key in the message.
 */
export function readManifests(secrets: readonly KubeObject[]): readonly KubeObject[] {
  return secrets.flatMap((secret) => plainData(secret).flatMap(([key, text]) => parse(key, text)));
}

/** The data of a Secret as plain texts by key, compressed keys unpacked. */
export function plainData(secret: KubeObject): readonly (readonly [key: string, text: string])[] {
  const data = isRecord(secret['data']) ? Object.entries(secret['data']) : [];
  const stringData = isRecord(secret['stringData']) ? Object.entries(secret['stringData']) : [];
  return [
    ...data.map(([key, value]) => [key, unpack(key, Buffer.from(String(value), 'base64'))] as const),
    ...stringData.map(([key, value]) => [key, String(value)] as const),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The text of one data value, decompressed when its key ends in `.br`. Throws when it cannot be, or is unreasonably large. */
export function unpack(key: string, bytes: Buffer): string {
  if (!key.endsWith('.br')) return bytes.toString('utf8');
  try {
    return brotliDecompressSync(bytes, { maxOutputLength: largest }).toString('utf8');
  } catch (error) {
    throw new Error(`data key ${key} cannot be decompressed`, { cause: error });
  }
}

function parse(key: string, text: string): readonly KubeObject[] {
  try {
    const documents = jsonDocuments(text) ?? loadAll(text);
    return documents.filter(
      (one): one is KubeObject => isRecord(one) && typeof one['kind'] === 'string' && isRecord(one['metadata']),
    );
  } catch (error) {
    throw new Error(`data key ${key} cannot be read as YAML`, { cause: error });
  }
}

/** Our own Secrets hold one JSON document between separators; JSON.parse is some fifty times faster than a YAML reader. */
function jsonDocuments(text: string): readonly unknown[] | undefined {
  const documents = text.split(/^---\n/m);
  return documents.every((one) => one.startsWith('{')) ? documents.map((one): unknown => JSON.parse(one)) : undefined;
}
