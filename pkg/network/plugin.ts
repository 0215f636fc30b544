import type * as z from 'zod';
import type { IPFamily, OperationType } from '../gardener/network.ts';
import type { KubeObject } from '../gardener/objects.ts';
import type { Charts } from '../templates/charts.ts';
import type { RenderedObject } from '../templates/render.ts';
import type { Compatibility } from './compatibility.ts';
import type { DataPathValue } from './data-path.ts';
import type { DecodedNetwork, NetworkInput } from './decode-network.ts';
import type { Diagnostic, DiagnosticRules } from './diagnostics.ts';
import type { CniEffects } from './effects.ts';
import type { Explanation } from './explain.ts';
import type { PodPath } from './reachability.ts';
import type { Traffic } from './traffic.ts';
import type { Verdicts } from './verdicts.ts';

/** The result of a lookup outside the core: the value, or the reason why it is not available. */
export type Lookup<T> =
  | { readonly available: true; readonly value: T }
  | { readonly available: false; readonly reason: string };

/** The inputs to read before planning, beside Network, Cluster and ManagedResource. */
export interface PlanQueries {
  readonly shoot: readonly ShootQuery[];
  /** Whether the plan needs the addresses of the shoot's API server. */
  readonly apiServerAddresses: boolean;
}

export type ShootQuery = ObjectQuery | ListCheck;

/** Objects of the shoot on which a plan depends. */
export interface ObjectQuery {
  readonly apiVersion: string;
  readonly kind: string;
  /** Without namespace and name, all objects of the kind. */
  readonly namespace?: string;
  readonly name?: string;
}

/**
 * Requires that the API server of the shoot lists a cluster-scoped custom resource at a version from which a watch can continue. Returns no
 * objects. A resource without a definition passes, since nothing watches it.
 */
export interface ListCheck {
  readonly check: { readonly group: string; readonly version: string; readonly plural: string };
}

/** The inputs of a plan that were read in seed and shoot. */
export interface PlanContext {
  /** The objects of the current ManagedResource; empty if it does not exist yet. */
  readonly currentObjects: Lookup<readonly KubeObject[]>;
  /** The result of `queries().shoot`. */
  readonly shoot: Lookup<readonly KubeObject[]>;
  /** IP addresses of the shoot's API server; used only if `queries` requests them. */
  readonly apiServerAddresses?: Lookup<readonly string[]>;
  /** The shoot webhook to register; absent to leave a stored registration unchanged. */
  readonly webhook?: WebhookTarget;
  /** Nothing will be written: inputs that are not available may be assumed, with a warning. */
  readonly offline?: true;
}

/** All inputs of a plan; equal inputs result in equal plans. */
export interface PlanInput extends NetworkInput, PlanContext {}

/** The client configuration of a shoot webhook (docs/design/gardener.md#shoot-webhooks). */
export interface WebhookTarget {
  /** CA bundle (PEM), base64. */
  readonly caBundle: string;
  readonly url: string;
}

/** Functions with caches or I/O that the core gets from its caller. */
export interface PlanTools {
  readonly charts: Charts;
  /** Returns the reference of an image by its name in the image vector, for a shoot of this Kubernetes version. */
  readonly image: (name: string, kubernetesVersion: string) => string;
  /** Returns the hexadecimal SHA-256 of a text. */
  readonly sha256: (text: string) => string;
}

/** One data key of the ManagedResource's Secret. Keys are applied in ascending order. */
export interface ManifestPart {
  readonly key: string;
  readonly objects: readonly RenderedObject[];
  /** The list is the same in every plan of a process, so that it is compressed once, and better. */
  readonly constant?: true;
}

/** A ManagedResource to write, with the names that a migration from the Go extensions requires (docs/design/gardener.md#managedresource). */
export interface ManagedResourcePlan {
  readonly name: string;
  /**
   * Value of the label `origin`. Absent for shoot webhooks, whose ManagedResources have no labels and no injected labels, an unmanaged
   * `keepObjects`, and a Secret with the name of the ManagedResource without a prefix.
   */
  readonly origin?: string;
  readonly parts: readonly ManifestPart[];
}

export interface StatusPlan {
  readonly ipFamilies: readonly IPFamily[];
  readonly providerStatus: Readonly<Record<string, unknown>>;
  /** `status.state`, which Gardener copies when the shoot migrates to another seed; absent if there is nothing to store. */
  readonly state?: Readonly<Record<string, unknown>>;
}

export interface NetworkPlan {
  readonly managedResource: ManagedResourcePlan;
  /** The ManagedResource of `shootWebhook`; absent without a webhook, or without `webhook` in the context: a stored one then remains unchanged. */
  readonly webhookResource?: ManagedResourcePlan;
  /** Objects for the Network's namespace in the seed. */
  readonly seedObjects: readonly KubeObject[];
  /** Objects of the extension to delete from that namespace. */
  readonly obsoleteSeedObjects: readonly ObjectName[];
  readonly status: StatusPlan;
  /** Prefix length of the IPv4 ranges that the CNI itself assigns to nodes; absent if it uses those of kube-controller-manager. */
  readonly ipv4NodeMask?: number;
}

export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** A plan that leaves the ManagedResource of the shoot unchanged, whether it exists or not. */
export type PostponedPlan = Omit<NetworkPlan, 'managedResource'>;

/**
 * `refused`: the configuration is invalid, and the applied one remains. `waiting`: the configuration is valid, but the shoot is not ready for
 * the change; retry later. `postponed`: an input is available only after the hibernated shoot wakes up, and until then the shoot needs
 * nothing. Every outcome may have warnings.
 */
export type PlanResult =
  | {
      readonly outcome: 'planned';
      readonly plan: NetworkPlan;
      readonly diagnostics: readonly Diagnostic[];
      /**
       * Warnings about the change of the applied configuration. They are reported once, as Events and in the log: the status describes the
       * configuration in effect, regardless of the change that led to it.
       */
      readonly changeWarnings?: readonly Diagnostic[];
    }
  | { readonly outcome: 'postponed'; readonly plan: PostponedPlan; readonly diagnostics: readonly Diagnostic[] }
  | { readonly outcome: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly outcome: 'waiting'; readonly diagnostics: readonly Diagnostic[] };

export interface AnnotationInput {
  readonly operation: OperationType;
  /** The current time: RFC 3339 in UTC, in seconds. */
  readonly time: string;
}

/** Annotations of the Network from which its objects are rendered; they are stored before the objects, in one patch. */
export interface AnnotationPlan {
  /** Those that differ from the stored ones. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What must hold in the shoot first; until then the Network waits. */
  readonly checks: readonly ListCheck[];
}

/** A feature gate in the sense of Kubernetes, which operators set for all Networks of a CNI. */
export interface FeatureGate {
  /** Alpha and Beta gates may change or be removed; GA gates are always enabled. */
  readonly stage: 'Alpha' | 'Beta' | 'GA';
  readonly default: boolean;
  /** The effect of enabling it, for operators. */
  readonly about: string;
}

/** The schema of providerConfig, for decoding and documentation. */
export interface Configuration<Config> {
  readonly schema: z.ZodObject;
  readonly apiVersion: string;
  readonly kind: string;
  /** The part of `schema` for which operators may set defaults in the ControllerConfiguration, for all Networks of the CNI. */
  readonly operatorDefaults: z.ZodObject;
  /** Valid values by path, for documentation: of options whose schema has no list of values, and of groups whose options need each other. */
  readonly examples: Readonly<Record<string, unknown>>;
  /** Options without which an option is rejected, by the path of the latter, for its example. */
  readonly exampleRequirements?: Readonly<Record<string, object>>;
  /** The versions that added options or groups, by path; the others are those of the Go extension. */
  readonly since?: Readonly<Record<string, string>>;
  /** Returns the effective options in a shoot with one family, in the form of providerConfig. */
  effectiveDefaults(config: Config, family: IPFamily): object;
}

/** Two configurations of the same shoot. */
export interface ConfigurationChange<Config> {
  readonly old: DecodedNetwork<Config>;
  readonly new: DecodedNetwork<Config>;
}

/** A webhook of the extension that API servers of shoots call (docs/design/gardener.md#shoot-webhooks). */
export interface ShootWebhook {
  /** Name of the extension, which is part of the names of Service, Secrets and certificates. */
  readonly extension: string;
  /** Path in the URL, with a leading slash. */
  readonly path: string;
  /** Name of the ManagedResource that registers the webhook in shoots. */
  readonly managedResource: string;
  /** Plans that ManagedResource. */
  plan(target: WebhookTarget, tools: Pick<PlanTools, 'charts'>): ManagedResourcePlan;
  /** Returns the mutated object; undefined for objects that the webhook does not handle. Never throws for a JSON value. */
  mutate(request: { readonly namespace: string | undefined; readonly object: KubeObject }): KubeObject | undefined;
}

/** A CNI. Its functions are pure; they return findings about the user's input, and throw only for defects in this project. */
export interface NetworkPlugin<Config = unknown> {
  /** `spec.type` of its Networks. */
  readonly type: string;
  /** Its name in documentation. */
  readonly title: string;
  readonly configuration: Configuration<Config>;
  readonly compatibility: Compatibility;
  readonly featureGates: Readonly<Record<string, FeatureGate>>;
  readonly rules: DiagnosticRules;
  readonly verdicts: Verdicts;
  /** The effects of changes on the traffic of a running shoot; without it they are derived from `dataPath` alone. */
  readonly effects?: CniEffects<Config>;
  /** Name of `NetworkPlan.managedResource`. */
  readonly managedResource: string;
  /** The webhook that API servers of its shoots call; a process serves the webhook of one CNI. */
  readonly shootWebhook?: ShootWebhook;
  /** Every plan depends on `currentObjects`, which contain facts learned from the shoot. */
  readonly requiresCurrentObjects?: true;
  /** The objects that a plan may create in the seed or delete from it, without the ManagedResource and its Secrets. */
  readonly seedObjectNames: readonly ObjectName[];
  /** Further objects that earlier versions and the Go extension created in the seed; deletion removes them. */
  readonly legacySeedObjectNames: readonly ObjectName[];
  /** Decodes providerConfig and the Shoot; the functions below take the result, so that decoding happens once. */
  decode(input: NetworkInput): DecodedNetwork<Config>;
  /** Returns the annotations that this run adds to the Network. The functions below get a Network that has them. */
  planAnnotations?(decoded: DecodedNetwork<Config>, input: AnnotationInput): AnnotationPlan;
  /** Returns the inputs to read before `plan`. */
  queries(decoded: DecodedNetwork<Config>, context: Pick<PlanContext, 'currentObjects'>): PlanQueries;
  /** Returns the findings of `plan` that do not depend on the running shoot, without rendering. For admission. */
  check(decoded: DecodedNetwork<Config>): readonly Diagnostic[];
  /** Returns the paths of packets between pods of different nodes. */
  podPaths?(decoded: DecodedNetwork<Config>): readonly PodPath[];
  /** Returns errors for which only new and changed configurations are rejected; `check` reports them as warnings, or not at all. */
  checkNew?(decoded: DecodedNetwork<Config>): readonly Diagnostic[];
  /** Returns findings about a change of the configuration of a running shoot; with an error the change is rejected. For admission. */
  checkChange?(change: ConfigurationChange<Config>): readonly Diagnostic[];
  /**
   * Returns the values in effect, each with the fields that decided it; undefined for a Cluster without a Shoot. Invalid parts of the
   * configuration count as unset.
   */
  explain(
    decoded: DecodedNetwork<Config>,
    context: Pick<PlanContext, 'currentObjects' | 'shoot'>,
  ): Explanation | undefined;
  /** Sets the defaults of this CNI in a new Shoot; returns the same object if nothing changes. */
  completeNewShoot?(shoot: KubeObject): KubeObject;
  plan(decoded: DecodedNetwork<Config>, context: PlanContext, tools: PlanTools): PlanResult;
  /** Returns the values in objects of a shoot that determine the data path, for comparing current with planned objects. */
  dataPath(objects: readonly KubeObject[]): readonly DataPathValue[];
  /** Returns how packets of pods are handled in a shoot with these objects. */
  traffic(objects: readonly KubeObject[]): Traffic;
}
