import type { Outcome } from '../../../controllers/network/context.ts';
import type { Reason } from '../../../controllers/seed/decide.ts';
import { annotations, networkFinalizer } from '../../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Observed, WebhookTarget } from '../../../pkg/network/plugin.ts';

/**
 * A piece of a Network's life as data, so that the seed in memory and a real API server can play the same. Objects have no namespace and the
 * Cluster no name: the world that plays the scenario gives them one. What differs from CNI to CNI comes from vocabulary.ts.
 */
export interface Scenario {
  /** What happened before the controller is looked at. */
  readonly given: readonly Step[];
  readonly gates?: Readonly<Record<string, boolean>>;
  /** What others do after the first, second, ... run that ended waiting or threw. */
  readonly meanwhile?: readonly (readonly Step[])[];
  readonly expected: Expected;
}

/** One thing that somebody does. */
export type Step =
  /** A status in it is stored, too. */
  | { readonly do: 'create'; readonly object: KubeObject }
  | { readonly do: 'patch'; readonly what: Named; readonly patch: object; readonly subresource?: 'status' }
  | { readonly do: 'delete'; readonly what: Named }
  /** The Secret that this ManagedResource refers to goes, or one of its name with this data takes its place. */
  | {
      readonly do: 'replaceSecret';
      readonly of: Named;
      readonly data?: Readonly<Record<string, string>>;
      readonly labels?: object;
    }
  /** Our controller, undisturbed, until a run ends like this; succeeds, unless told. */
  | { readonly do: 'reconcile'; readonly until?: Result }
  /** What the shoot answers from now on; before, it cannot be reached, since there is no kubeconfig for it. */
  | { readonly do: 'shoot'; readonly answers: Observed<readonly KubeObject[]> }
  /** Where our shoot webhook is served from now on; undefined: nowhere. */
  | { readonly do: 'webhook'; readonly target: WebhookTarget | undefined }
  | { readonly do: 'pass'; readonly seconds: number };

export interface Named {
  readonly kind: 'Network' | 'Cluster' | 'ManagedResource' | 'Secret' | 'ConfigMap' | 'ScrapeConfig' | 'PrometheusRule';
  /** The Cluster needs none. */
  readonly name?: string;
}

export type Result = Outcome['result'] | 'threw';

export interface Expected {
  /** Why a controller that has just been started works on the Network; without a reason the first run happens all the same. */
  readonly reason: Reason | undefined;
  /** How each run ended. */
  readonly results: readonly Result[];
  /** All writes in their order, as `watchedClient` notes them. */
  readonly writes: readonly string[];
  readonly network: 'gone' | NetworkState;
  /** What is left beside Network and Cluster, as `Kind name`. */
  readonly objects: readonly string[];
  /** Everything that a plan asks for is there, and providerStatus says so. */
  readonly planned?: boolean;
  /** Codes of warnings that are about the running shoot, beside those that the plan itself has. */
  readonly warnedOfShoot?: readonly string[];
  /** Two operations are asked for at once; which one the status names in the end depends on where a process was killed. */
  readonly mixed?: true;
  /** Why it would be worked on again after a restart; nothing, unless a configuration is refused or something is waited for. */
  readonly next?: Reason;
}

export interface NetworkState {
  /** The operation annotation, where there is one left. */
  readonly operation?: string;
  readonly finalizers: readonly string[];
  /** Without providerStatus and conditions; times are `<time>`. */
  readonly status?: object;
}

export const networkName = 'bar';
export const network: Named = { kind: 'Network', name: networkName };
export const cluster: Named = { kind: 'Cluster' };
const resourceManagerFinalizer = 'resources.gardener.cloud/gardener-resource-manager';

/** Why the shoot cannot be asked, until a step says otherwise. */
export const noKubeconfig = 'there is no Secret gardener-internal or gardener with a kubeconfig of the shoot';

/** Where the shoot webhook is served until a step says otherwise. */
export const webhookTarget: WebhookTarget = {
  caBundle: Buffer.from('the first bundle').toString('base64'),
  url: 'https://networking.extension-networking.svc/webhooks/shoot',
};

/** A scenario's last word on where the shoot webhook is served. */
export function webhookOf({ given, meanwhile = [] }: Scenario): WebhookTarget | undefined {
  const last = [...given, ...meanwhile.flat()].findLast((step) => step.do === 'webhook');
  return last === undefined ? webhookTarget : last.target;
}

export const timestamp = '2026-01-10T10:00:00.123456789Z';
/** gardenlet's next timestamp: later than anything that was answered, with whatever clock. */
const laterTimestamp = '2100-01-01T00:00:00.5Z';

/** gardenlet asks for something. */
export function annotate(operation: string | null, time = laterTimestamp): Step {
  const given = { [annotations.operation]: operation, [annotations.timestamp]: time };
  return { do: 'patch', what: network, patch: { metadata: { annotations: given } } };
}

/** Somebody changes fields of the configuration; null removes one. */
export function configure(fields: object): Step {
  return { do: 'patch', what: network, patch: { spec: { providerConfig: fields } } };
}

/** gardenlet writes another Shoot into the Cluster. */
export function shootChanges(patch: object): Step {
  return { do: 'patch', what: cluster, patch: { spec: { shoot: patch } } };
}

/** gardenlet deletes the Network. */
export const deleted: readonly Step[] = [
  {
    do: 'patch',
    what: network,
    patch: {
      metadata: { annotations: { [annotations.confirmDeletion]: 'true', [annotations.timestamp]: laterTimestamp } },
    },
  },
  { do: 'delete', what: network },
];

/** The gardener-resource-manager holds a ManagedResource until it has let go of the shoot's objects. */
export function hold(what: Named): Step {
  return { do: 'patch', what, patch: { metadata: { finalizers: [resourceManagerFinalizer] } } };
}

export function release(what: Named): Step {
  return { do: 'patch', what, patch: { metadata: { finalizers: null } } };
}

/** The data key of a Secret with something in it that no brotli ever gave. */
export function garbage(dataKey: string): Readonly<Record<string, string>> {
  return { [`${dataKey}.br`]: Buffer.from('no brotli').toString('base64') };
}

export const ours = [networkFinalizer];

/** Writes of a run, as `Expected.writes` lists them. */
export const statusWrite = 'patch Network/status bar';
/** A status, then finalizer or annotation: how work begins, and how a request without a change is answered. */
export const statusAndMetadata = [statusWrite, 'patch Network bar'] as const;
