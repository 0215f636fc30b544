import { annotations, errorCodes, networkFinalizer } from '../../pkg/gardener/constants.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { parseTime } from './time.ts';

/** The facts that decide whether a Network needs work. The watch keeps only them in memory; a run reads the Network from the API server. */
export interface NetworkFacts {
  readonly uid: string;
  readonly generation: number;
  readonly type: string;
  readonly class: string;
  readonly operation: string | undefined;
  /** gardenlet's timestamp annotation in milliseconds, cut to seconds; undefined when absent or unreadable. */
  readonly timestamp: number | undefined;
  readonly deleting: boolean;
  /** Whether our finalizer is set. */
  readonly finalizer: boolean;
  readonly observedGeneration: number | undefined;
  readonly last: { readonly type: string; readonly state: string; readonly time: number | undefined } | undefined;
  /** Whether lastError carries the code for a refused configuration, which only another configuration resolves. */
  readonly configurationProblem: boolean;
}

/** Reads the facts leniently: garbage in the status counts as no status, so that the next run replaces it. */
export function readFacts(network: KubeObject): NetworkFacts {
  const { metadata } = network;
  const spec = recordOf(network['spec']);
  const status = recordOf(network['status']);
  return {
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    type: asString(spec['type']) ?? '',
    class: asString(spec['class']) || 'shoot',
    operation: metadata.annotations?.[annotations.operation],
    timestamp: parseTime(metadata.annotations?.[annotations.timestamp]),
    deleting: metadata.deletionTimestamp !== undefined,
    finalizer: metadata.finalizers?.includes(networkFinalizer) ?? false,
    observedGeneration: typeof status['observedGeneration'] === 'number' ? status['observedGeneration'] : undefined,
    last: readLastOperation(status['lastOperation']),
    configurationProblem: hasConfigurationProblem(status['lastError']),
  };
}

function readLastOperation(last: unknown): NetworkFacts['last'] {
  if (!isRecord(last)) return undefined;
  return {
    type: asString(last['type']) ?? '',
    state: asString(last['state']) ?? '',
    time: parseTime(last['lastUpdateTime']),
  };
}

function hasConfigurationProblem(lastError: unknown): boolean {
  const codes: unknown = recordOf(lastError)['codes'];
  return Array.isArray(codes) && codes.includes(errorCodes.configurationProblem);
}

function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
