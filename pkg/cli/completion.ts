import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { completeShoot } from '../network/admission.ts';
import { child, show } from '../network/field.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import { createPatch } from '../webhook/patch.ts';

/** One field of a new Shoot that the mutating webhook of `netext admission` sets. */
export interface CompletedField {
  readonly path: string;
  readonly value: unknown;
}

export interface CompletedShoot {
  /** The same object when there is nothing to set. */
  readonly shoot: KubeObject;
  readonly fields: readonly CompletedField[];
}

/**
 * A Shoot of the input as an API server stores it: a new one as the mutating webhook leaves it (docs/design/gardener.md#shoot-admission), one that is stored already as it
 * is. Every command takes a Shoot so, or two of them would disagree about one file. Only an API server gives a `metadata.uid`; `exists` says
 * that something else in the input shows that the shoot runs.
 */
export function completed(input: {
  readonly plugins: readonly NetworkPlugin[];
  readonly shoot: KubeObject;
  readonly exists: boolean;
}): CompletedShoot {
  const { plugins, shoot, exists } = input;
  if (exists || shoot.metadata.uid) return { shoot, fields: [] };
  const after = completeShoot(plugins, shoot);
  const fields = createPatch(shoot, after).flatMap((one) => {
    const path = one.path.split('/').slice(1).reduce(child, '');
    return one.op === 'remove' ? [] : leavesOf({ path, value: one.value });
  });
  return { shoot: after, fields };
}

/** What people must know who look for what they wrote. */
export function completionText({ path, value }: CompletedField): string {
  return `taken for a new Shoot, as it has no metadata.uid: the admission makes ${path} ${show(value)}`;
}

function leavesOf({ path, value }: CompletedField): readonly CompletedField[] {
  if (!isRecord(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf({ path: child(path, key), value: inner }));
}
