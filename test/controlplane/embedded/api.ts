/** What the handlers of the API server in memory share: the objects, the resources served, and where time comes from. */
import { notFound } from './errors.ts';
import type { StoredObject } from './objects.ts';
import { apiVersion, builtIns, customResources, qualifiedName, type Resource } from './resources.ts';
import type { Store } from './store.ts';

export interface Api {
  readonly store: Store;
  readonly now: () => Date;
  readonly newUid: () => string;
}

/** One object's place. */
export interface Target {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
  readonly subresource?: string;
}

/** Everything served now; a CustomResourceDefinition counts from the moment that it is stored. */
export function servedResources(api: Api): readonly Resource[] {
  const definitions = api.store.list('customresourcedefinitions.apiextensions.k8s.io');
  return [...builtIns, ...definitions.flatMap(({ object }) => customResources(object))];
}

/** The key of an object within its resource; sorts as etcd's keys do. */
export function keyOf(target: { readonly namespace?: string; readonly name: string }): string {
  return target.namespace === undefined ? target.name : `${target.namespace}/${target.name}`;
}

/** Reads one object, or throws 404. */
export function readObject(api: Api, target: Target): StoredObject {
  const object = api.store.get(qualifiedName(target.resource), keyOf(target));
  if (object === undefined) throw notFound(target.resource, target.name);
  return object;
}

/** An object in the version that was asked for; the versions of a custom resource differ in their name only. */
export function present(resource: Resource, object: StoredObject): StoredObject {
  const version = apiVersion(resource);
  return object.apiVersion === version ? object : { ...object, apiVersion: version };
}
