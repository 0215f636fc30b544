import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'fflate';
import { load } from 'js-yaml';
import { isRecord } from '../../pkg/gardener/objects.ts';

/**
 * The Helm chart in a folder (absolute path) as a package, what `helm package` makes: a gzipped tar with everything below the chart's name.
 * The same files give the same bytes on every machine: entries are sorted, without times and owners, and packed by a compressor in
 * JavaScript, since zlib's output differs between processors. `fresh` has texts of files that are about to be written, by their path in the
 * chart. Throws when there is no chart in the folder.
 */
export function packageChart(
  folder: string,
  fresh: Readonly<Record<string, string>> = {},
): { readonly file: string; readonly content: Uint8Array } {
  const chart: unknown = load(readFileSync(path.join(folder, 'Chart.yaml'), 'utf8'));
  if (!isRecord(chart) || typeof chart['name'] !== 'string' || typeof chart['version'] !== 'string')
    throw new Error(`${folder}/Chart.yaml has no name or version`);
  const { name, version } = chart;
  const present = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
  const entries = [...new Set([...present, ...Object.keys(fresh)])]
    .filter((file) => !isIgnored(file))
    .sort()
    .map((file) => ({
      name: `${name}/${file}`,
      content: Buffer.from(fresh[file] ?? readFileSync(path.join(folder, file))),
    }));
  return { file: `${name}-${version}.tgz`, content: gzipSync(tar(entries), { level: 9, mtime: 0 }) };
}

/** What .helmignore says to helm. */
function isIgnored(file: string): boolean {
  return /(^|\/)testdata\/|\.(md|ts)$/.test(file);
}

interface Entry {
  readonly name: string;
  readonly content: Uint8Array;
}

const block = 512;

/** A tar in the format ustar. Throws for names that do not fit into its plain field. */
function tar(entries: readonly Entry[]): Uint8Array {
  const parts = entries.flatMap(({ name, content }) => [
    header(name, content.length),
    content,
    new Uint8Array((block - (content.length % block)) % block),
  ]);
  return new Uint8Array(Buffer.concat([...parts, new Uint8Array(2 * block)]));
}

function header(name: string, size: number): Uint8Array {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) throw new Error(`${name} is too long for a tar, or not plain ASCII`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  bytes.write(name, 0, 'latin1');
  // Mode, owner, group, size, time, room for the checksum, and a plain file.
  bytes.write(
    [octal(0o644, 7), octal(0, 7), octal(0, 7), octal(size, 11), octal(0, 11), ' '.repeat(8), '0'].join(''),
    100,
  );
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)} `, 148, 'latin1');
  return bytes;
}
