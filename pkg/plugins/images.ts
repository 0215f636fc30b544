import { type ImageSource, overwriteImages } from '../gardener/imagevector.ts';
import { parseImageVector } from '../gardener/imagevector-file.ts';
import { quoted } from '../gardener/objects.ts';
import { didYouMean } from '../network/field.ts';
import { type PlainDocument, readPlain } from '../yaml/documents.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';

/**
 * Returns the shipped image vector with the overwrites of a file (docs/design/gardener.md#flags-and-environment). Throws InputError with all
 * problems of the file and their lines, including entries without a repository for which no shipped entry has one: otherwise the problem would
 * occur only when a shoot needs the image.
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
      message: `image ${quoted(name)} has only a tag, and no shipped image has the same name and versions`,
    })),
    ...more.map((one: PlainDocument) => ({
      file,
      ...one.position(''),
      message: 'is a second document; an image vector is a single document',
    })),
  ];
  if (found.length > 0) throw new InputError(found);
  return merged;
}

/** An image in a file of overwrites that no shipped entry has the name of, so that it overwrites nothing. */
export interface UnknownImage {
  readonly name: string;
  /** The shipped name that was probably meant. */
  readonly meant: string | undefined;
  readonly line: number;
  readonly column: number;
}

/** Returns the images of a valid file whose names nothing uses. */
export function unknownImages(input: {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly shipped: readonly ImageSource[];
}): readonly UnknownImage[] {
  const { file, bytes, shipped } = input;
  const names = [...new Set(shipped.map(({ name }) => name))];
  const document = readPlain(file, bytes).find((one) => one.value !== null);
  return parseImageVector(document?.value).images.flatMap(({ name }, index) => {
    if (names.includes(name)) return [];
    const position = document?.position(`images[${index}].name`) ?? { line: 1, column: 1 };
    return [{ name, meant: didYouMean(name, names) ?? names.find((one) => one.startsWith(`${name}-`)), ...position }];
  });
}

/** Returns the images without a repository, with their index in the file; for merged entries of the file that of the last one. */
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
