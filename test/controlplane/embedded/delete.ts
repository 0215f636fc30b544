/** Deletion of one object or a collection. Propagation is ignored, since there is no garbage collector, as with kube-apiserver alone. */
import { type Api, present, readObject, storageKey, type Target } from './api.ts';
import { conflict, forbidden, methodNotAllowed } from './errors.ts';
import { type JsonObject, kubernetesTime, objectAt, type StoredObject, stringAt } from './objects.ts';
import { customResources, qualifiedName } from './resources.ts';
import { isGone } from './write.ts';

export interface Deletion extends Target {
  /** DeleteOptions, if the request had a body. */
  readonly body: unknown;
  readonly dryRun: boolean;
}

/**
 * Deletes an object. With finalizers the object is only marked and returned; without finalizers it is removed, and the result is
 * a Status. Throws 403, 404 or, for preconditions that do not hold, 409.
 */
export function deleteObject(api: Api, request: Deletion): JsonObject {
  if (request.subresource !== undefined) throw methodNotAllowed();
  const existing = readObject(api, request);
  checkPreconditions(request, existing);
  checkImmortal(request);
  const marked = markDeleted(api, existing);
  if (isGone(marked)) {
    if (!request.dryRun) remove(api, request, existing);
    return success(request, existing);
  }
  const unchanged = existing.metadata.deletionTimestamp !== undefined;
  if (request.dryRun || unchanged) return present(request.resource, marked);
  return present(request.resource, api.store.put(qualifiedName(request.resource), storageKey(request), marked));
}

function markDeleted(api: Api, existing: StoredObject): StoredObject {
  const { metadata } = existing;
  if (metadata.deletionTimestamp !== undefined) return existing;
  const { generation } = metadata;
  return {
    ...existing,
    metadata: {
      ...metadata,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
      deletionTimestamp: kubernetesTime(api.now()),
      deletionGracePeriodSeconds: 0,
    },
    ...(existing.kind === 'Namespace' ? { status: { ...objectAt(existing, 'status'), phase: 'Terminating' } } : {}),
  };
}

function remove(api: Api, request: Target, last: StoredObject): void {
  // Objects are removed with their definition.
  const kinds = request.resource.plural === 'customresourcedefinitions' ? customResources(last) : [];
  for (const name of new Set(kinds.map(qualifiedName))) {
    for (const { key, object } of api.store.list(name)) api.store.remove(name, key, object);
  }
  api.store.remove(qualifiedName(request.resource), storageKey(request), last);
}

function checkPreconditions(request: Deletion, existing: StoredObject): void {
  const preconditions = objectAt(request.body, 'preconditions');
  const { uid, resourceVersion } = existing.metadata;
  const expectations = [
    { what: 'UID', expected: stringAt(preconditions, 'uid'), actual: uid },
    { what: 'ResourceVersion', expected: stringAt(preconditions, 'resourceVersion'), actual: resourceVersion },
  ];
  for (const { what, expected, actual } of expectations) {
    if (expected === undefined || expected === actual) continue;
    const why = `the ${what} in the precondition (${expected}) does not match the ${what} in record (${actual})`;
    throw conflict(request.resource, request.name, why);
  }
}

function checkImmortal(request: Target): void {
  if (request.resource.plural !== 'namespaces') return;
  if (!['default', 'kube-system', 'kube-public'].includes(request.name)) return;
  throw forbidden(request.resource, request.name, { text: 'this namespace may not be deleted' });
}

function success({ resource, name }: Target, existing: StoredObject): JsonObject {
  const group = resource.group === '' ? {} : { group: resource.group };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...group, kind: resource.plural, uid: existing.metadata.uid },
  };
}
