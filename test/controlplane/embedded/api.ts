/** Shared state of the handlers in the in-memory API server: objects, resources and time. */
import { notFound } from './errors.ts';
import type { StoredObject } from './objects.ts';
import { apiVersion, builtIns, customResources, qualifiedName, type Resource } from './resources.ts';
import type { Store } from './store.ts';

export interface Api {
  readonly store: Store;
  readonly now: () => Date;
  readonly newUid: () => string;
}

/** Identifies one object. */
export interface Target {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
  readonly subresource?: string;
}

/** Returns all served resources, including those of stored CustomResourceDefinitions. */
export function servedResources(api: Api): readonly Resource[] {
  const definitions = api.store.list('customresourcedefinitions.apiextensions.k8s.io');
  return [...builtIns, ...definitions.flatMap(({ object }) => customResources(object))];
}

/** Returns the key of an object within its resource, which sorts like the keys of etcd. */
export function storageKey(target: { readonly namespace?: string; readonly name: string }): string {
  return target.namespace === undefined ? target.name : `${target.namespace}/${target.name}`;
}

/** Reads one object, or throws 404. */
export function readObject(api: Api, target: Target): StoredObject {
  const object = api.store.get(qualifiedName(target.resource), storageKey(target));
  if (object === undefined) throw notFound(target.resource, target.name);
  return object;
}

/** Returns an object in the requested version; the versions of a custom resource differ in their name only. */
export function present(resource: Resource, object: StoredObject): StoredObject {
  const version = apiVersion(resource);
  return object.apiVersion === version ? object : { ...object, apiVersion: version };
}
