/** Hand-made histories for the tests of invariants. */
import { brotliCompressSync } from 'node:zlib';
import { keyText, type Revision, type StoredObject } from '../record/revision.ts';
import type { TrialHistory } from './trial.ts';

export const namespace = 'shoot--faults--f1';
export const process = 'session-1';
const name = 'f1';
export const managedResourceName = 'extension-networking-calico-config';
export const secretName = `managedresource-${managedResourceName}-0a1b2c3d`;

export interface Change {
  readonly resource: string;
  readonly name: string;
  readonly object: StoredObject | undefined;
  /** Writer; the controller by default, null for anybody else. */
  readonly by?: string | null;
}

/** A Network in progress, with the finalizer. */
export function network(fields: {
  readonly state?: string | undefined;
  readonly type?: string;
  readonly metadata?: object;
  readonly status?: object;
  readonly spec?: object;
}): Change {
  const { state = 'Processing', type = 'Reconcile', metadata, status, spec } = fields;
  const lastOperation = { type, state, description: 'd', progress: 1, lastUpdateTime: '2026-01-01T00:00:05Z' };
  const object = {
    kind: 'Network',
    metadata: { name, generation: 1, finalizers: ['extensions.gardener.cloud/network'], ...metadata },
    spec: { ...spec },
    status: { observedGeneration: 1, lastOperation, ...status },
  };
  return { resource: 'networks', name, object };
}

export function managedResource(secrets: readonly string[] = [secretName], spec: object = {}): Change {
  const object = {
    kind: 'ManagedResource',
    metadata: { name: managedResourceName },
    spec: { secretRefs: secrets.map((one) => ({ name: one })), ...spec },
  };
  return { resource: 'managedresources', name: managedResourceName, object };
}

export function secret(content = 'mtu: 1500', secretName_ = secretName): Change {
  const labels = { 'resources.gardener.cloud/garbage-collectable-reference': 'true' };
  const data = { 'config.yaml.br': brotliCompressSync(content).toString('base64') };
  return {
    resource: 'secrets',
    name: secretName_,
    object: { kind: 'Secret', metadata: { name: secretName_, labels }, data },
  };
}

export function removed({ resource, name: object }: Change): Change {
  return { resource, name: object, object: undefined };
}

export function byHand(change: Change): Change {
  return { ...change, by: null };
}

/** Builds a history with one revision per change. */
export function history(
  changes: readonly Change[],
  more: Partial<TrialHistory> & { readonly given?: readonly Change[] } = {},
): TrialHistory {
  const { given = [], ...fields } = more;
  const all = revisions([...given, ...changes]);
  const before = new Map<string, StoredObject>();
  for (const one of all.slice(0, given.length)) if (one.object !== undefined) before.set(keyText(one), one.object);
  return {
    before,
    revisions: all.slice(given.length),
    namespace,
    name,
    goal: 'ready',
    expected: { [`managedresources ${managedResourceName}`]: '' },
    expectedWrites: {},
    canaries: ['canary'],
    own: new Set(['secrets gardener']),
    changedByHand: false,
    ...fields,
  };
}

export function revisions(changes: readonly Change[]): readonly Revision[] {
  const present = new Map<string, StoredObject | undefined>();
  return changes.map(({ resource, name: object, object: content, by = process }, index) => {
    const key = { resource, namespace, name: object };
    const previous = present.get(keyText(key));
    present.set(keyText(key), content);
    return { ...key, revision: index + 1, at: index, object: content, previous, writer: by ?? undefined };
  });
}
