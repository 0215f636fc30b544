import * as z from 'zod';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import { decodeConfig } from '../../../pkg/network/decode.ts';
import { unknownFeatureGate } from '../../../pkg/network/feature-gates.ts';
import { child, field } from '../../../pkg/network/field.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import { type PlainDocument, readPlain } from '../../../pkg/yaml/documents.ts';
import { InputError, type InputProblem, type Position } from '../../../pkg/yaml/input.ts';

export const controllerConfigKind = 'ControllerConfiguration';

/** The group that operators know from the Go extension of the CNI (docs/design/gardener.md#flags-and-environment). */
export function controllerConfigVersion(type: string): string {
  return `${type}.networking.extensions.config.gardener.cloud/v1alpha1`;
}

const text = (about: string) => z.string().nullish().describe(about);

/** What both groups hold. Fields that the Go extensions do not have either are refused, where they pass over them in silence. */
export const controllerConfigSchema = z.strictObject({
  clientConnection: z
    .strictObject({
      kubeconfig: text('kubeconfig of the cluster to work in, when --kubeconfig does not name one.'),
      acceptContentTypes: text('Accepted and without effect: JSON is spoken.'),
      contentType: text('Accepted and without effect: JSON is spoken.'),
      qps: z
        .number()
        .refine((value) => value <= 0 || value >= 0.1, { error: 'must be at least 0.1, or 0 for no limit' })
        .nullish()
        .describe(
          'Requests per second in the long run, those for Leases aside. Not set, 0 or negative: no limit but the number of workers; the API server protects itself.',
        ),
      burst: z
        .int()
        .min(0, { error: 'must not be negative' })
        .nullish()
        .describe('Requests that may go at once after a pause. Not set or 0: one second’s worth of qps.'),
    })
    .nullish()
    .describe('How to talk to the API server.'),
  featureGates: z
    .record(z.string(), z.boolean())
    .nullish()
    .describe('Feature gates of the CNI by name; --feature-gates overrules them.'),
  healthCheckConfig: z
    .looseObject({})
    .nullish()
    .describe('Accepted and without effect: gardenlet checks the health of networks itself.'),
});

export type ControllerConfig = z.infer<typeof controllerConfigSchema>;

/** One document of a configuration file. */
export interface ConfigDocument {
  readonly file: string;
  /** The CNI of its group. */
  readonly type: string;
  readonly config: ControllerConfig;
  /** Options of providerConfig that the document sets for all Networks that leave them out. */
  readonly operatorDefaults: Readonly<Record<string, unknown>>;
  readonly position: (path: string) => Position;
}

export interface ConfigFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

type Plugin = Pick<NetworkPlugin, 'type' | 'featureGates' | 'configuration'>;

/** The fields of one CNI's group: those that both hold, and the options of its providerConfig that operators may set for all Networks. */
function controllerConfigFields({ configuration }: Pick<Plugin, 'configuration'>) {
  return z.strictObject({ ...controllerConfigSchema.shape, ...configuration.operatorDefaults.shape });
}

/**
 * Decodes configuration files strictly: one document for each CNI at most, in one file or several; empty ones count for nothing. Gives
 * everything that is wrong at once, in the order of the files, with lines. Never throws for anything that bytes can hold.
 */
export function readControllerConfigs(
  files: readonly ConfigFile[],
  plugins: readonly Plugin[],
): { readonly documents: readonly ConfigDocument[]; readonly problems: readonly InputProblem[] } {
  const read = files.flatMap((file) => readFile(file, plugins));
  const documents = read.flatMap(({ document }) => document ?? []);
  const again = documents.flatMap((one, index) => {
    const first = documents.findIndex(({ type }) => type === one.type);
    return first === index ? [] : [twice(one, documents[first])];
  });
  return { documents, problems: [...read.flatMap(({ problems }) => problems), ...again] };
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
  if (!isRecord(value)) return { problems: [problem('', `is no ${controllerConfigKind}`)] };
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
  problems.push(...diagnostics.map(({ path, message }) => problem(path, message)));
  const known = Object.keys(plugin.featureGates);
  for (const name of Object.keys(config.featureGates ?? {})) {
    if (!known.includes(name)) problems.push(problem(child('featureGates', name), unknownFeatureGate(name, known)));
  }
  const options = Object.keys(plugin.configuration.operatorDefaults.shape);
  const operatorDefaults = Object.fromEntries(Object.entries(config).filter(([name]) => options.includes(name)));
  return { document: { file, type: plugin.type, config, operatorDefaults, position }, problems: inOrder(problems) };
}

function unsupported(value: unknown, supported: readonly string[]): string {
  return value === undefined || value === null || value === ''
    ? field.required(`one of ${supported.join(', ')}`)
    : field.unsupported(value, supported);
}

function inOrder(problems: readonly InputProblem[]): readonly InputProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function twice({ file, type, position }: ConfigDocument, first: ConfigDocument | undefined): InputProblem {
  const before = first === undefined ? '' : `, the first is at ${first.file}:${first.position('').line}`;
  return { file, ...position(''), message: `is a second ${controllerConfigKind} for ${type}${before}` };
}
