/**
 * `make build`: dist/netext.js, the one executable, with the parts that it imports when a command needs them beside it: `--help` reads
 * none of them, offline commands none of the client libraries, and Node keeps the compiled form of each part (main.ts). Templates are
 * precompiled and CRDs expanded, so that only the Handlebars runtime is inside.
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
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
  // Names stay as they are: stacks can be read, and esbuild's keepNames would cost at the start for each function.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: false,
  metafile: true,
  legalComments: 'none',
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
const parts = Object.values(result.metafile.outputs);
const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
console.log(`dist/netext.js and ${parts.length - 1} parts, ${(bytes / 1024).toFixed(0)} KiB`);

/** The module `#charts` of the bundle. CRDs stay text until someone asks for them: most of the time nobody does. */
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
