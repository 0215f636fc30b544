import { createHash } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import { labels, secretReferencePrefix } from '../gardener/constants.ts';
import { type KubeObject, recordOf } from '../gardener/objects.ts';
import type { ManagedResourcePlan, ManifestPart } from '../network/plugin.ts';
import type { RenderedObject } from '../templates/render.ts';
import { decodeValue } from './read.ts';

/** A ManagedResource and its Secret. The content of the Secret is compressed on first use. */
export interface RenderedManagedResource {
  readonly managedResource: KubeObject;
  readonly secretName: string;
  /** Hex SHA-256 over the uncompressed texts; its first eight characters name the Secret. */
  readonly contentHash: string;
  secret(): KubeObject;
  /** Reports whether a stored Secret has exactly this content, regardless of its compression. */
  matches(secret: KubeObject): boolean;
}

export interface RenderInput {
  readonly plan: ManagedResourcePlan;
  readonly namespace: string;
}

export type ManagedResourceRenderer = (input: RenderInput) => RenderedManagedResource;

/**
 * Creates the function that renders plans to immutable, content-addressed Secrets and the ManagedResources that reference them
 * (docs/design/gardener.md#managedresource). Keys end in `.br`, which the gardener-resource-manager decompresses. The hash covers the
 * uncompressed texts, so that an unchanged plan is detected without compressing, and independent of the version of brotli. Use one renderer
 * per process: parts with the same list of objects in every plan, such as the CRDs, are joined, hashed and compressed once.
 */
export function createManagedResourceRenderer(): ManagedResourceRenderer {
  const parts = new WeakMap<object, PartText>();
  const digest = createDigests();
  return ({ plan, namespace }) => {
    const texts = plan.parts
      .filter((part) => part.objects.length > 0)
      .map((part) => {
        const text = parts.get(part.objects) ?? partText(part, digest);
        parts.set(part.objects, text);
        return { key: `${part.key}.br`, text };
      });
    return render({ plan, namespace, texts });
  };
}

/** Lists of objects whose digest is remembered: those of all Networks of a usual seed. */
const digestLimit = 2_000;

type Digests = (objects: readonly RenderedObject[], text: () => string) => string;

/**
 * Returns a function for the digest of the text of a list of objects, which remembers it by their identity. Rendered objects are immutable, and a plan
 * without a difference consists of remembered ones, so that it needs neither the text nor its hash.
 */
function createDigests(): Digests {
  const numbers = new WeakMap<RenderedObject, number>();
  const digests = new Map<string, string>();
  let last = 0;
  const numberOf = (object: RenderedObject): number => {
    const known = numbers.get(object);
    if (known !== undefined) return known;
    last += 1;
    numbers.set(object, last);
    return last;
  };
  return (objects, text) => {
    const key = objects.map(numberOf).join();
    const digest = digests.get(key) ?? sha256(text());
    digests.delete(key);
    digests.set(key, digest);
    const oldest = digests.size > digestLimit ? digests.keys().next().value : undefined;
    if (oldest !== undefined) digests.delete(oldest);
    return digest;
  };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface PartText {
  /** The text, joined when it is first needed. */
  plain(): string;
  /** SHA-256 of the text, hexadecimal. */
  readonly digest: string;
  /** The compressed form in base64, or undefined if it has not been needed yet. */
  knownCompressed(): string | undefined;
  /** The compressed form in base64. */
  compressed(): string;
}

interface KeyedText {
  readonly key: string;
  readonly text: PartText;
}

function render({
  plan,
  namespace,
  texts,
}: RenderInput & { readonly texts: readonly KeyedText[] }): RenderedManagedResource {
  const contentHash = checksum(texts);
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
      data: Object.fromEntries(texts.map(({ key, text }) => [key, text.compressed()])),
    }),
    matches: (secret) => hasContent(secret, texts),
  };
}

/** Joins the objects as JSON documents, which are valid YAML, with the separator of the resource manager. */
function partText({ objects, constant }: ManifestPart, digestOf: Digests): PartText {
  let joined: string | undefined;
  let compressed: string | undefined;
  const plain = (): string => {
    joined ??= objects.map((object) => `${object.json}\n`).join('---\n');
    return joined;
  };
  return {
    plain,
    digest: digestOf(objects, plain),
    knownCompressed: () => compressed,
    compressed: () => {
      compressed ??= compress(plain(), constant === true ? qualities.constant : qualities.variable);
      return compressed;
    },
  };
}

/**
 * Qualities of brotli (docs/design/performance.md#levers). For the text of one Network, 3 takes a fifth of the time of 5 and is a tenth larger; for
 * one that is compressed once per process, the size counts. Another quality renames no Secret and changes no stored one.
 */
const qualities = { constant: 9, variable: 3 } as const;

/** A window of 64 kB, which holds any of these texts, needs a fraction of the default memory. */
const windowBits = 16;

function compress(plain: string, quality: number): string {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_LGWIN]: windowBits,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  return brotliCompressSync(plain, { params }).toString('base64');
}

/** The label excludes objects from Gardener's clean-up of a shoot under deletion; they are deleted with the ManagedResource. */
const shootOptions = { injectLabels: { [labels.noCleanup]: 'true' }, keepObjects: false };

function hasContent(secret: KubeObject, texts: readonly KeyedText[]): boolean {
  const data = recordOf(secret['data']);
  if (Object.keys(data).length !== texts.length) return false;
  return texts.every(({ key, text }) => {
    const value = data[key];
    return (
      typeof value === 'string' && (value === text.knownCompressed() || isSameText(key, { value, plain: text.plain() }))
    );
  });
}

function isSameText(key: string, { value, plain }: { readonly value: string; readonly plain: string }): boolean {
  try {
    return decodeValue(key, Buffer.from(value, 'base64')) === plain;
  } catch {
    return false;
  }
}

/** Computes Gardener's checksum of the data of a Secret, over the digests of the values ordered by key (docs/design/gardener.md#managedresource). */
function checksum(texts: readonly KeyedText[]): string {
  const ordered = [...texts].sort((a, b) => (a.key < b.key ? -1 : 1));
  return sha256(ordered.map(({ text }) => text.digest).join(''));
}
