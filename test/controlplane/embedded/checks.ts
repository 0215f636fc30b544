/** Checks that the body of a write fits its endpoint, before any lookup. */
import { randomBytes } from 'node:crypto';
import type { Target } from './api.ts';
import { badRequest, invalid, invalidAs, noSuchResource, notFound } from './errors.ts';
import { isObject, type JsonObject, objectAt, stringAt } from './objects.ts';
import { apiVersion, type Resource } from './resources.ts';

/** Returns the body of POST or PUT as an object of the resource's kind; throws 400 or, for another custom kind, 422. */
export function checkBody(resource: Resource, body: unknown): JsonObject {
  if (!isObject(body)) throw badRequest('the object provided is unrecognized: the body is not a JSON object');
  const implied = resource.custom
    ? { kind: '', apiVersion: '' }
    : { kind: resource.kind, apiVersion: apiVersion(resource) };
  const { kind, apiVersion: version }: JsonObject = { ...implied, ...body };
  if (kind === '') {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing`,
    );
  }
  if (version !== apiVersion(resource)) {
    const expected = apiVersion(resource);
    throw badRequest(
      `the API version in the data (${String(version)}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== resource.kind) {
    if (resource.custom) throw wrongKind(resource, body, String(kind));
    throw badRequest(
      `${String(kind)} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}`,
    );
  }
  return body;
}

/** Checks a patched object, which is complete, so that the errors differ from those for an unreadable body. */
export function checkPatched(request: Target, merged: unknown): JsonObject {
  const { resource } = request;
  const object = isObject(merged) ? merged : {};
  const expected = apiVersion(resource);
  if (object['apiVersion'] !== expected) {
    const message = `Invalid value: ${JSON.stringify(object['apiVersion'])}: must be ${expected}`;
    throw invalid(resource, request.name, [{ reason: 'FieldValueInvalid', message, field: 'apiVersion' }]);
  }
  if (object['kind'] !== resource.kind) throw wrongKind(resource, object, String(object['kind']));
  return object;
}

function wrongKind(resource: Resource, body: JsonObject, kind: string): Error {
  const message = `Invalid value: ${JSON.stringify(kind)}: must be ${resource.kind}`;
  const name = stringAt(objectAt(body, 'metadata'), 'name') ?? '';
  return invalidAs({ kind, group: resource.group }, name, [{ reason: 'FieldValueInvalid', message, field: 'kind' }]);
}

/** Throws 400 if an object has another name than the path. */
export function checkName(name: string, metadata: JsonObject): void {
  const named = stringAt(metadata, 'name') ?? '';
  if (named !== name)
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
}

/** Throws 400 if an object has another namespace than the path. */
export function checkNamespace(namespace: string | undefined, metadata: JsonObject): void {
  const own = stringAt(metadata, 'namespace') ?? '';
  if (own === '' || own === namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** Returns the name of a new object, generated from generateName if it has none; throws 422 without both. */
export function newName(resource: Resource, metadata: JsonObject): string {
  const name = stringAt(metadata, 'name') ?? '';
  const prefix = stringAt(metadata, 'generateName') ?? '';
  if (name === '' && prefix !== '') return `${prefix}${randomBytes(3).toString('hex').slice(0, 5)}`;
  const causes =
    name === ''
      ? [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: name or generateName is required',
            field: 'metadata.name',
          },
        ]
      : nameCauses(name);
  if (causes.length > 0) throw invalid(resource, name, causes);
  return name;
}

function nameCauses(name: string): readonly { reason: string; message: string; field: string }[] {
  if (name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) return [];
  const message = `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain is required`;
  return [{ reason: 'FieldValueInvalid', message, field: 'metadata.name' }];
}

/** Throws 404 for a subresource that is not served. */
export function checkSubresource(target: Target): void {
  const { resource, subresource, name } = target;
  if (subresource === undefined || resource.subresources.includes(subresource)) return;
  throw resource.custom ? notFound(resource, name) : noSuchResource();
}
