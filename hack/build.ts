/**
 * `make build`: dist/netext.js, the one executable. Templates are precompiled and CRDs expanded, so that only the Handlebars runtime
 * is inside; the client libraries are bundled as they are, but evaluated only by the commands that talk to an API server.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { readCharts } from './read-charts.ts';

const root = new URL('..', import.meta.url);

const result = await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: ['pkg/cli/main.ts'],
  outfile: 'dist/netext.js',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  keepNames: true,
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
const bytes = Object.values(result.metafile.outputs)[0]?.bytes ?? 0;
console.log(`dist/netext.js ${(bytes / 1024).toFixed(0)} KiB`);

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
