import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { completeShoot } from '../network/admission.ts';
import { child, show } from '../network/field.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import { createPatch } from '../webhook/patch.ts';

/** A field of a new Shoot that the mutating webhook of `netext admission` sets. */
export interface CompletedField {
  readonly path: string;
  readonly value: unknown;
}

export interface CompletedShoot {
  /** The same object if the webhook changes nothing. */
  readonly shoot: KubeObject;
  readonly fields: readonly CompletedField[];
}

/**
 * Returns a Shoot of the input as an API server stores it: a new one after the mutating webhook
 * (docs/design/gardener.md#shoot-admission), an existing one unchanged. All commands do this, so that they agree about a file. A Shoot with
 * `metadata.uid` exists, since only an API server sets it; `exists` is true if other objects of the input prove that the shoot exists.
 */
export function applyMutatingWebhook(input: {
  readonly plugins: readonly NetworkPlugin[];
  readonly shoot: KubeObject;
  readonly exists: boolean;
}): CompletedShoot {
  const { plugins, shoot, exists } = input;
  if (exists || shoot.metadata.uid) return { shoot, fields: [] };
  const after = completeShoot(plugins, shoot);
  const fields = createPatch(shoot, after).flatMap((one) => {
    const path = one.path.split('/').slice(1).reduce(child, '');
    return one.op === 'remove' ? [] : flattenFields({ path, value: one.value });
  });
  return { shoot: after, fields };
}

/** Explains a value that differs from the user's input. */
export function describeCompletion({ path, value }: CompletedField): string {
  return `treated as a new Shoot because metadata.uid is not set: the admission sets ${path} to ${show(value)}`;
}

function flattenFields({ path, value }: CompletedField): readonly CompletedField[] {
  if (!isRecord(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => flattenFields({ path: child(path, key), value: inner }));
}
