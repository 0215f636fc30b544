import { keyText, type Revision, type StoredObject } from '../record/revision.ts';
import type { Snapshot } from '../record/snapshot.ts';
import type { GoalName } from './goals.ts';

/** What happened to one shoot while a plan ran, and what is known beforehand of its flow. */
export interface TrialHistory {
  /** By keyText, at the moment the flow began. */
  readonly before: ReadonlyMap<string, StoredObject>;
  /** Ascending. */
  readonly revisions: readonly Revision[];
  readonly namespace: string;
  /** Of the Network. */
  readonly name: string;
  readonly goal: GoalName;
  /** The state at the end of the undisturbed flow. */
  readonly expected: Snapshot;
  /** Writes of the controller per object (writeKey) in the undisturbed flow. */
  readonly expectedWrites: Readonly<Record<string, number>>;
  /** What must not be stored anywhere but in the Secret that the test itself wrote. */
  readonly canaries: readonly string[];
  /** Objects of the test itself, as `resource name`. */
  readonly own: ReadonlySet<string>;
  /** Somebody else changes objects on the way, so that a success may be overtaken by such a change. */
  readonly changedByHand: boolean;
}

export interface Violation {
  readonly invariant: string;
  readonly text: string;
}

export type Invariant = (history: TrialHistory) => readonly Violation[];

/** What an invariant sees at each revision: the state before and after it. */
export interface Moment {
  readonly revision: Revision;
  readonly state: ReadonlyMap<string, StoredObject>;
  readonly network: StoredObject | undefined;
}

/** Goes through a history revision by revision; the states are those right after each. The map is the same one, changed from moment to moment. */
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

/** Whether a process of the controller wrote one of the objects that a Network is made of. */
export function isContentWrite({ resource, writer }: Revision): boolean {
  return writer !== undefined && contentKinds.has(resource);
}

/** The webhook for shoots is published by the process, also apart from runs: whenever its certificate changes. */
export function isWebhookObject({ name }: Pick<Revision, 'name'>): boolean {
  return name.startsWith('extension-cilium-shoot-webhooks');
}

/** The object of a revision by a name that is equal in every run. */
export function writeKey({ resource, name }: Pick<Revision, 'resource' | 'name'>, network: string): string {
  return `${resource} ${name === network ? '<network>' : name.replace(/(?<=-)[0-9a-f]{8}$/, '<hash>')}`;
}

export function describe({ resource, name, revision, object }: Revision): string {
  return `${object === undefined ? 'deletion' : 'write'} of ${resource} ${name} at revision ${revision}`;
}
