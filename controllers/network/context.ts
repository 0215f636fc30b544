import type { Clock, Logger } from '../../pkg/clock/clock.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { EventRecorder } from '../../pkg/kubernetes/events/events.ts';
import type { Bundler } from '../../pkg/managedresource/build.ts';
import type { Diagnostic } from '../../pkg/network/diagnostics.ts';
import type { NetworkPlugin, Observed, PlanTools, ShootQuery, WebhookTarget } from '../../pkg/network/plugin.ts';

/** Reads objects of a running shoot, best effort and with a short deadline; it never throws. */
export type ShootReader = (input: {
  readonly namespace: string;
  readonly queries: readonly ShootQuery[];
  readonly signal: AbortSignal;
}) => Promise<Observed<readonly KubeObject[]>>;

/** Reads the addresses of a shoot's API server, best effort and with a short deadline; it never throws. */
export type ApiServerAddressReader = (input: {
  readonly namespace: string;
  readonly signal: AbortSignal;
}) => Promise<Observed<readonly string[]>>;

/** What every run of the network controller works with. */
export interface NetworkContext {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Tells people about findings in a Network's configuration. */
  readonly events: EventRecorder;
  /** Is told of each plan that was made, in so many milliseconds. */
  readonly planned: (run: {
    readonly type: string;
    readonly diagnostics: readonly Diagnostic[];
    readonly ms: number;
  }) => void;
  readonly plugins: readonly NetworkPlugin[];
  readonly tools: PlanTools;
  readonly bundle: Bundler;
  readonly readShoot: ShootReader;
  readonly readApiServerAddresses: ApiServerAddressReader;
  /**
   * What the shoot of a namespace is told of our shoot webhook. Undefined: it is not served, or the shoot is not told by a ManagedResource;
   * what it has been told stays. Throws while that is not known yet.
   */
  readonly webhookTarget: (namespace: string) => WebhookTarget | undefined;
  /**
   * Where the shoot of a namespace is the cluster that this runs in: its API server is told of the webhook, or told no more, as the stored
   * Networks say. Throws when that is not possible.
   */
  readonly settleWebhook: (namespace: string) => Promise<void>;
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Options of providerConfig that the operator sets for all Networks that leave them out, by type of the Network. */
  readonly operatorDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Effective classes that are served; Networks without a class are of class shoot. */
  readonly classes: readonly string[];
}

/** How a run ended, when it did not throw. */
export type Outcome =
  | { readonly done: true; readonly result: 'succeeded' | 'unchanged' | 'refused' | 'skipped' | 'gone' }
  | { readonly done: false; readonly requeueAfter: number; readonly result: 'waiting' };
