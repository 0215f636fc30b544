import type { Clock, Logger } from '../../pkg/clock/clock.ts';
import type { OperationType } from '../../pkg/gardener/network.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { EventRecorder } from '../../pkg/kubernetes/events/events.ts';
import type { ManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import type { Diagnostic } from '../../pkg/network/diagnostics.ts';
import type { Lookup, NetworkPlugin, PlanTools, ShootQuery, WebhookTarget } from '../../pkg/network/plugin.ts';
import type { ContentMemo } from '../seed/content-memo.ts';
import type { NetworkFacts } from '../seed/facts.ts';
import type { WaitTimes } from './waits.ts';
import type { NetworkWriter } from './writer.ts';

/** Reads objects of a running shoot, best effort and with a short deadline. It never throws. */
export type ShootReader = (input: {
  readonly namespace: string;
  readonly queries: readonly ShootQuery[];
  readonly signal: AbortSignal;
}) => Promise<Lookup<readonly KubeObject[]>>;

/** Reads the addresses of a shoot's API server, with a short deadline. Never throws. */
export type ApiServerAddressReader = (input: {
  readonly namespace: string;
  readonly signal: AbortSignal;
}) => Promise<Lookup<readonly string[]>>;

/** The dependencies of every run of the network controller. */
export interface NetworkContext {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly waits: WaitTimes;
  readonly log: Logger;
  /** Reports findings in the configuration of a Network. */
  readonly events: EventRecorder;
  /** Called with the findings and the duration of each plan. */
  readonly onPlan: (plan: {
    readonly type: string;
    readonly diagnostics: readonly Diagnostic[];
    readonly ms: number;
  }) => void;
  readonly plugins: readonly NetworkPlugin[];
  readonly tools: PlanTools;
  readonly buildResource: ManagedResourceRenderer;
  /** Content of stored objects, of this process. */
  readonly memo: ContentMemo;
  readonly readShoot: ShootReader;
  readonly readApiServerAddresses: ApiServerAddressReader;
  /**
   * Webhook target to publish to the shoot of this namespace by a ManagedResource; undefined if the webhook is disabled or published in another
   * way, so that a stored ManagedResource remains as it is. Throws while the target is not known yet.
   */
  readonly webhookTarget: (namespace: string) => WebhookTarget | undefined;
  /**
   * If this process runs in the self-hosted shoot of this namespace: creates, updates or deletes the webhook configuration there, depending on
   * the stored Networks. Throws when that fails.
   */
  readonly ensureSelfHostedWebhook: (namespace: string) => Promise<void>;
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** The facts of the Networks in a namespace, as the watch last showed them. */
  readonly networksIn: (namespace: string) => Iterable<NetworkFacts>;
  /** Defaults of the operator for providerConfig, by network type. */
  readonly operatorDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The classes to reconcile; a Network without a class has the class `shoot`. */
  readonly classes: readonly string[];
}

/** One run for one Network. */
export interface NetworkRun {
  readonly context: NetworkContext;
  readonly plugin: NetworkPlugin;
  readonly writer: NetworkWriter;
  readonly operation: OperationType;
  /** Called with the findings when the configuration is evaluated, so that the report of a later failure can contain them. */
  readonly onEvaluated: (findings: readonly Diagnostic[]) => void;
  readonly signal: AbortSignal;
}

/** How a run ended without an exception. */
export type Outcome =
  | { readonly done: true; readonly result: 'succeeded' | 'unchanged' | 'refused' | 'skipped' | 'gone' }
  | { readonly done: false; readonly requeueAfter: number; readonly result: 'waiting' };
