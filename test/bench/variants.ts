import { imageStart } from './image.ts';

/** A way to start the extension. */
export interface Variant {
  readonly name: string;
  /** Path of the bundle. */
  readonly bundle: string;
  /** Flags of Node. */
  readonly flags: readonly string[];
}

/**
 * Parses VARIANTS: `name=bundle [flags of Node]; …`, where no bundle means `dist/netext.js`, and no flags mean those of the image. For example
 * `before=/tmp/before/netext.js; after=; larger= --max-semi-space-size=8`. Default: this bundle with the flags of the image.
 */
export function variantsOf(text = ''): readonly Variant[] {
  const variants = text
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map(parse);
  return variants.length === 0 ? [parse('this=')] : variants;
}

function parse(text: string): Variant {
  const [name, rest] = split(text, '=');
  const words = rest.split(' ').filter((word) => word !== '');
  const flags = words.filter((word) => word.startsWith('--'));
  const bundle = words.find((word) => !word.startsWith('--')) ?? 'dist/netext.js';
  return { name, bundle, flags: flags.length === 0 ? imageStart().flags : flags };
}

function split(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
