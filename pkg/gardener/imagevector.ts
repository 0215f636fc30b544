import semver from 'semver';

/** One entry of an image vector file (docs/design/gardener.md#flags-and-environment); versions are ranges of Kubernetes versions. */
export interface ImageSource {
  readonly name: string;
  readonly ref?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly runtimeVersion?: string;
  readonly targetVersion?: string;
  readonly architectures?: readonly string[];
}

/**
 * Merges an overwriting vector (docs/design/gardener.md#flags-and-environment): entries with the same name, versions and architectures are
 * replaced field by field, others are added. An overwriting `ref` removes repository and tag, an overwriting `repository` removes the ref.
 */
export function overwriteImages(base: readonly ImageSource[], over: readonly ImageSource[]): readonly ImageSource[] {
  const merged = new Map<string, ImageSource>();
  for (const image of [...base, ...over]) {
    const known = merged.get(identity(image));
    merged.set(identity(image), known === undefined ? image : mergeImage(known, image));
  }
  return [...merged.values()];
}

export interface FindImage {
  readonly images: readonly ImageSource[];
  readonly name: string;
  /** Version of the shoot, which is both runtime and target of all images of this extension. */
  readonly version?: string;
  readonly architecture?: string;
}

/**
 * Returns the reference of the best entry: constraints must hold, an exact version beats a range, a range beats none, one architecture
 * beats several (no list means amd64 and arm64), and the first of equals wins. Throws when no entry matches, which is a defect of the
 * vector and not an error of a user.
 */
export function findImage({ images, name, version, architecture = 'amd64' }: FindImage): string {
  const ranked = images
    .filter((image) => image.name === name)
    .map((image) => ({ image, score: rank(image, { version, architecture }) }))
    .filter((one): one is { readonly image: ImageSource; readonly score: number } => one.score !== undefined);
  const best = ranked.reduce<(typeof ranked)[number] | undefined>(
    (top, one) => (top === undefined || one.score > top.score ? one : top),
    undefined,
  );
  if (best === undefined)
    throw new Error(`the image vector has no image ${name}${version === undefined ? '' : ` for version ${version}`}`);
  return imageReference(best.image);
}

/** Converts a range for node-semver, which separates the parts by spaces where Gardener uses commas. */
export function toSemverRange(range: string): string {
  return range.replaceAll(',', ' ');
}

function identity({ name, runtimeVersion, targetVersion, architectures }: ImageSource): string {
  return JSON.stringify([name, runtimeVersion ?? '', targetVersion ?? '', [...(architectures ?? [])].sort()]);
}

function mergeImage(base: ImageSource, over: ImageSource): ImageSource {
  if (over.ref !== undefined) return { ...omit(base, ['repository', 'tag']), ...over };
  if (over.repository !== undefined) return { ...omit(base, ['ref']), ...over };
  return { ...base, ...over };
}

function omit(image: ImageSource, members: readonly string[]): ImageSource {
  const rest = Object.entries(image).filter(([member]) => !members.includes(member));
  return { ...(Object.fromEntries(rest) as Partial<ImageSource>), name: image.name };
}

function rank(
  image: ImageSource,
  wanted: { readonly version: string | undefined; readonly architecture: string },
): number | undefined {
  const runtime = versionScore(image.runtimeVersion, wanted.version);
  const target = versionScore(image.targetVersion, wanted.version);
  const architectures = image.architectures?.length ? image.architectures : ['amd64', 'arm64'];
  if (runtime === undefined || target === undefined || !architectures.includes(wanted.architecture)) return undefined;
  return runtime + target + (architectures.length === 1 ? 2 : 1);
}

function versionScore(range: string | undefined, version: string | undefined): number | undefined {
  if (range === undefined || range === '' || version === undefined) return 0;
  const plain = semver.coerce(version);
  if (plain === null || !semver.satisfies(plain, toSemverRange(range))) return undefined;
  return /^(v?\d+\.\d+\.\d+|=)/.test(range) ? 2 : 1;
}

function imageReference({ name, ref, repository, tag }: ImageSource): string {
  if (ref !== undefined) return ref;
  if (repository === undefined) throw new Error(`image ${name} has no repository`);
  if (tag === undefined) return repository;
  return `${repository}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
}
