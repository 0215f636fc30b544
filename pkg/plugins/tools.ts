import { chartSource, images as shippedImages } from '#charts';
import { findImage } from '../gardener/imagevector.ts';
import { parseImageVector } from '../gardener/imagevector-file.ts';
import { sha256 } from '../managedresource/build.ts';
import type { PlanTools } from '../network/plugin.ts';
import { createCharts } from '../templates/charts.ts';
import { readImages, type UnknownImage, unknownImages } from './images.ts';

/** A file with an image vector, and its name for messages. */
export interface ImagesFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * Creates the plan tools with the shipped templates and image vector, the latter with the overwrites of an operator's file
 * (docs/design/gardener.md#flags-and-environment). Throws InputError with all problems of that file.
 */
export function planTools(overwrite?: ImagesFile): PlanTools {
  const shipped = parseImageVector(shippedImages).images;
  const images = overwrite === undefined ? shipped : readImages({ ...overwrite, shipped });
  return { charts: createCharts(chartSource), sha256, image: (name, version) => findImage({ images, name, version }) };
}

/** Returns the images of an operator's file that overwrite nothing, since no shipped image has their names. */
export function findUnknownImages(overwrite: ImagesFile): readonly UnknownImage[] {
  return unknownImages({ ...overwrite, shipped: parseImageVector(shippedImages).images });
}
