import * as z from 'zod';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import { decodeConfig } from '../../../pkg/network/decode.ts';
import type { Diagnostic, networkRules } from '../../../pkg/network/diagnostics.ts';
import { unknownFeatureGate } from '../../../pkg/network/feature-gates.ts';
import { child, field } from '../../../pkg/network/field.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import { type PlainDocument, readPlain } from '../../../pkg/yaml/documents.ts';
import { InputError, type InputProblem, type Position } from '../../../pkg/yaml/input.ts';

export const controllerConfigKind = 'ControllerConfiguration';

/** The API version of the Go extension for the CNI (docs/design/gardener.md#flags-and-environment). */
export function controllerConfigVersion(type: string): string {
  return `${type}.networking.extensions.config.gardener.cloud/v1alpha1`;
}

const text = (description: string) => z.string().nullish().describe(description);

/** The schema of both groups. Unknown fields are errors, where the Go extensions ignore them. */
export const controllerConfigSchema = z.strictObject({
  clientConnection: z
    .strictObject({
      kubeconfig: text('kubeconfig of the cluster with the Networks. --kubeconfig takes precedence.'),
      acceptContentTypes: text('Ignored: the client uses JSON.'),
      contentType: text('Ignored: the client uses JSON.'),
      qps: z
        .number()
        .refine((value) => value <= 0 || value >= 0.1, { error: 'must be at least 0.1, or 0 for no limit' })
        .nullish()
        .describe(
          'Maximum number of requests per second on average, except for Leases. Unset, 0 or negative: limited by the number of workers only, since the API server protects itself by priority and fairness.',
        ),
      burst: z
        .int()
        .min(0)
        .nullish()
        .describe('Maximum number of requests at once after an idle period. Unset or 0: the number of one second.'),
    })
    .nullish()
    .describe('Connection to the API server.'),
  featureGates: z
    .record(z.string(), z.boolean())
    .nullish()
    .describe('Feature gates of the CNI by name. --feature-gates takes precedence.'),
  healthCheckConfig: z.looseObject({}).nullish().describe('Ignored: gardenlet checks the health of networks.'),
});

export type ControllerConfig = z.infer<typeof controllerConfigSchema>;

/** One document of a configuration file. */
export interface ConfigDocument {
  readonly file: string;
  /** The network type of its API group. */
  readonly type: string;
  readonly config: ControllerConfig;
  /** Defaults for options of providerConfig. */
  readonly operatorDefaults: Readonly<Record<string, unknown>>;
  readonly position: (path: string) => Position;
}

export interface ConfigFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

type Plugin = Pick<NetworkPlugin, 'type' | 'featureGates' | 'configuration'>;

/** Returns the schema of one CNI: the common fields, and the options of providerConfig for which operators may set defaults. */
function controllerConfigFields({ configuration }: Pick<Plugin, 'configuration'>) {
  return z.strictObject({ ...controllerConfigSchema.shape, ...configuration.operatorDefaults.shape });
}

/**
 * Decodes configuration files strictly: at most one document per CNI, in one or several files; empty documents are skipped. Returns all
 * problems at once, in the order of the files, with positions. Never throws.
 */
export function readControllerConfigs(
  files: readonly ConfigFile[],
  plugins: readonly Plugin[],
): { readonly documents: readonly ConfigDocument[]; readonly problems: readonly InputProblem[] } {
  const read = files.flatMap((file) => readFile(file, plugins));
  const documents = read.flatMap(({ document }) => document ?? []);
  const duplicates = documents.flatMap((one, index) => {
    const first = documents.findIndex(({ type }) => type === one.type);
    return first === index ? [] : [duplicateProblem(one, documents[first])];
  });
  return { documents, problems: [...read.flatMap(({ problems }) => problems), ...duplicates] };
}

interface Decoded {
  readonly document?: ConfigDocument;
  readonly problems: readonly InputProblem[];
}

function readFile({ file, bytes }: ConfigFile, plugins: readonly Plugin[]): readonly Decoded[] {
  try {
    const documents = readPlain(file, bytes).filter(({ value }) => value !== null);
    return documents.map((document) => decode({ file, document, plugins }));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [{ problems: error.problems }];
  }
}

function decode(input: {
  readonly file: string;
  readonly document: PlainDocument;
  readonly plugins: readonly Plugin[];
}): Decoded {
  const { file, document, plugins } = input;
  const { value, position } = document;
  const problem = (path: string, message: string): InputProblem => ({
    file,
    ...position(path),
    message: path === '' ? message : `${path}: ${message}`,
  });
  if (!isRecord(value)) return { problems: [problem('', `is not a ${controllerConfigKind}`)] };
  const versions = plugins.map(({ type }) => controllerConfigVersion(type));
  const { apiVersion, kind } = value;
  const plugin = plugins.find(({ type }) => apiVersion === controllerConfigVersion(type));
  const problems: InputProblem[] = [];
  if (plugin === undefined) problems.push(problem('apiVersion', unsupported(apiVersion, versions)));
  if (kind !== controllerConfigKind) problems.push(problem('kind', unsupported(kind, [controllerConfigKind])));
  if (plugin === undefined || problems.length > 0) return { problems };
  const { config, diagnostics } = decodeConfig({
    raw: value,
    schema: controllerConfigFields(plugin),
    apiVersion: controllerConfigVersion(plugin.type),
    kind: controllerConfigKind,
    object: controllerConfigKind,
    path: '',
  });
  problems.push(...diagnostics.map((one) => problem(one.path, messageWithRemedy(one))));
  const known = Object.keys(plugin.featureGates);
  for (const name of Object.keys(config.featureGates ?? {})) {
    if (!known.includes(name)) problems.push(problem(child('featureGates', name), unknownFeatureGate(name, known)));
  }
  const options = Object.keys(plugin.configuration.operatorDefaults.shape);
  const operatorDefaults = Object.fromEntries(Object.entries(config).filter(([name]) => options.includes(name)));
  const decoded = { file, type: plugin.type, config, operatorDefaults, position };
  return { document: decoded, problems: sortByPosition(problems) };
}

/** A field that no known one resembles may be one of a newer version, or of the Go extension. */
function messageWithRemedy({ code, message }: Diagnostic): string {
  const isForeign =
    code === ('config-unknown-field' satisfies keyof typeof networkRules) && !message.includes('did you mean');
  return isForeign ? `${message}; remove it, or update the extension to a version that has it` : message;
}

function unsupported(value: unknown, supported: readonly string[]): string {
  return value === undefined || value === null || value === ''
    ? field.required(`one of ${supported.join(', ')}`)
    : field.unsupported(value, supported);
}

function sortByPosition(problems: readonly InputProblem[]): readonly InputProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function duplicateProblem({ file, type, position }: ConfigDocument, first: ConfigDocument | undefined): InputProblem {
  const before = first === undefined ? '' : `, first defined at ${first.file}:${first.position('').line}`;
  return { file, ...position(''), message: `duplicate ${controllerConfigKind} for ${type}${before}` };
}
