import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { chartSource, images } from '#charts';
import { findImage, overwriteImages } from '../../gardener/imagevector.ts';
import { parseImageVector } from '../../gardener/imagevector-file.ts';
import type { PlanTools } from '../../network/plugin.ts';
import { createCharts } from '../../templates/charts.ts';

/** Returns the tools of plans with the shipped templates, and with the image vector of the host in place of the shipped one, as far as it has the images. */
export function createTools(overwrite: unknown): PlanTools {
  const shipped = parseImageVector(images).images;
  const all = overwrite === undefined ? shipped : overwriteImages(shipped, parseImageVector(overwrite).images);
  return {
    charts: createCharts(chartSource),
    sha256: (text) => bytesToHex(sha256(utf8ToBytes(text))),
    image: (name, version) => findImage({ images: all, name, version }),
  };
}
