import type { Outcome } from '../../../controllers/network/context.ts';
import type { Reason } from '../../../controllers/seed/decide.ts';
import { annotations, networkFinalizer } from '../../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Lookup, WebhookTarget } from '../../../pkg/network/plugin.ts';

/**
 * One path in the life of a Network as data, so that it can be run against a seed in memory and against a real API server. Objects have no
 * namespace, and the Cluster has no name: the runner adds both. Differences between CNIs come from fixtures.ts.
 */
export interface Scenario {
  /** Steps before the run under test. */
  readonly given: readonly Step[];
  readonly gates?: Readonly<Record<string, boolean>>;
  /** Steps after the first, second, ... run that waited or threw. */
  readonly betweenRuns?: readonly (readonly Step[])[];
  readonly expected: Expected;
}

/** One action of gardenlet, the resource manager, a user or the environment. */
export type Step =
  /** Also stores the status of the object. */
  | { readonly do: 'create'; readonly object: KubeObject }
  | { readonly do: 'patch'; readonly target: Named; readonly patch: object; readonly subresource?: 'status' }
  | { readonly do: 'delete'; readonly target: Named }
  /** Deletes the Secret that this ManagedResource refers to, or replaces it by one with this data. */
  | {
      readonly do: 'replaceSecret';
      readonly of: Named;
      readonly data?: Readonly<Record<string, string>>;
      readonly labels?: object;
    }
  /** Runs the controller without a fault, and asserts the result of the last run; `succeeded` by default. */
  | { readonly do: 'reconcile'; readonly result?: Result }
  /** Sets the response of the shoot to queries. Before this step the shoot is unreachable for lack of a kubeconfig. */
  | { readonly do: 'setShoot'; readonly response: Lookup<readonly KubeObject[]> }
  /** Sets the target of the shoot webhook; undefined disables it. */
  | { readonly do: 'setWebhook'; readonly target: WebhookTarget | undefined }
  | { readonly do: 'advanceClock'; readonly seconds: number };

export interface Named {
  readonly kind: 'Network' | 'Cluster' | 'ManagedResource' | 'Secret' | 'ConfigMap' | 'ScrapeConfig' | 'PrometheusRule';
  /** Absent for the Cluster. */
  readonly name?: string;
}

export type Result = Outcome['result'] | 'threw';

export interface Expected {
  /** Why a controller that starts runs the Network. Without a reason the first run is forced. */
  readonly reason: Reason | undefined;
  /** The results of all runs. */
  readonly results: readonly Result[];
  /** All writes in order, as `createRecordingClient` records them. */
  readonly writes: readonly string[];
  readonly network: 'gone' | NetworkState;
  /** Remaining objects except Network and Cluster, as `Kind name`. */
  readonly objects: readonly string[];
  /** Whether the seed and the status contain allObjects that the plan asks for. */
  readonly planned?: boolean;
  /** Codes of warnings about the running shoot, beside those of the plan. */
  readonly warnedOfShoot?: readonly string[];
  /** Two operations are requested at once. Which of them the final status names depends on the write before which a process is killed. */
  readonly mixed?: true;
  /** Writes of a restarted controller in the final state; none by default. */
  readonly restartWrites?: readonly string[];
  /** Why a restarted controller would run the Network again: for example, its configuration is refused, or the run waits. */
  readonly next?: Reason;
}

export interface NetworkState {
  /** The remaining operation annotation. */
  readonly operation?: string;
  readonly finalizers: readonly string[];
  /** Annotations that the Network has among others; times are `<time>`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Without providerStatus and conditions; times are `<time>`. */
  readonly status?: object;
}

export const networkName = 'bar';
export const network: Named = { kind: 'Network', name: networkName };
export const cluster: Named = { kind: 'Cluster' };
const resourceManagerFinalizer = 'resources.gardener.cloud/gardener-resource-manager';

/** Why the shoot is unreachable before the first step `setShoot`. */
export const noKubeconfig = 'there is no Secret gardener-internal or gardener with a kubeconfig of the shoot';

/** The shoot responds, and contains nothing that a plan needs. */
export const emptyShoot: Step = { do: 'setShoot', response: { available: true, value: [] } };

/** The target of the shoot webhook before the first step `setWebhook`. */
export const webhookTarget: WebhookTarget = {
  caBundle: Buffer.from('the first CA bundle').toString('base64'),
  url: 'https://networking.extension-networking.svc/webhooks/shoot',
};

/** Returns the target of the shoot webhook after all steps of a scenario. */
export function finalWebhookTarget({ given, betweenRuns = [] }: Scenario): WebhookTarget | undefined {
  const last = [...given, ...betweenRuns.flat()].findLast((step) => step.do === 'setWebhook');
  return last === undefined ? webhookTarget : last.target;
}

export const timestamp = '2026-01-10T10:00:00.123456789Z';
/** The next timestamp of gardenlet: later than any stored time, whatever the clock. */
const laterTimestamp = '2100-01-01T00:00:00.5Z';

/** gardenlet requests an operation. */
export function annotate(operation: string | null, time = laterTimestamp): Step {
  const given = { [annotations.operation]: operation, [annotations.timestamp]: time };
  return { do: 'patch', target: network, patch: { metadata: { annotations: given } } };
}

/** The owner changes fields of the configuration; null removes one. */
export function configure(fields: object): Step {
  return { do: 'patch', target: network, patch: { spec: { providerConfig: fields } } };
}

/** gardenlet writes a changed Shoot into the Cluster. */
export function changeShoot(patch: object): Step {
  return { do: 'patch', target: cluster, patch: { spec: { shoot: patch } } };
}

/** gardenlet deletes the Network. */
export const deleteNetwork: readonly Step[] = [
  {
    do: 'patch',
    target: network,
    patch: {
      metadata: { annotations: { [annotations.confirmDeletion]: 'true', [annotations.timestamp]: laterTimestamp } },
    },
  },
  { do: 'delete', target: network },
];

/** The gardener-resource-manager holds a ManagedResource by its finalizer until the objects in the shoot are deleted. */
export function hold(target: Named): Step {
  return { do: 'patch', target, patch: { metadata: { finalizers: [resourceManagerFinalizer] } } };
}

export function release(target: Named): Step {
  return { do: 'patch', target, patch: { metadata: { finalizers: null } } };
}

/** Returns the data of a Secret with a value that is not compressed by brotli. */
export function unreadableData(dataKey: string): Readonly<Record<string, string>> {
  return { [`${dataKey}.br`]: Buffer.from('no brotli').toString('base64') };
}

export const ourFinalizers = [networkFinalizer];

/** A write of the status in `Expected.writes`. */
export const statusWrite = 'patch Network/status bar';
/** The status, then finalizer or annotation: the first writes of a run with changes, and the only ones of a request without a change. */
export const statusAndMetadata = [statusWrite, 'patch Network bar'] as const;
