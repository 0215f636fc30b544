import { spawnSync } from 'node:child_process';
import type * as z from 'zod';
import * as calicoConfig from '../pkg/calico/config.ts';
import { calico } from '../pkg/calico/plan.ts';
import { calicoVerdicts } from '../pkg/calico/verdicts.ts';
import * as ciliumConfig from '../pkg/cilium/config.ts';
import { cilium } from '../pkg/cilium/plan.ts';
import { ciliumVerdicts } from '../pkg/cilium/verdicts.ts';
import { inputRules } from '../pkg/cli/diagnostics.ts';
import { createProgram, examples } from '../pkg/cli/program.ts';
import { networkRules } from '../pkg/network/diagnostics.ts';
import { calicoDefault } from './generate-calico-defaults.ts';
import { ciliumDefault } from './generate-cilium-defaults.ts';
import { cliPage } from './generate-cli.ts';
import { configPage, configSchema } from './generate-config.ts';
import { controllerConfigPage, featureGatesPage } from './generate-controller.ts';
import { diagnosticsPage } from './generate-diagnostics.ts';
import { verdictsPage } from './generate-verdicts.ts';

/** Every generated file by its path below the project's root. Throws when a text for a page is missing. */
export function generatedFiles(): Readonly<Record<string, string>> {
  const nothing = { write: () => undefined, colour: false, width: undefined };
  const unread = (): never => {
    throw new Error('no command runs while the documentation is generated');
  };
  const program = createProgram({ stdin: unread, readFile: unread, out: nothing, err: nothing }, () => undefined);
  return {
    ...configFiles({ type: 'calico', cni: 'Calico', config: calicoConfig, defaultOf: calicoDefault }),
    ...configFiles({ type: 'cilium', cni: 'Cilium', config: ciliumConfig, defaultOf: ciliumDefault }),
    'docs/reference/cli.md': cliPage(program, examples),
    'docs/reference/controller-configuration.md': controllerConfigPage([calico, cilium]),
    'docs/reference/feature-gates.md': featureGatesPage([calico, cilium]),
    'docs/reference/diagnostics.md': diagnosticsPage([
      { title: 'Every network', about: 'Found in any Network, its Cluster or its Shoot.', rules: networkRules },
      { title: 'Calico', about: 'Found in Networks of type `calico`.', rules: calico.rules },
      { title: 'Cilium', about: 'Found in Networks of type `cilium`.', rules: cilium.rules },
      { title: 'Files', about: 'Found by `netext` in the text of a file, before it is a Network.', rules: inputRules },
    ]),
    'docs/reference/verdicts.md': verdictsPage([
      { cni: 'calico', verdicts: calicoVerdicts, rules: calico.rules },
      { cni: 'cilium', verdicts: ciliumVerdicts, rules: cilium.rules },
    ]),
  };
}

interface ConfigFiles {
  /** `spec.type` of the Networks, which also names the files. */
  readonly type: string;
  readonly cni: string;
  readonly config: {
    readonly networkConfigSchema: z.ZodType;
    readonly configApiVersion: string;
    readonly configKind: string;
  };
  readonly defaultOf: (path: string) => string;
}

function configFiles({ type, cni, config, defaultOf }: ConfigFiles): Readonly<Record<string, string>> {
  const { networkConfigSchema, configApiVersion: apiVersion, configKind: kind } = config;
  const schema = configSchema({ schema: networkConfigSchema, apiVersion, kind });
  const schemaFile = `docs/reference/${type}-networkconfig.schema.json`;
  const source = `pkg/${type}/config.ts`;
  return {
    [`docs/reference/${type}-networkconfig.md`]: configPage({
      schema,
      cni,
      source,
      apiVersion,
      kind,
      schemaFile,
      defaultOf,
    }),
    [schemaFile]: formatted(schemaFile, `${JSON.stringify(schema, undefined, 2)}\n`),
  };
}

/** As `make format` would leave it, so that the formatter and the generator agree. */
function formatted(file: string, text: string): string {
  const result = spawnSync('biome', ['format', `--stdin-file-path=${file}`], { input: text, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`biome cannot format ${file}: ${result.stderr}`, { cause: result.error });
  return result.stdout;
}
