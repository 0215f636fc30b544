import semver from 'semver';
import { isRecord } from './objects.ts';

/** One entry of an image vector file (contract.md §3.1); versions are ranges of Kubernetes versions. */
export interface ImageSource {
  readonly name: string;
  readonly ref?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly runtimeVersion?: string;
  readonly targetVersion?: string;
  readonly architectures?: readonly string[];
}

/** What is wrong in a file, by field path; empty for a good one. */
export interface ParsedImageVector {
  readonly images: readonly ImageSource[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

const texts = ['ref', 'repository', 'tag', 'runtimeVersion', 'targetVersion'] as const;
const host = '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?';
const pathPart = '[a-z0-9]+([._-]+[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^(${host}/)?${pathPart}(/${pathPart})*$`);
const tagPattern = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})(@sha256:[0-9a-f]{64})?$|^sha256:[0-9a-f]{64}$/;

/** Reads a file that was parsed as YAML or JSON. Fields that we do not use (sourceRepository, labels, caBundle …) are left alone. */
export function parseImageVector(content: unknown): ParsedImageVector {
  const list = isRecord(content) ? content['images'] : undefined;
  if (!Array.isArray(list)) return { images: [], problems: [{ path: 'images', message: 'Required value: a list of images' }] };
  const parsed = list.map((entry, index) => parseImage(entry, `images[${index}]`));
  return { images: parsed.flatMap((one) => one.images), problems: parsed.flatMap((one) => one.problems) };
}

/**
 * Merges an overwriting vector: entries with the same name, versions and architectures are replaced field by field, others are
 * added. An overwriting `ref` drops repository and tag, an overwriting `repository` drops the ref.
 */
export function overwriteImages(base: readonly ImageSource[], over: readonly ImageSource[]): readonly ImageSource[] {
  const rest = new Map(over.map((image) => [identity(image), image]));
  const merged = base.map((image) => {
    const replacement = rest.get(identity(image));
    rest.delete(identity(image));
    return replacement === undefined ? image : mergeImage(image, replacement);
  });
  return [...merged, ...rest.values()];
}

export interface FindImage {
  readonly images: readonly ImageSource[];
  readonly name: string;
  /** Version of the cluster that the image runs in; for all our images that is the shoot, which is also the target. */
  readonly version?: string;
  readonly architecture?: string;
}

/**
 * The reference of the best entry: constraints must hold, an exact version beats a range, a range beats none, and the first of
 * equals wins. Throws when there is none: that is a defect of the vector and not of a user's configuration.
 */
export function findImage({ images, name, version, architecture = 'amd64' }: FindImage): string {
  const ranked = images
    .filter((image) => image.name === name)
    .map((image) => ({ image, score: scoreOf(image, { version, architecture }) }))
    .filter((one): one is { readonly image: ImageSource; readonly score: number } => one.score !== undefined);
  const best = ranked.reduce<(typeof ranked)[number] | undefined>((top, one) => (top === undefined || one.score > top.score ? one : top), undefined);
  if (best === undefined) throw new Error(`the image vector has no image ${name}${version === undefined ? '' : ` for version ${version}`}`);
  return referenceOf(best.image);
}

function parseImage(entry: unknown, path: string): ParsedImageVector {
  if (!isRecord(entry)) return { images: [], problems: [{ path, message: 'Invalid value: must be an object' }] };
  const problems: { path: string; message: string }[] = [];
  const problem = (key: string, message: string): void => void problems.push({ path: `${path}.${key}`, message });
  if (typeof entry['name'] !== 'string' || entry['name'] === '') problem('name', 'Required value: the name of the image');
  for (const key of texts) if (entry[key] !== undefined && typeof entry[key] !== 'string') problem(key, 'Invalid value: must be a text');
  const image = {
    name: String(entry['name']),
    ...Object.fromEntries(texts.flatMap((key) => (typeof entry[key] === 'string' ? [[key, entry[key]]] : []))),
    ...(Array.isArray(entry['architectures']) ? { architectures: entry['architectures'].map(String) } : {}),
  } as ImageSource;
  if (image.ref === undefined && image.repository === undefined && image.tag === undefined) problem('ref', 'Required value: ref, repository or tag');
  if (image.ref !== undefined && !isReference(image.ref)) problem('ref', `Invalid value: ${JSON.stringify(image.ref)}: must be an image reference such as registry.example.com/calico/node:v3.31.6`);
  if (image.repository !== undefined && !repositoryPattern.test(image.repository)) problem('repository', `Invalid value: ${JSON.stringify(image.repository)}: must be a repository such as registry.example.com/calico/node`);
  if (image.tag !== undefined && !tagPattern.test(image.tag)) problem('tag', `Invalid value: ${JSON.stringify(image.tag)}: must be a tag or a digest sha256:…`);
  return { images: [image], problems };
}

function isReference(text: string): boolean {
  const [name = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))) return false;
  const colon = name.lastIndexOf(':');
  if (colon <= name.lastIndexOf('/')) return repositoryPattern.test(name);
  return repositoryPattern.test(name.slice(0, colon)) && tagPattern.test(name.slice(colon + 1));
}

function identity({ name, runtimeVersion, targetVersion, architectures }: ImageSource): string {
  return JSON.stringify([name, runtimeVersion ?? '', targetVersion ?? '', [...(architectures ?? [])].sort()]);
}

function mergeImage(base: ImageSource, over: ImageSource): ImageSource {
  const { ref, repository, tag, ...rest } = base;
  if (over.ref !== undefined) return { ...rest, ...over };
  if (over.repository !== undefined) return { ...rest, ...(tag === undefined ? {} : { tag }), ...over };
  return { ...base, ...over };
}

function scoreOf(image: ImageSource, wanted: { readonly version: string | undefined; readonly architecture: string }): number | undefined {
  const runtime = versionScore(image.runtimeVersion, wanted.version);
  const target = versionScore(image.targetVersion, wanted.version);
  const architectures = image.architectures ?? [];
  if (runtime === undefined || target === undefined) return undefined;
  if (architectures.length > 0 && !architectures.includes(wanted.architecture)) return undefined;
  return runtime + target + (architectures.length === 0 ? 0 : architectures.length === 1 ? 2 : 1);
}

function versionScore(range: string | undefined, version: string | undefined): number | undefined {
  if (range === undefined || range === '' || version === undefined) return 0;
  const plain = semver.coerce(version);
  if (plain === null || !semver.satisfies(plain, range.replaceAll(',', ' '))) return undefined;
  return /^=?\s*v?\d+\.\d+\.\d+/.test(range.trim()) ? 2 : 1;
}

function referenceOf({ name, ref, repository, tag }: ImageSource): string {
  if (ref !== undefined) return ref;
  if (repository === undefined) throw new Error(`image ${name} has no repository`);
  if (tag === undefined) return repository;
  return `${repository}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
}
