import { keyText, type Revision, type StoredObject } from '../record/revision.ts';
import type { Snapshot } from '../record/snapshot.ts';
import type { GoalName } from './goals.ts';

/** The revisions of one shoot during a plan, and the expectations of its flow. */
export interface TrialHistory {
  /** State by keyText at the start of the flow. */
  readonly before: ReadonlyMap<string, StoredObject>;
  /** In ascending order. */
  readonly revisions: readonly Revision[];
  readonly namespace: string;
  /** Of the Network. */
  readonly name: string;
  readonly goal: GoalName;
  /** The state at the end of the undisturbed flow. */
  readonly expected: Snapshot;
  /** Writes of the controller per object (writeKey) in the undisturbed flow. */
  readonly expectedWrites: Readonly<Record<string, number>>;
  /** Planted secrets, which must occur only in objects of the test itself. */
  readonly canaries: readonly string[];
  /** Objects of the test itself, as `resource name`. */
  readonly own: ReadonlySet<string>;
  /** Objects are changed by hand during the flow, possibly after the controller has checked them. */
  readonly changedByHand: boolean;
}

export interface Violation {
  readonly invariant: string;
  readonly text: string;
}

export type Invariant = (history: TrialHistory) => readonly Violation[];

/** A revision and the state right after it. */
export interface Moment {
  readonly revision: Revision;
  readonly state: ReadonlyMap<string, StoredObject>;
  readonly network: StoredObject | undefined;
}

/** Iterates over a history. All moments share one map, which is updated in place. */
export function* moments(history: TrialHistory): Generator<Moment> {
  const state = new Map(history.before);
  const networkKey = keyText({ resource: 'networks', namespace: history.namespace, name: history.name });
  for (const revision of history.revisions) {
    if (revision.object === undefined) state.delete(keyText(revision));
    else state.set(keyText(revision), revision.object);
    yield { revision, state, network: state.get(networkKey) };
  }
}

const contentKinds: ReadonlySet<string> = new Set([
  'managedresources',
  'secrets',
  'configmaps',
  'scrapeconfigs',
  'prometheusrules',
]);

/** Reports whether a controller process wrote one of the objects of a Network. */
export function isContentWrite({ resource, writer }: Revision): boolean {
  return writer !== undefined && contentKinds.has(resource);
}

/** Objects of the shoot webhook, which the controller also updates between reconciliations when the certificate changes. */
export function isWebhookObject({ name }: Pick<Revision, 'name'>): boolean {
  return name.startsWith('extension-cilium-shoot-webhooks');
}

/** Names the object of a revision without parts that differ between runs. */
export function writeKey({ resource, name }: Pick<Revision, 'resource' | 'name'>, network: string): string {
  return `${resource} ${name === network ? '<network>' : name.replace(/(?<=-)[0-9a-f]{8}$/, '<hash>')}`;
}

export function describe({ resource, name, revision, object }: Revision): string {
  return `${object === undefined ? 'deletion' : 'write'} of ${resource} ${name} at revision ${revision}`;
}
