import { createHash } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import { labels, secretReferencePrefix } from '../gardener/constants.ts';
import type { KubeObject } from '../gardener/objects.ts';
import type { ManagedResourcePlan, ManifestPart } from '../network/plugin.ts';

/** A Secret whose data is known as plain text by its content hash; the compressed form is made only when it is to be written. */
export interface ManagedResourceBundle {
  readonly managedResource: KubeObject;
  readonly secretName: string;
  /** Hex SHA-256 over the uncompressed texts; its first eight characters name the Secret. */
  readonly contentHash: string;
  secret(): KubeObject;
}

/** Compresses texts; made once per process, since some parts are the same for every shoot. */
export type Compress = (text: string) => string;

export interface BuildInput {
  readonly plan: ManagedResourcePlan;
  readonly namespace: string;
  readonly compress: Compress;
}

/**
 * Turns a plan into an immutable, content-addressed Secret and the ManagedResource that names it (contract.md §2.2). Keys end in `.br`,
 * which the gardener-resource-manager decompresses; the hash is taken over the plain texts, so that an unchanged plan is recognised
 * without compressing, and so that another version of brotli changes nothing.
 */
export function buildManagedResource({ plan, namespace, compress }: BuildInput): ManagedResourceBundle {
  const texts = plan.parts
    .filter((part) => part.objects.length > 0)
    .map((part) => ({ key: `${part.key}.br`, text: documents(part) }));
  const contentHash = hashOf(texts);
  const secretName = `managedresource-${plan.name}-${contentHash.slice(0, 8)}`;
  return {
    contentHash,
    secretName,
    managedResource: {
      apiVersion: 'resources.gardener.cloud/v1alpha1',
      kind: 'ManagedResource',
      metadata: {
        name: plan.name,
        namespace,
        labels: { origin: plan.origin },
        annotations: { [`${secretReferencePrefix}${sha256(secretName).slice(0, 8)}`]: secretName },
      },
      spec: { secretRefs: [{ name: secretName }], injectLabels: { [labels.noCleanup]: 'true' }, keepObjects: false },
    },
    secret: () => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace, labels: { [labels.garbageCollectable]: 'true' } },
      type: 'Opaque',
      immutable: true,
      data: Object.fromEntries(texts.map(({ key, text }) => [key, compress(text)])),
    }),
  };
}

/** Brotli in base64; quality 5 is within a few percent of the best at a tenth of the time. Keeps the last `kept` results. */
export function createCompressor(kept = 8): Compress {
  const memo = new Map<string, string>();
  return (text) => {
    const digest = sha256(text);
    const hit = memo.get(digest);
    if (hit !== undefined) {
      memo.delete(digest);
      memo.set(digest, hit);
      return hit;
    }
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
    const packed = brotliCompressSync(text, { params }).toString('base64');
    if (memo.size >= kept) memo.delete(memo.keys().next().value ?? '');
    memo.set(digest, packed);
    return packed;
  };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The value of one data key: JSON documents, which are YAML, separated as the resource manager splits them. */
function documents(part: ManifestPart): string {
  return part.objects.map((object) => `${object.json}\n`).join('---\n');
}

/** Gardener's own checksum of a Secret's data: over the digests of the values in the order of their keys (contract.md §2.2). */
function hashOf(texts: readonly { readonly key: string; readonly text: string }[]): string {
  const ordered = [...texts].sort((a, b) => (a.key < b.key ? -1 : 1));
  return sha256(ordered.map(({ text }) => sha256(text)).join(''));
}
