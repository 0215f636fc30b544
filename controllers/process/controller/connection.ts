import { field } from '../../../pkg/network/field.ts';
import type { InputProblem } from '../../../pkg/yaml/input.ts';
import type { ConfigDocument } from './config.ts';

/** A line to log at the start, about ignored or derived settings. Messages are constant. */
export interface Note {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ClientLimits {
  readonly qps: number;
  readonly burst: number;
}

/**
 * Returns the client limits of the documents; of several the lowest, so that none is exceeded. Undefined if none is set
 * (docs/decisions/0007). A negative qps means no limit, as in client-go; so does 0, where client-go uses 5.
 */
export function clientLimits(documents: readonly ConfigDocument[]): ClientLimits | undefined {
  const set = documents.flatMap((document) => documentLimits(document) ?? []);
  if (set.length === 0) return undefined;
  return { qps: Math.min(...set.map((one) => one.qps)), burst: Math.min(...set.map((one) => one.burst)) };
}

/** Returns the kubeconfig of the documents, which must be the same in all of them, since a process has one connection. */
export function configuredKubeconfig(
  documents: readonly ConfigDocument[],
): { readonly value: string | undefined } | { readonly problem: InputProblem } {
  const path = 'clientConnection.kubeconfig';
  const [first, second] = documents.filter(({ config }) => (config.clientConnection?.kubeconfig ?? '') !== '');
  const value = first?.config.clientConnection?.kubeconfig ?? undefined;
  const other = second?.config.clientConnection?.kubeconfig;
  if (first === undefined || second === undefined || other === value) return { value };
  const place = `${first.file}:${first.position(path).line}`;
  const message = `${path}: ${field.invalid(other, `must be the same as in ${place}, since one process has one connection; alternatively set --kubeconfig`)}`;
  return { problem: { file: second.file, ...second.position(path), message } };
}

/** Returns notes about ignored parts of the documents. */
export function configNotes(input: {
  readonly documents: readonly ConfigDocument[];
  readonly types: readonly string[];
  readonly limits: ClientLimits | undefined;
}): readonly Note[] {
  const { documents, types, limits } = input;
  const served = documents.filter(({ type }) => types.includes(type));
  const differ =
    new Set(served.flatMap((one) => documentLimits(one) ?? []).map(({ qps, burst }) => `${qps} ${burst}`)).size > 1;
  return [
    ...documents
      .filter(({ type }) => !types.includes(type))
      .map(({ file, type }) => ({
        message: 'Ignored configuration of a network type that is not served',
        fields: { file, type },
      })),
    ...served.flatMap(ignoredFields),
    ...(differ ? [{ message: 'Client connection limits differ, using the lower ones', fields: { ...limits } }] : []),
  ];
}

function documentLimits({ config }: ConfigDocument): ClientLimits | undefined {
  const { qps, burst } = config.clientConnection ?? {};
  if (typeof qps !== 'number' || qps <= 0) return undefined;
  return { qps, burst: burst || Math.max(1, Math.ceil(qps)) };
}

function ignoredFields(document: ConfigDocument): readonly Note[] {
  const { file, config, position } = document;
  const client = config.clientConnection ?? {};
  const ignored = [
    ...(['acceptContentTypes', 'contentType'] as const)
      .filter((name) => !/^(\s*application\/json\s*)?$/.test(client[name] ?? ''))
      .map((name) => `clientConnection.${name}`),
    ...(client.burst && documentLimits(document) === undefined ? ['clientConnection.burst'] : []),
    ...(config.healthCheckConfig ? ['healthCheckConfig'] : []),
  ];
  return ignored.map((path) => ({
    message: 'Ignored configuration field',
    fields: { field: path, place: `${file}:${position(path).line}` },
  }));
}
