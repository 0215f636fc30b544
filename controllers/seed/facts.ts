import { annotations, networkFinalizer } from '../../pkg/gardener/constants.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { parseTime } from './time.ts';

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
    timestamp: parseTime(metadata.annotations?.[annotations.timestamp]),
    deleting: metadata.deletionTimestamp !== undefined,
    finalizer: metadata.finalizers?.includes(networkFinalizer) ?? false,
    observedGeneration: typeof status['observedGeneration'] === 'number' ? status['observedGeneration'] : undefined,
    last: last === undefined ? undefined : lastOf(last),
    configurationProblem: hasConfigurationProblem(status['lastError']),
  };
}

function lastOf(last: Readonly<Record<string, unknown>>): NetworkFacts['last'] {
  return {
    type: textOf(last['type']) ?? '',
    state: textOf(last['state']) ?? '',
    time: parseTime(last['lastUpdateTime']),
  };
}

function hasConfigurationProblem(lastError: unknown): boolean {
  return (
    isRecord(lastError) && Array.isArray(lastError['codes']) && lastError['codes'].includes('ERR_CONFIGURATION_PROBLEM')
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
