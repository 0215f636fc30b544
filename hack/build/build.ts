/**
 * `make build`: bundles the executable dist/netext.js and the chunks that it imports when a command needs them: `--help` loads none of them,
 * offline commands load no client libraries, and Node caches the compiled code of each chunk (controllers/netext.ts). Templates are
 * precompiled and CRDs expanded, so that the bundle contains only the Handlebars runtime.
 */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { readCharts } from '../../charts/read.ts';

const root = new URL('../..', import.meta.url);

rmSync(new URL('dist/', root), { recursive: true, force: true });
const result = await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: [{ in: 'controllers/netext.ts', out: 'netext' }],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'netext-[name]-[hash]',
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Identifiers are not minified, so that stacks are readable; esbuild's keepNames would slow down the start instead.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: false,
  metafile: true,
  legalComments: 'none',
  define: { NETEXT_PAGES: JSON.stringify(pagesAddress()) },
  banner: {
    js: "import { createRequire as netextRequire } from 'node:module'; const require = netextRequire(import.meta.url);",
  },
  plugins: [
    {
      name: 'charts',
      setup(bundle) {
        bundle.onResolve({ filter: /^#charts$/ }, () => ({ path: 'charts', namespace: 'charts' }));
        bundle.onLoad({ filter: /.*/, namespace: 'charts' }, () => ({ contents: chartsModule(), loader: 'js' }));
      },
    },
  ],
});
chmodSync(new URL('dist/netext.js', root), 0o755);
writeFileSync(new URL('dist/netext.meta.json', root), JSON.stringify(result.metafile));
const outputs = Object.values(result.metafile.outputs);
const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0);
console.log(`built dist/netext.js and ${outputs.length - 1} chunks, ${(bytes / 1024).toFixed(0)} KiB`);

/** Returns the address of this version's pages: PAGES, or that of the tag in the repository. */
function pagesAddress(): string {
  const { homepage, version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    readonly homepage: string;
    readonly version: string;
  };
  return `${(process.env['PAGES'] ?? `${homepage}/blob/v${version}`).replace(/\/$/, '')}/`;
}

/** Returns the source of the module `#charts` for the bundle. */
function chartsModule(): string {
  const { templates, scripts, crds, images, version } = readCharts(root);
  const specs = Object.entries(templates).map(
    ([name, { code, uses }]) => `${JSON.stringify(name)}:{uses:${JSON.stringify(uses)},spec:${code}}`,
  );
  return `export const chartSource = {
    templates: {${specs.join(',')}},
    scripts: ${JSON.stringify(scripts)},
    crds: JSON.parse(${JSON.stringify(JSON.stringify(crds))}),
  };
  export const images = ${JSON.stringify(images)};
  export const version = ${JSON.stringify(version)};`;
}
