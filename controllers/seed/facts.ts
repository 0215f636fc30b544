import { annotations, errorCodes, networkFinalizer } from '../../pkg/gardener/constants.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';

/** All that is kept in memory of a Network: what decides whether it needs work. Its spec and status are read live when it does. */
export interface NetworkFacts {
  readonly uid: string;
  readonly generation: number;
  readonly type: string;
  readonly class: string;
  readonly operation: string | undefined;
  /** gardenlet's timestamp annotation in milliseconds, cut to seconds; undefined when absent or unreadable. */
  readonly timestamp: number | undefined;
  readonly deleting: boolean;
  readonly finalizer: boolean;
  readonly observedGeneration: number | undefined;
  readonly last: { readonly type: string; readonly state: string; readonly time: number | undefined } | undefined;
  /** lastError says that the configuration is wrong: only another configuration helps. */
  readonly configurationProblem: boolean;
}

/** Reads the facts leniently: garbage in the status counts as no status, so that the next run replaces it. */
export function factsOf(network: KubeObject): NetworkFacts {
  const { metadata } = network;
  const spec = isRecord(network['spec']) ? network['spec'] : {};
  const status = isRecord(network['status']) ? network['status'] : {};
  const last = isRecord(status['lastOperation']) ? status['lastOperation'] : undefined;
  return {
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    type: textOf(spec['type']) ?? '',
    class: textOf(spec['class']) || 'shoot',
    operation: metadata.annotations?.[annotations.operation],
    timestamp: seconds(metadata.annotations?.[annotations.timestamp]),
    deleting: metadata.deletionTimestamp !== undefined,
    finalizer: metadata.finalizers?.includes(networkFinalizer) ?? false,
    observedGeneration: typeof status['observedGeneration'] === 'number' ? status['observedGeneration'] : undefined,
    last: last === undefined ? undefined : lastOf(last),
    configurationProblem: hasConfigurationProblem(status['lastError']),
  };
}

/**
 * Milliseconds of an RFC 3339 time, cut to seconds as gardenlet compares it (docs/design/gardener.md#readiness); undefined when it is none. Date.parse alone
 * takes `1` for a year, and a time beyond the year 9999 could not be answered with one that the API server accepts.
 */
export function seconds(time: unknown): number | undefined {
  const parsed = typeof time === 'string' && rfc3339.test(time) ? Date.parse(time) : Number.NaN;
  return Number.isNaN(parsed) || parsed > latest ? undefined : Math.floor(parsed / 1000) * 1000;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const latest = Date.UTC(9999, 11, 31, 23, 59, 59);

function lastOf(last: Readonly<Record<string, unknown>>): NetworkFacts['last'] {
  return {
    type: textOf(last['type']) ?? '',
    state: textOf(last['state']) ?? '',
    time: seconds(last['lastUpdateTime']),
  };
}

function hasConfigurationProblem(lastError: unknown): boolean {
  return (
    isRecord(lastError) &&
    Array.isArray(lastError['codes']) &&
    lastError['codes'].includes(errorCodes.configurationProblem)
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
