/**
 * `make build`: bundles the executable dist/netext.js and the chunks that it imports when a command needs them: `--help` loads none of them,
 * offline commands load no client libraries, and Node caches the compiled code of each chunk (controllers/netext.ts). Templates are
 * precompiled and CRDs expanded, so that the bundle contains only the Handlebars runtime.
 */
import { chmodSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { chartsPlugin } from './charts-module.ts';
import { pagesAddress } from './pages.ts';

const root = new URL('../..', import.meta.url);

// Except for what other targets make.
for (const name of globSync('*', { cwd: new URL('dist/', root), exclude: ['playground', 'playground.meta.json'] }))
  rmSync(new URL(`dist/${name}`, root), { recursive: true, force: true });
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
  define: { NETEXT_PAGES: JSON.stringify(pagesAddress(root)) },
  banner: {
    js: "import { createRequire as netextRequire } from 'node:module'; const require = netextRequire(import.meta.url);",
  },
  plugins: [chartsPlugin(root)],
});
chmodSync(new URL('dist/netext.js', root), 0o755);
writeFileSync(new URL('dist/netext.meta.json', root), JSON.stringify(result.metafile));
const outputs = Object.values(result.metafile.outputs);
const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0);
console.log(`built dist/netext.js and ${outputs.length - 1} chunks, ${(bytes / 1024).toFixed(0)} KiB`);
