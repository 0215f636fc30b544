import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'fflate';
import { load } from 'js-yaml';
import { isRecord } from '../../pkg/gardener/objects.ts';

/**
 * Packages the Helm chart in a folder (absolute path) like `helm package`: a gzipped tar with all files below the name of the chart. Equal
 * files yield equal bytes on every machine: entries are sorted, have no times and owners, and are compressed in JavaScript, since the output
 * of zlib differs between processors. `fresh` contains files that replace those in the folder, by their path in the chart. Throws if the
 * folder contains no chart.
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

/** The rules of .helmignore. */
function isIgnored(file: string): boolean {
  return /(^|\/)testdata\/|\.(md|ts)$/.test(file);
}

interface Entry {
  readonly name: string;
  readonly content: Uint8Array;
}

const block = 512;

/** Creates a tar in the format ustar. Throws for names that do not fit into the name field. */
function tar(entries: readonly Entry[]): Uint8Array {
  const parts = entries.flatMap(({ name, content }) => [
    header(name, content.length),
    content,
    new Uint8Array((block - (content.length % block)) % block),
  ]);
  return new Uint8Array(Buffer.concat([...parts, new Uint8Array(2 * block)]));
}

function header(name: string, size: number): Uint8Array {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) throw new Error(`${name} is too long for a tar or not ASCII`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  bytes.write(name, 0, 'latin1');
  // Mode, owner, group, size, time, placeholder for the checksum, and the type of a regular file.
  bytes.write(
    [octal(0o644, 7), octal(0, 7), octal(0, 7), octal(size, 11), octal(0, 11), ' '.repeat(8), '0'].join(''),
    100,
  );
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)} `, 148, 'latin1');
  return bytes;
}
