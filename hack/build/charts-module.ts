import type { Plugin } from 'esbuild';
import { readCharts } from '../../charts/read.ts';

/** Returns the plugin that provides the module `#charts` with all files read, expanded and precompiled. */
export function chartsPlugin(root: URL): Plugin {
  return {
    name: 'charts',
    setup(bundle) {
      bundle.onResolve({ filter: /^#charts$/ }, () => ({ path: 'charts', namespace: 'charts' }));
      bundle.onLoad({ filter: /.*/, namespace: 'charts' }, () => ({ contents: chartsModule(root), loader: 'js' }));
    },
  };
}

function chartsModule(root: URL): string {
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
