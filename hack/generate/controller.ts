import * as z from 'zod';
import {
  controllerConfigKind,
  controllerConfigSchema,
  controllerConfigVersion,
} from '../../controllers/process/controller/config.ts';
import type { NetworkPlugin } from '../../pkg/network/plugin.ts';
import { configFields } from './config.ts';
import { code, pageHead, table } from './markdown.ts';

/** The page of the files that `netext controller --config-file` reads. */
export function controllerConfigPage(plugins: readonly NetworkPlugin[]): string {
  const fieldTable = (schema: z.ZodType): string =>
    table(
      ['Field', 'Type', 'Meaning'],
      configFields(z.toJSONSchema(schema, { io: 'input', target: 'draft-7' })).map(({ path, type, description }) => [
        code(path),
        type,
        description,
      ]),
    );
  const ofOneCni = plugins
    .filter(({ configuration }) => Object.keys(configuration.operatorDefaults.shape).length > 0)
    .map(
      ({ type, configuration }) =>
        `\nOnly for ${type}, options of [providerConfig](${type}-networkconfig.md) for all Networks that leave them out:\n\n${fieldTable(configuration.operatorDefaults)}`,
    );
  const heads = plugins.map(
    ({ type }) => `apiVersion: ${controllerConfigVersion(type)}\nkind: ${controllerConfigKind}\n`,
  );
  return `${pageHead(controllerConfigKind, 'the schema in controllers/process/controller/config.ts')}
What \`netext controller --config-file\` reads: one document for each CNI, in one file or in several. [Flags](cli.md#netext-controller) overrule
the file, the file overrules the defaults. Every field may be left out or null, which is the same. Fields that do not exist, values of
another type and keys that are given twice are refused when the process starts, all of them at once and by line.

\`\`\`yaml
${heads.join('---\n')}\`\`\`

The CNIs that have a document are those that are served, unless \`--types\` says otherwise; without any document all are. One process has one
connection: of two limits the lower counts, two kubeconfigs must be the same.

${fieldTable(controllerConfigSchema)}${ofOneCni.join('')}`;
}

/** The page of all feature gates: what they do, and how far one may rely on them. */
export function featureGatesPage(plugins: readonly NetworkPlugin[]): string {
  const rows = plugins.flatMap(({ type, featureGates }) =>
    Object.entries(featureGates).map(([name, gate]) => [
      code(name),
      type,
      gate.stage,
      gate.default ? 'on' : 'off',
      gate.about,
    ]),
  );
  return `${pageHead('Feature gates', 'the gates of pkg/calico and pkg/cilium')}
Operators switch them for all networks of a CNI: by \`featureGates\` in the [configuration](controller-configuration.md) of the controller, or by
\`--feature-gates\` of [every command](cli.md), which overrules it. Alpha and Beta may change or go; GA stays.

${table(['Gate', 'CNI', 'Stage', 'Default', 'When it is on'], rows)}`;
}
