import { images as shippedImages } from '#charts';
import { parseImageVector } from '../gardener/imagevector-file.ts';
import { type UnverifiedImage, unverifiedImages } from '../network/compatibility.ts';
import { withAddresses } from '../network/pages.ts';
import { readImages } from './images.ts';
import { plugins } from './index.ts';
import type { ImagesFile } from './tools.ts';

/**
 * Returns the images of an operator's file with a minor version that this release was not verified with, after all overwrites. Throws InputError
 * with all problems of the file.
 */
export function unverifiedOverwrites(overwrite: ImagesFile): readonly UnverifiedImage[] {
  const images = readImages({ ...overwrite, shipped: parseImageVector(shippedImages).images });
  return plugins.flatMap(({ compatibility }) => unverifiedImages(compatibility, images));
}

/** Returns the warning for people. */
export function describeUnverified({ name, tag, verified }: UnverifiedImage): string {
  return `image ${name} has version ${tag}, and this release was verified with ${verified}: see ${withAddresses('docs/usage/versions.md')}`;
}
