/** Create, update and patch. */
import { isDeepStrictEqual } from 'node:util';
import { type Api, present, readObject, storageKey, type Target } from './api.ts';
import { checkBody, checkName, checkNamespace, checkPatched, checkSubresource, newName } from './checks.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  invalidAs,
  notFound,
  unexpected,
  unsupportedMediaType,
} from './errors.ts';
import {
  isObject,
  type JsonObject,
  kubernetesTime,
  mergePatch,
  type ObjectMeta,
  objectAt,
  type StoredObject,
  stringAt,
  without,
} from './objects.ts';
import { apiVersion, builtIns, qualifiedName, type Resource } from './resources.ts';
import { applyKindRules } from './rules.ts';

export interface Creation {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly body: unknown;
  readonly dryRun: boolean;
}

/** Creates an object and returns it as stored. Throws 400, 403, 404 (namespace), 409 or 422. */
export function createObject(api: Api, creation: Creation): StoredObject {
  const { resource, namespace } = creation;
  const body = checkBody(resource, creation.body);
  const metadata = objectAt(body, 'metadata');
  checkNamespace(namespace, metadata);
  if (stringAt(metadata, 'resourceVersion')) {
    throw unexpected('resourceVersion should not be set on objects to be created');
  }
  const name = newName(resource, metadata);
  if (namespace !== undefined) checkNamespaceLives(api, resource, { namespace, name });
  const key = storageKey({ ...(namespace === undefined ? {} : { namespace }), name });
  if (api.store.get(qualifiedName(resource), key) !== undefined) throw alreadyExists(resource, name);
  const content = without(body, 'metadata', ...(resource.custom && hasStatus(resource) ? ['status'] : []));
  const object = applyKindRules({
    resource,
    object: {
      ...content,
      apiVersion: apiVersion(resource),
      kind: resource.kind,
      metadata: {
        ...userMetadata(metadata),
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: api.newUid(),
        resourceVersion: '',
        ...(countsGenerations(resource) ? { generation: 1 } : {}),
        creationTimestamp: kubernetesTime(api.now()),
      },
    },
  });
  return creation.dryRun ? object : api.store.put(qualifiedName(resource), key, object);
}

export interface Replacement extends Target {
  readonly body: unknown;
  readonly dryRun: boolean;
}

/** Handles PUT. Returns the object, and whether it was created, as Leases and Events can be. */
export function replaceObject(
  api: Api,
  request: Replacement,
): { readonly object: StoredObject; readonly created: boolean } {
  checkSubresource(request);
  const { resource, name } = request;
  const body = checkBody(resource, request.body);
  const metadata = objectAt(body, 'metadata');
  checkNamespace(request.namespace, metadata);
  checkName(name, metadata);
  if (resource.createOnUpdate && api.store.get(qualifiedName(resource), storageKey(request)) === undefined) {
    return { object: createObject(api, { ...request, body: withoutVersion(body) }), created: true };
  }
  const existing = readObject(api, request);
  const uid = stringAt(metadata, 'uid');
  if (uid !== undefined && uid !== existing.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${existing.metadata.uid}`;
    throw conflict(resource, name, why);
  }
  return { object: commit(api, request, { existing, proposed: body }), created: false };
}

export interface Patch extends Replacement {
  readonly contentType: string;
}

/** Handles PATCH with a JSON merge patch; other patches result in 415. */
export function patchObject(api: Api, request: Patch): StoredObject {
  checkSubresource(request);
  if (request.contentType.split(';')[0]?.trim() !== mergePatchType) throw unsupportedMediaType([mergePatchType]);
  if (!isObject(request.body)) throw badRequest('the patch is not a JSON object');
  const existing = readObject(api, request);
  const merged = mergePatch(existing, request.body);
  const proposed = checkPatched(request, merged);
  checkName(request.name, objectAt(proposed, 'metadata'));
  const uid = stringAt(objectAt(proposed, 'metadata'), 'uid');
  if (uid !== undefined && uid !== existing.metadata.uid) {
    const message = `Invalid value: ${JSON.stringify(uid)}: field is immutable`;
    throw invalid(request.resource, request.name, [{ reason: 'FieldValueInvalid', message, field: 'metadata.uid' }]);
  }
  return commit(api, request, { existing, proposed });
}

const mergePatchType = 'application/merge-patch+json';

interface Proposal {
  readonly existing: StoredObject;
  readonly proposed: JsonObject;
}

function commit(api: Api, request: Replacement, { existing, proposed }: Proposal): StoredObject {
  const { resource } = request;
  checkVersion(request, existing, stringAt(objectAt(proposed, 'metadata'), 'resourceVersion') ?? '');
  const draft = allowedDraft(request, { existing, proposed });
  checkFinalizers(resource, existing, draft);
  const object = applyKindRules({ resource, object: withGeneration(resource, existing, draft), previous: existing });
  if (request.dryRun || isDeepStrictEqual(object, existing)) return present(resource, object);
  const store = qualifiedName(resource);
  const key = storageKey(request);
  if (isGone(object)) return present(resource, api.store.remove(store, key, object));
  return present(resource, api.store.put(store, key, object));
}

/** Reports whether an object under deletion can be removed. */
export function isGone(object: StoredObject): boolean {
  if (object.metadata.deletionTimestamp === undefined) return false;
  const finalizers = objectAt(object, 'spec')['finalizers'];
  const held = object.kind === 'Namespace' && Array.isArray(finalizers) && finalizers.length > 0;
  return (object.metadata.finalizers ?? []).length === 0 && !held;
}

/** Reports whether objects of a resource have metadata.generation from their creation. */
function countsGenerations(resource: Resource): boolean {
  return resource.custom || resource.plural === 'customresourcedefinitions';
}

function checkVersion(request: Target, existing: StoredObject, version: string): void {
  if (version === '') {
    if (request.resource.unconditionalUpdate) return;
    const message = 'Invalid value: 0: must be specified for an update';
    const as = { kind: request.resource.plural, group: request.resource.group };
    throw invalidAs(as, request.name, [{ reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' }]);
  }
  if (version !== existing.metadata.resourceVersion) throw conflict(request.resource, request.name);
}

/** Returns the proposal without the changes that this endpoint does not allow. */
function allowedDraft(request: Target, { existing, proposed }: Proposal): StoredObject {
  const { resource, subresource } = request;
  const fixed = { apiVersion: existing.apiVersion, kind: existing.kind };
  if (subresource === 'status') {
    // This endpoint of a custom resource changes only the status, not even metadata.
    const metadata = resource.custom ? existing.metadata : mergeMetadata(existing, proposed);
    return { ...without(existing, 'status'), ...pick(proposed, 'status'), ...fixed, metadata };
  }
  if (subresource === 'finalize') {
    return { ...existing, ...pick(proposed, 'spec') };
  }
  const content = hasStatus(resource)
    ? { ...without(proposed, 'status'), ...pick(existing, 'status') }
    : without(proposed);
  const kept = resource.plural === 'namespaces' ? pick(existing, 'spec') : {};
  return { ...content, ...kept, ...fixed, metadata: mergeMetadata(existing, proposed) };
}

function mergeMetadata(existing: StoredObject, proposed: JsonObject): ObjectMeta {
  const { metadata } = existing;
  return {
    ...userMetadata(objectAt(proposed, 'metadata')),
    ...pick(metadata, 'namespace', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds'),
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    creationTimestamp: metadata.creationTimestamp,
  };
}

/** Returns the metadata that clients may set, without empty maps and lists, which Go omits. */
function userMetadata(metadata: JsonObject): JsonObject {
  const owned = pick(metadata, 'generateName', 'labels', 'annotations', 'finalizers', 'ownerReferences');
  return Object.fromEntries(
    Object.entries(owned).filter(([, value]) => typeof value !== 'object' || Object.keys(value ?? {}).length > 0),
  );
}

function withGeneration(resource: Resource, existing: StoredObject, draft: StoredObject): StoredObject {
  const { generation } = existing.metadata;
  if (generation === undefined || !countsGenerations(resource)) return draft;
  const split = hasStatus(resource) ? ['metadata', 'status'] : ['metadata'];
  if (isDeepStrictEqual(without(existing, ...split), without(draft, ...split))) return draft;
  return { ...draft, metadata: { ...draft.metadata, generation: generation + 1 } };
}

function checkFinalizers(resource: Resource, existing: StoredObject, draft: StoredObject): void {
  if (existing.metadata.deletionTimestamp === undefined) return;
  const known = new Set(existing.metadata.finalizers ?? []);
  const added = (draft.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const message =
    'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ' +
    `[]string{${list}}`;
  throw invalid(resource, existing.metadata.name, [
    { reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' },
  ]);
}

function checkNamespaceLives(
  api: Api,
  resource: Resource,
  place: { readonly namespace: string; readonly name: string },
): void {
  const { namespace } = place;
  const object = api.store.get('namespaces', namespace);
  const [namespaces] = builtIns;
  if (object === undefined && namespaces !== undefined) throw notFound(namespaces, namespace);
  if (object?.metadata.deletionTimestamp === undefined) return;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(resource, place.name, {
    text: `unable to create new content in namespace ${namespace} because it is being terminated`,
    causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
  });
}

function hasStatus(resource: Resource): boolean {
  return resource.subresources.includes('status');
}

function withoutVersion(body: JsonObject): JsonObject {
  return { ...body, metadata: without(objectAt(body, 'metadata'), 'resourceVersion', 'uid') };
}

function pick(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}
