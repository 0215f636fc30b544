/**
 * Which bodies of a response count as the response of the API server (docs/design/faults.md#responses). A proxy, a load
 * balancer or a damaged stream can deliver any other JSON with any status.
 */
import { isRecord, type KubeObject, type ObjectMeta } from '../../gardener/objects.ts';
import { apiVersionOf, isResourceVersion, type Resource } from './resource.ts';

export interface ExpectedObject {
  readonly resource: Resource;
  /** Undefined if the API server chooses the name, or for the items of a list. */
  readonly name?: string | undefined;
  /** Undefined for a cluster-scoped object, or for a list of all namespaces. */
  readonly namespace?: string | undefined;
  readonly metadataOnly?: boolean | undefined;
}

/** Returns whether a body is the requested object. Objects without a name, such as a Status, never are. */
export function isExpectedObject(body: unknown, expected: ExpectedObject): body is KubeObject {
  return isRecord(body) && hasExpectedKind(body, expected) && hasExpectedName(body['metadata'], expected);
}

/** Returns whether a value is an item of a list, whose apiVersion and kind the API server omits for built-in resources. */
export function isExpectedItem(item: unknown, expected: ExpectedObject): boolean {
  return isRecord(item) && hasExpectedName(item['metadata'], expected);
}

/** Returns whether a body is a list of the expected objects. Items are checked by isExpectedItem. */
export function isExpectedList(body: unknown, { resource, metadataOnly }: ExpectedObject): body is KubeObject {
  if (!isRecord(body) || typeof body['kind'] !== 'string') return false;
  if (metadataOnly === true && body['kind'] === 'PartialObjectMetadataList') return true;
  return body['apiVersion'] === apiVersionOf(resource) && body['kind'].endsWith('List');
}

/** Returns whether a body confirms a deletion: a Status Success that names no other object, or the object itself. */
export function confirmsDeletion(body: unknown, expected: ExpectedObject): boolean {
  if (!isRecord(body) || body['kind'] !== 'Status') return isExpectedObject(body, expected);
  const details = isRecord(body['details']) ? body['details'] : {};
  return body['status'] === 'Success' && (details['name'] === undefined || details['name'] === expected.name);
}

/** Returns whether a value has the types that ObjectMeta defines for the fields in use. */
function isObjectMeta(value: unknown): value is ObjectMeta {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    value['name'] !== '' &&
    texts.every((field) => isOptional(value[field], isText)) &&
    isOptional(value['resourceVersion'], isResourceVersion) &&
    isOptional(value['generation'], (one) => typeof one === 'number') &&
    maps.every((field) => isOptional(value[field], (map) => isRecord(map) && Object.values(map).every(isText))) &&
    isOptional(value['finalizers'], (list) => Array.isArray(list) && list.every(isText))
  );
}

/** Not creationTimestamp: nothing depends on it, and Go encodes an absent one as null. */
const texts = ['namespace', 'uid', 'deletionTimestamp'] as const;
const maps = ['labels', 'annotations'] as const;

/** `as=PartialObjectMetadata` replaces apiVersion and kind of the object, also in watch events. */
function hasExpectedKind(body: Readonly<Record<string, unknown>>, { resource, metadataOnly }: ExpectedObject): boolean {
  const { apiVersion, kind } = body;
  if (typeof kind !== 'string' || kind === 'Status') return false;
  if (metadataOnly === true && kind === 'PartialObjectMetadata') return apiVersion === 'meta.k8s.io/v1';
  return apiVersion === apiVersionOf(resource) && isKindOf(kind, resource.plural);
}

/** The rule by which Kubernetes guesses plurals (meta.UnsafeGuessKindToResource); all resources in use follow it. */
function isKindOf(kind: string, plural: string): boolean {
  const singular = kind.toLowerCase();
  if (singular.endsWith('s')) return plural === `${singular}es` || plural === singular;
  return plural === (singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`);
}

function hasExpectedName(metadata: unknown, { resource, name, namespace }: ExpectedObject): boolean {
  if (!isObjectMeta(metadata)) return false;
  if (name !== undefined && metadata.name !== name) return false;
  if (resource.namespaced && metadata.namespace === undefined) return false;
  return namespace === undefined || metadata.namespace === namespace;
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
