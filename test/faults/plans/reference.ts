import type { Passage } from '../proxy/faults.ts';
import { isWrite, requestKind } from '../proxy/request.ts';
import type { Snapshot } from '../record/snapshot.ts';
import type { Flow } from './flows.ts';

/** One request of an undisturbed run. */
export interface Target {
  /** `PUT managedresources`. */
  readonly kind: string;
  /** Counts requests of this kind, from 1. */
  readonly ordinal: number;
  readonly write: boolean;
}

/** A recorded, undisturbed run of a flow. Plans are enumerated from it, and disturbed runs are compared with it. */
export interface Reference {
  readonly flow: Flow;
  readonly targets: readonly Target[];
  /** Watch events about the Network, by type, in their order. */
  readonly events: readonly string[];
  readonly end: Snapshot;
  /** Writes of the controller per object, `resource name` with the name of the run replaced. */
  readonly writes: Readonly<Record<string, number>>;
  readonly ms: number;
}

/** Converts the requests of a run to targets. */
export function targetsOf(passages: readonly Passage[]): readonly Target[] {
  const ordinals = new Map<string, number>();
  return passages.map(({ request }) => {
    const kind = requestKind(request);
    const ordinal = (ordinals.get(kind) ?? 0) + 1;
    ordinals.set(kind, ordinal);
    return { kind, ordinal, write: isWrite(request) };
  });
}
