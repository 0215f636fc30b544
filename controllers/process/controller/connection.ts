import { field } from '../../../pkg/network/field.ts';
import type { InputProblem } from '../../../pkg/yaml/input.ts';
import type { ConfigDocument } from './config.ts';

/** Something to tell once, when the process starts: what was given and has no effect. Messages are constant. */
export interface Note {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ClientLimits {
  readonly qps: number;
  readonly burst: number;
}

/**
 * The limits that the documents set; of two the lower, so that nobody's is exceeded. Undefined when none sets any
 * (docs/decisions/0007). As in client-go a negative qps means no limit; 0 means none here, too, where client-go takes 5.
 */
export function clientLimits(documents: readonly ConfigDocument[]): ClientLimits | undefined {
  const set = documents.flatMap((document) => limitsOf(document) ?? []);
  if (set.length === 0) return undefined;
  return { qps: Math.min(...set.map((one) => one.qps)), burst: Math.min(...set.map((one) => one.burst)) };
}

/** The kubeconfig that the documents name, which must be the same for both: there is one connection. */
export function configuredKubeconfig(
  documents: readonly ConfigDocument[],
): { readonly value: string | undefined } | { readonly problem: InputProblem } {
  const path = 'clientConnection.kubeconfig';
  const [first, second] = documents.filter(({ config }) => (config.clientConnection?.kubeconfig ?? '') !== '');
  const value = first?.config.clientConnection?.kubeconfig ?? undefined;
  const other = second?.config.clientConnection?.kubeconfig;
  if (first === undefined || second === undefined || other === value) return { value };
  const place = `${first.file}:${first.position(path).line}`;
  const message = `${path}: ${field.invalid(other, `must be that of ${place}, one process has one connection; or give --kubeconfig`)}`;
  return { problem: { file: second.file, ...second.position(path), message } };
}

/** What the documents say in vain. */
export function configNotes(input: {
  readonly documents: readonly ConfigDocument[];
  readonly types: readonly string[];
  readonly limits: ClientLimits | undefined;
}): readonly Note[] {
  const { documents, types, limits } = input;
  const served = documents.filter(({ type }) => types.includes(type));
  const differ =
    new Set(served.flatMap((one) => limitsOf(one) ?? []).map(({ qps, burst }) => `${qps} ${burst}`)).size > 1;
  return [
    ...documents
      .filter(({ type }) => !types.includes(type))
      .map(({ file, type }) => ({
        message: 'Configuration of a network type that is not served',
        fields: { file, type },
      })),
    ...served.flatMap(idleFields),
    ...(differ ? [{ message: 'Of two client connection limits the lower ones count', fields: { ...limits } }] : []),
  ];
}

function limitsOf({ config }: ConfigDocument): ClientLimits | undefined {
  const { qps, burst } = config.clientConnection ?? {};
  if (typeof qps !== 'number' || qps <= 0) return undefined;
  return { qps, burst: burst || Math.max(1, Math.ceil(qps)) };
}

function idleFields(document: ConfigDocument): readonly Note[] {
  const { file, config, position } = document;
  const client = config.clientConnection ?? {};
  const idle = [
    ...(['acceptContentTypes', 'contentType'] as const)
      .filter((name) => !/^(\s*application\/json\s*)?$/.test(client[name] ?? ''))
      .map((name) => `clientConnection.${name}`),
    ...(client.burst && limitsOf(document) === undefined ? ['clientConnection.burst'] : []),
    ...(config.healthCheckConfig ? ['healthCheckConfig'] : []),
  ];
  return idle.map((path) => ({
    message: 'Configuration without effect',
    fields: { field: path, place: `${file}:${position(path).line}` },
  }));
}
