import * as z from 'zod';
import {
  controllerConfigKind,
  controllerConfigSchema,
  controllerConfigVersion,
} from '../../controllers/process/controller/config.ts';
import { code, configFields } from '../../pkg/network/option-reference.ts';
import type { NetworkPlugin } from '../../pkg/network/plugin.ts';
import { pageHead, table } from './markdown.ts';

/** Returns the page of the configuration files for `netext controller --config-file`. */
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
Configuration files for \`netext controller --config-file\`: one document per CNI, in one or several files. [Flags](cli.md#netext-controller)
override the file, and the file overrides the defaults. All fields are optional; null means unset. Unknown fields, values of the wrong type and
duplicate keys are errors at the start of the process, which reports all of them with their positions.

\`\`\`yaml
${heads.join('---\n')}\`\`\`

The controller serves the CNIs with a document, or all without any document; \`--types\` overrides this. Since a process has one connection, the
lower of two limits applies, and two kubeconfigs must be equal.

${fieldTable(controllerConfigSchema)}${ofOneCni.join('')}`;
}

/** Returns the page of all feature gates, with their effect and stage. */
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
Feature gates apply to all networks of a CNI. Operators set them by \`featureGates\` in the [configuration](controller-configuration.md) of the
controller, or by \`--feature-gates\` of [every command](cli.md), which takes precedence. Alpha and Beta gates may change or be removed; GA gates
are stable.

${table(['Gate', 'CNI', 'Stage', 'Default', 'Effect when on'], rows)}`;
}
