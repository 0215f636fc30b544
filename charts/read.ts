import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { analyseTemplate, precompileTemplate } from '../pkg/templates/analyse.ts';
import type { ChartSource } from '../pkg/templates/charts.ts';
import { expandCrd } from '../pkg/templates/crd/crd.ts';

export interface ChartTexts extends Omit<ChartSource, 'templates'> {
  /** Precompiled templates as JavaScript expressions. */
  readonly templates: Readonly<Record<string, { readonly code: string; readonly uses: readonly string[] }>>;
  readonly images: unknown;
  readonly version: string;
}

/**
 * Reads charts/ below the root of the project. Throws with all problems of all templates, so that a value that would reach a manifest
 * unquoted fails the build.
 */
export function readCharts(root: URL): ChartTexts {
  const folder = fileURLToPath(new URL('charts/', root));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .sort();
  const text = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
  const problems: string[] = [];
  const templates = Object.fromEntries(
    files
      .filter((file) => file.endsWith('.hbs'))
      .map((file) => {
        const analysis = analyseTemplate(file, text(file));
        problems.push(...analysis.problems);
        const code = analysis.problems.length > 0 ? '' : precompileTemplate(text(file));
        return [file.slice(0, -'.hbs'.length), { code, uses: analysis.uses }];
      }),
  );
  if (problems.length > 0) throw new Error(`unsafe templates:\n${problems.join('\n')}`);
  return {
    templates,
    scripts: Object.fromEntries(files.filter((file) => file.endsWith('.sh')).map((file) => [file, text(file)])),
    crds: readCrds(files, text),
    images: load(text('images.yaml')),
    version: (JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string }).version,
  };
}

/** Expands definitions in the notation of charts/calico/crds/README.md; the definitions in a folder share its types.yaml. */
function readCrds(files: readonly string[], text: (file: string) => string): ChartSource['crds'] {
  const definitions = files.filter((file) => /\/crds\/[^/]+\.yaml$/.test(file) && !file.endsWith('/types.yaml'));
  return Object.fromEntries(
    definitions.map((file) => {
      const folder = path.posix.dirname(file);
      const types = files.includes(`${folder}/types.yaml`)
        ? (load(text(`${folder}/types.yaml`)) as Readonly<Record<string, unknown>>)
        : {};
      const crd = expandCrd({ definition: load(text(file)), types });
      return [`${folder}/${crd.metadata.name}`, crd];
    }),
  );
}
