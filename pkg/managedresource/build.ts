import { createHash } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import { labels, secretReferencePrefix } from '../gardener/constants.ts';
import { type KubeObject, recordOf } from '../gardener/objects.ts';
import type { ManagedResourcePlan, ManifestPart } from '../network/plugin.ts';
import { unpack } from './read.ts';

/** A ManagedResource and its Secret. The Secret is compressed only when it is to be written. */
export interface ManagedResourceBundle {
  readonly managedResource: KubeObject;
  readonly secretName: string;
  /** Hex SHA-256 over the uncompressed texts; its first eight characters name the Secret. */
  readonly contentHash: string;
  secret(): KubeObject;
  /** Whether a stored Secret holds exactly this content, however it was compressed. */
  isIn(secret: KubeObject): boolean;
}

export interface BundleInput {
  readonly plan: ManagedResourcePlan;
  readonly namespace: string;
}

export type Bundler = (input: BundleInput) => ManagedResourceBundle;

/**
 * Makes the function that turns plans into immutable, content-addressed Secrets and the ManagedResources that name them
 * (docs/design/gardener.md#managedresource). Keys end in `.br`, which the gardener-resource-manager decompresses; the hash is taken over the plain texts, so that an unchanged
 * plan is recognised without compressing, and so that another version of brotli changes nothing. One per process: parts that are the
 * same list of objects in every plan, such as the CRDs, are joined, hashed and compressed once.
 */
export function createBundler(): Bundler {
  const parts = new WeakMap<object, PartText>();
  return ({ plan, namespace }) => {
    const texts = plan.parts
      .filter((part) => part.objects.length > 0)
      .map((part) => {
        const text = parts.get(part.objects) ?? partText(part);
        parts.set(part.objects, text);
        return { key: `${part.key}.br`, text };
      });
    return bundleOf({ plan, namespace, texts });
  };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface PartText {
  readonly plain: string;
  readonly digest: string;
  /** The compressed form when it has been made already. */
  known(): string | undefined;
  packed(): string;
}

interface KeyedText {
  readonly key: string;
  readonly text: PartText;
}

function bundleOf({
  plan,
  namespace,
  texts,
}: BundleInput & { readonly texts: readonly KeyedText[] }): ManagedResourceBundle {
  const contentHash = hashOf(texts);
  const secretName = `${plan.origin === undefined ? '' : 'managedresource-'}${plan.name}-${contentHash.slice(0, 8)}`;
  return {
    contentHash,
    secretName,
    managedResource: {
      apiVersion: 'resources.gardener.cloud/v1alpha1',
      kind: 'ManagedResource',
      metadata: {
        name: plan.name,
        namespace,
        ...(plan.origin === undefined ? {} : { labels: { origin: plan.origin } }),
        annotations: { [`${secretReferencePrefix}${sha256(secretName).slice(0, 8)}`]: secretName },
      },
      spec: { secretRefs: [{ name: secretName }], ...(plan.origin === undefined ? {} : shootOptions) },
    },
    secret: () => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace, labels: { [labels.garbageCollectable]: 'true' } },
      type: 'Opaque',
      immutable: true,
      data: Object.fromEntries(texts.map(({ key, text }) => [key, text.packed()])),
    }),
    isIn: (secret) => holds(secret, texts),
  };
}

/**
 * JSON documents, which are YAML, separated as the resource manager splits them. Brotli's quality 5 is within a tenth of the
 * best at a sixtieth of the time.
 */
function partText(part: ManifestPart): PartText {
  const plain = part.objects.map((object) => `${object.json}\n`).join('---\n');
  let packed: string | undefined;
  return {
    plain,
    digest: sha256(plain),
    known: () => packed,
    packed: () => {
      const params = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
      packed ??= brotliCompressSync(plain, { params }).toString('base64');
      return packed;
    },
  };
}

/** Gardener's clean-up of a shoot under deletion leaves what is labelled so to the ManagedResource. */
const shootOptions = { injectLabels: { [labels.noCleanup]: 'true' }, keepObjects: false };

function holds(secret: KubeObject, texts: readonly KeyedText[]): boolean {
  const data = recordOf(secret['data']);
  if (Object.keys(data).length !== texts.length) return false;
  return texts.every(({ key, text }) => {
    const value = data[key];
    return typeof value === 'string' && (value === text.known() || isSameText(key, { value, plain: text.plain }));
  });
}

function isSameText(key: string, { value, plain }: { readonly value: string; readonly plain: string }): boolean {
  try {
    return unpack(key, Buffer.from(value, 'base64')) === plain;
  } catch {
    return false;
  }
}

/** Gardener's own checksum of a Secret's data: over the digests of the values in the order of their keys (docs/design/gardener.md#managedresource). */
function hashOf(texts: readonly KeyedText[]): string {
  const ordered = [...texts].sort((a, b) => (a.key < b.key ? -1 : 1));
  return sha256(ordered.map(({ text }) => text.digest).join(''));
}
