import { type ImageSource, overwriteImages } from '../gardener/imagevector.ts';
import { parseImageVector } from '../gardener/imagevector-file.ts';
import { quoted } from '../gardener/objects.ts';
import { type PlainDocument, readPlain } from '../yaml/documents.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';

/**
 * The shipped image vector, overwritten by a file (docs/design/gardener.md#flags-and-environment). Throws InputError with every problem of the file and its line,
 * also for an entry without a repository that no shipped entry completes: nobody would notice before a shoot needs the image.
 */
export function readImages(input: {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly shipped: readonly ImageSource[];
}): readonly ImageSource[] {
  const { file, bytes, shipped } = input;
  const [document, ...more] = readPlain(file, bytes).filter((one) => one.value !== null);
  const { images, problems } = parseImageVector(document?.value);
  const merged = overwriteImages(shipped, images);
  const found: readonly InputProblem[] = [
    ...problems.map(({ path, message }) => ({
      file,
      ...document?.position(path),
      message: path === '' ? message : `${path}: ${message}`,
    })),
    ...namelessImages({ images, merged }).map(({ index, name }) => ({
      file,
      ...document?.position(`images[${index}]`),
      message: `image ${quoted(name)} has a tag alone, which no shipped image of the same name and versions completes`,
    })),
    ...more.map((one: PlainDocument) => ({
      file,
      ...one.position(''),
      message: 'is a second document; an image vector is one',
    })),
  ];
  if (found.length > 0) throw new InputError(found);
  return merged;
}

/** What has no repository after all, by its place in the file; entries of the file that were merged with each other have the last one's. */
function namelessImages(input: {
  readonly images: readonly ImageSource[];
  readonly merged: readonly ImageSource[];
}): readonly { readonly index: number; readonly name: string }[] {
  return input.merged
    .filter((image) => image.ref === undefined && image.repository === undefined)
    .map((image) => {
      const index = input.images.indexOf(image);
      return {
        index: index < 0 ? input.images.findLastIndex((one) => one.name === image.name) : index,
        name: image.name,
      };
    });
}
