import type * as z from 'zod';
import type { IPFamily } from '../gardener/network.ts';
import type { KubeObject } from '../gardener/objects.ts';
import type { Charts } from '../templates/charts.ts';
import type { RenderedObject } from '../templates/render.ts';
import type { Compatibility } from './compatibility.ts';
import type { DataPathValue } from './data-path.ts';
import type { DecodedNetwork, NetworkInput } from './decode-network.ts';
import type { Diagnostic, DiagnosticRules } from './diagnostics.ts';
import type { Verdicts } from './verdicts.ts';

/** Something that was looked up outside the core: either its content, or why it could not be had. */
export type Lookup<T> =
  | { readonly available: true; readonly value: T }
  | { readonly available: false; readonly reason: string };

/** What has to be read before planning, beside Network, Cluster and our ManagedResource. */
export interface PlanQueries {
  readonly shoot: readonly ShootQuery[];
  /** Whether the plan needs the addresses of the shoot's API server. */
  readonly apiServerAddresses: boolean;
}

/** Objects of the shoot that a plan depends on. */
export interface ShootQuery {
  readonly apiVersion: string;
  readonly kind: string;
  /** Both absent: all objects of the kind. */
  readonly namespace?: string;
  readonly name?: string;
}

/** What was read in seed and shoot for a plan. */
export interface PlanContext {
  /** Objects of our ManagedResource as it is now; an empty list when there is none yet. */
  readonly currentObjects: Lookup<readonly KubeObject[]>;
  /** The answer to `queries().shoot`. */
  readonly shoot: Lookup<readonly KubeObject[]>;
  /** IP addresses of the shoot's API server; looked at only where `queries` asks for them. */
  readonly apiServerAddresses?: Lookup<readonly string[]>;
  /** Where the API server of a shoot reaches our shoot webhook; absent while there is none to tell it of. */
  readonly webhook?: WebhookTarget;
  /** Nothing is going to be written: what the input does not tell may be assumed, with a warning. */
  readonly offline?: true;
}

/** Everything that a plan may depend on; equal input gives an equal plan. */
export interface PlanInput extends NetworkInput, PlanContext {}

/** The client side of a shoot webhook (docs/design/gardener.md#shoot-webhooks). */
export interface WebhookTarget {
  /** PEM bundle of certificate authorities, base64. */
  readonly caBundle: string;
  readonly url: string;
}

/** What the shell lends to the core. */
export interface PlanTools {
  readonly charts: Charts;
  /** The reference of an image by its name in the image vector, for a shoot of this Kubernetes version. */
  readonly image: (name: string, kubernetesVersion: string) => string;
  /** Hex SHA-256 of a text. */
  readonly sha256: (text: string) => string;
}

/** One data key of the ManagedResource's Secret. Keys are applied in ascending order. */
export interface ManifestPart {
  readonly key: string;
  readonly objects: readonly RenderedObject[];
}

/** A ManagedResource that the shell writes, by the names that a take-over needs (docs/design/gardener.md#managedresource). */
export interface ManagedResourcePlan {
  readonly name: string;
  /**
   * Value of the label `origin`. Absent in the flavour of shoot webhooks: no labels, nothing injected, keepObjects left alone, and a Secret
   * that is named like the ManagedResource without a prefix.
   */
  readonly origin?: string;
  readonly parts: readonly ManifestPart[];
}

export interface StatusPlan {
  readonly ipFamilies: readonly IPFamily[];
  readonly providerStatus: Readonly<Record<string, unknown>>;
  /** `status.state`, which moves with the shoot to another seed; absent when there is nothing to remember. */
  readonly state?: Readonly<Record<string, unknown>>;
}

export interface NetworkPlan {
  readonly managedResource: ManagedResourcePlan;
  /** For `shootWebhook`; absent when the CNI has none, or while the input has no `webhook`: what is stored then stays as it is. */
  readonly webhookResource?: ManagedResourcePlan;
  /** Written as they are into the Network's namespace in the seed. */
  readonly seedObjects: readonly KubeObject[];
  /** Objects of ours that must not be there (any more), by apiVersion, kind and name. */
  readonly obsoleteSeedObjects: readonly ObjectName[];
  readonly status: StatusPlan;
}

export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** Everything but what the shoot is given: its ManagedResource stays as it is, there or not. */
export type PostponedPlan = Omit<NetworkPlan, 'managedResource'>;

/**
 * `refused`: the configuration must change, the last good state stays. `waiting`: nothing is wrong, but the shoot is not ready for
 * the change; try again. `postponed`: nobody can say what the shoot needs before it wakes up, and until then it needs nothing. Warnings come
 * with every outcome.
 */
export type PlanResult =
  | { readonly outcome: 'planned'; readonly plan: NetworkPlan; readonly diagnostics: readonly Diagnostic[] }
  | { readonly outcome: 'postponed'; readonly plan: PostponedPlan; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly outcome: 'refused';
      readonly diagnostics: readonly Diagnostic[];
      /** What remains when the refused option is left out: to look at offline, never to be applied. */
      readonly preview?: NetworkPlan;
    }
  | { readonly outcome: 'waiting'; readonly diagnostics: readonly Diagnostic[] };

/** A behaviour that operators switch for all Networks of a CNI, in the words that Kubernetes has for its own. */
export interface FeatureGate {
  /** Alpha and Beta may change or go; GA stays on for good. */
  readonly stage: 'Alpha' | 'Beta' | 'GA';
  readonly default: boolean;
  /** What is different when it is on, for operators. */
  readonly about: string;
}

/** providerConfig as the API server of the garden stores it: what decoding takes, and what documentation says. */
export interface Configuration<Config> {
  readonly schema: z.ZodObject;
  readonly apiVersion: string;
  readonly kind: string;
  /** The options that operators may set for all Networks of the CNI, in the ControllerConfiguration: a part of `schema`. */
  readonly operatorDefaults: z.ZodObject;
  /** What becomes of the options in a shoot with one family, defaults included; a tree of the same form as providerConfig. */
  effectiveDefaults(config: Config, family: IPFamily): object;
}

/** A webhook of the extension that API servers of shoots call (docs/design/gardener.md#shoot-webhooks). */
export interface ShootWebhook {
  /** Of the extension in the names of Service, Secrets and certificates. */
  readonly extension: string;
  /** In the URL, with its slash. */
  readonly path: string;
  /** Name of the ManagedResource, which deletion removes and migration keeps, too. */
  readonly managedResource: string;
  /** What registers the webhook in a shoot. */
  plan(target: WebhookTarget, tools: Pick<PlanTools, 'charts'>): ManagedResourcePlan;
  /** The object as it is to be stored; undefined when the webhook has no say about it. Never throws for anything that JSON can hold. */
  mutate(request: { readonly namespace: string | undefined; readonly object: KubeObject }): KubeObject | undefined;
}

/** A CNI. Its functions are pure; they return findings about the user's input and throw only for defects of our own. */
export interface NetworkPlugin<Config = unknown> {
  /** `spec.type` of its Networks. */
  readonly type: string;
  /** Its name for people. */
  readonly title: string;
  readonly configuration: Configuration<Config>;
  readonly compatibility: Compatibility;
  readonly featureGates: Readonly<Record<string, FeatureGate>>;
  readonly rules: DiagnosticRules;
  readonly verdicts: Verdicts;
  /** Name of `NetworkPlan.managedResource`. */
  readonly managedResource: string;
  /** The webhook that API servers of its shoots call; one process serves that of one CNI. */
  readonly shootWebhook?: ShootWebhook;
  /** Plans always look at `present`: something learned from the shoot is remembered there. */
  readonly requiresCurrentObjects?: true;
  /** What a plan may write into the seed or remove from it, the ManagedResource and its Secrets aside. */
  readonly seedObjectNames: readonly ObjectName[];
  /** What only earlier versions, ours or the Go extension's, made in the seed; deletion removes it, too. */
  readonly legacySeedObjectNames: readonly ObjectName[];
  /** Decodes providerConfig and reads the Shoot; the functions below take the result, so that both happen once. */
  decode(input: NetworkInput): DecodedNetwork<Config>;
  /** What must be read first; nothing when the plan does not depend on it. */
  queries(decoded: DecodedNetwork<Config>, context: Pick<PlanContext, 'currentObjects'>): PlanQueries;
  /** What `plan` says of the configuration, as far as it does not depend on the running shoot; nothing is rendered. For admission. */
  check(decoded: DecodedNetwork<Config>): readonly Diagnostic[];
  /** Errors that only new and changed configurations are refused for; `check` has at most warnings about them. */
  checkNew?(decoded: DecodedNetwork<Config>): readonly Diagnostic[];
  /** A Shoot of this type as it is to be stored when it is created; the same object when nothing has to change. */
  completeNewShoot?(shoot: KubeObject): KubeObject;
  plan(decoded: DecodedNetwork<Config>, context: PlanContext, tools: PlanTools): PlanResult;
  /** What in objects of a shoot, planned or found, decides how packets travel. For those who compare two sets of them. */
  dataPath(objects: readonly KubeObject[]): readonly DataPathValue[];
}
