/**
 * `make playground`: builds the page of pkg/playground as static files in dist/playground. The core is bundled for the browser with the compiled
 * templates of `make build`; what it uses of Node is replaced by pkg/playground/page/node. The build fails if the page would contain another
 * module of Node.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { chartsPlugin } from '../build/charts-module.ts';
import { pagesAddress } from '../build/pages.ts';
import { bundledPackages, joinNotices, type LockFile } from '../build/sbom.ts';
import { readExamples } from './examples.ts';

const root = new URL('../..', import.meta.url);
const page = new URL('pkg/playground/page/', root);
const target = new URL('dist/playground/', root);

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const { outputFiles, metafile } = await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: [
    { in: 'pkg/playground/page/main.ts', out: 'app' },
    { in: 'pkg/playground/page/editor.ts', out: 'editor' },
  ],
  outdir: 'dist/playground',
  bundle: true,
  write: false,
  platform: 'browser',
  // Classic scripts also run where modules do not, such as from a folder without a server.
  format: 'iife',
  target: 'es2024',
  minify: true,
  metafile: true,
  legalComments: 'none',
  charset: 'ascii',
  define: { NETEXT_PAGES: JSON.stringify(pagesAddress(root)) },
  alias: { 'node:zlib': './pkg/playground/page/node/zlib.ts' },
  inject: ['pkg/playground/page/node/buffer.ts'],
  plugins: [chartsPlugin(root)],
});
const foreign = Object.keys(metafile.inputs).filter((file) => file.startsWith('node:'));
if (foreign.length > 0) throw new Error(`the page contains modules of Node: ${foreign.join(', ')}`);

const texts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(outputFiles.map(({ path, text }) => [path.replace(/^.*\//, ''), text])),
  ...Object.fromEntries(
    ['index.html', 'style.css', 'config.js'].map((name) => [name, readFileSync(new URL(name, page), 'utf8')]),
  ),
  'licenses.txt': joinNotices(bundledPackages(metafile, readLock()), fileURLToPath(root)),
  'examples.js': `globalThis.netextExamples = ${JSON.stringify(readExamples(root))};\n`,
};
const version = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 12);
const worker = readFileSync(new URL('service-worker.js', page), 'utf8')
  .replace('%VERSION%', `netext-${version}`)
  .replace('%FILES%', ['./', ...Object.keys(texts)].join(' '));
const sizes: string[] = [];
for (const [name, text] of Object.entries({ ...texts, 'service-worker.js': worker })) {
  writeFileSync(new URL(name, target), text);
  sizes.push(`${name} ${(gzipSync(text, { level: 9 }).length / 1024).toFixed(0)} KiB`);
}
writeFileSync(new URL('dist/playground.meta.json', root), JSON.stringify(metafile));
console.log(`built dist/playground, compressed: ${sizes.join(', ')}`);

function readLock(): LockFile {
  return JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')) as LockFile;
}
