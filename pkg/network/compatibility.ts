import type { ImageSource } from '../gardener/imagevector.ts';

/** The versions that templates, options and metrics of a CNI were verified with. This is their only source; tests compare images and pages with it. */
export interface Compatibility {
  /** Release of the CNI that shoots run, without `v`. */
  readonly version: string;
  /**
   * Release of the same minor version whose sources were read, without `v`: its options and CRDs were compared with what is rendered, and data
   * plane tests run it. An older patch release than `version` if the sources of that one are not published as a module.
   */
  readonly sources: string;
  /** Minor version of the release, which pages may contain. */
  readonly minor: string;
  /** Names in the image vector whose tag is `v` and the version. */
  readonly images: readonly string[];
  /** Tags of the other images of the CNI, by name. */
  readonly companions: Readonly<Record<string, string>>;
  /** Minor version of the Go extension that the verdicts refer to. */
  readonly goExtension: string;
}

export interface UnverifiedImage {
  readonly name: string;
  readonly tag: string;
  readonly verified: string;
}

/**
 * Returns the images of a CNI in a vector with another minor version than the verified one: templates and options may not fit them. A digest
 * without a tag, and a tag that is no version, are not compared.
 */
export function unverifiedImages(
  { version, images, companions }: Pick<Compatibility, 'version' | 'images' | 'companions'>,
  vector: readonly ImageSource[],
): readonly UnverifiedImage[] {
  const verified = new Map([...images.map((name) => [name, `v${version}`] as const), ...Object.entries(companions)]);
  return vector.flatMap((image) => {
    const wanted = verified.get(image.name) ?? '';
    const tag = readTag(image);
    const [minor, expected] = [readMinor(tag), readMinor(wanted)];
    const isOther = minor !== undefined && expected !== undefined && minor !== expected;
    return isOther ? [{ name: image.name, tag, verified: wanted }] : [];
  });
}

/** Returns the tag without a digest; empty if there is none. */
function readTag({ ref, tag = '' }: ImageSource): string {
  const [text = ''] = (ref === undefined ? tag : ref).split('@');
  return ref === undefined ? text : (/:([^:/]+)$/.exec(text)?.[1] ?? '');
}

function readMinor(tag: string): string | undefined {
  return /^v?(\d+\.\d+)(?![\d])/.exec(tag)?.[1];
}
