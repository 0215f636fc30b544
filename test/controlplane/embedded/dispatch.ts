/** From a parsed request to the handler that answers it. */

import { errorMessage } from '../../../pkg/gardener/errors.ts';
import { type Api, present, readObject, servedResources, type Target } from './api.ts';
import { checkSubresource } from './checks.ts';
import { deleteObject } from './delete.ts';
import { discover } from './discovery.ts';
import { badRequest, methodNotAllowed, noSuchResource, PageNotFound } from './errors.ts';
import type { EventStream } from './event-stream.ts';
import { listObjects } from './list.ts';
import { type JsonObject, objectAt } from './objects.ts';
import type { RecordedRequest } from './recorder.ts';
import { parsePath, type Resource, type ResourcePath } from './resources.ts';
import { prepareWatch } from './watch.ts';
import { createObject, patchObject, type Replacement, replaceObject } from './write.ts';

export interface Settings {
  /** Milliseconds between bookmarks. */
  readonly bookmarkIntervalMs: number;
  /** How long a LIST waits for a resourceVersion that does not exist yet. */
  readonly freshnessTimeoutMs: number;
  readonly gitVersion: string;
  readonly metrics: () => string;
}

/** A whole answer, or a watch to run once its stream is open. */
export type Answer =
  | { readonly status: number; readonly body: JsonObject | string }
  | { readonly watch: (stream: EventStream) => void };

export type Request = Pick<RecordedRequest, 'method' | 'path' | 'verb' | 'contentType' | 'body'>;

/** The verb and the resource of a request, as an audit log would name them. */
export function classify(
  method: string,
  url: URL,
): Pick<RecordedRequest, 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'> {
  const path = parsePath(url.pathname);
  if (path === undefined)
    return { verb: '', group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  const { group, version, plural, namespace = '', name = '', subresource = '' } = path;
  return { verb: verbOf(method, url, path), group, version, resource: plural, subresource, namespace, name };
}

/** Answers a request; throws ApiError or PageNotFound. */
export async function dispatch(api: Api, settings: Settings, request: Request): Promise<Answer> {
  const url = new URL(request.path, 'http://localhost');
  const other = wellKnown(url.pathname, settings);
  if (other !== undefined) return other;
  const resources = servedResources(api);
  const discovery = discover(url.pathname, resources);
  if (discovery !== undefined) return { status: 200, body: discovery };
  const path = parsePath(url.pathname);
  const inGroup = resources.filter((resource) => resource.group === path?.group && resource.version === path.version);
  if (path === undefined || inGroup.length === 0) throw new PageNotFound(url.pathname);
  const resource = inGroup.find(({ plural }) => plural === path.plural);
  if (resource === undefined || !fits(resource, path, request.verb)) {
    throw inGroup[0]?.custom === true ? new PageNotFound(url.pathname) : noSuchResource();
  }
  return path.name === undefined
    ? collection(api, settings, { request, url, resource, path })
    : single(api, settings, { request, url, resource, path });
}

interface Routed {
  readonly request: Request;
  readonly url: URL;
  readonly resource: Resource;
  readonly path: ResourcePath;
}

/** Whether an object of this resource can be at this place; only lists and watches go across namespaces. */
function fits(resource: Resource, path: ResourcePath, verb: Request['verb']): boolean {
  if (path.namespace !== undefined) return resource.namespaced;
  const across = path.name === undefined && (verb === 'list' || verb === 'watch' || !resource.custom);
  return !resource.namespaced || across;
}

type Handler = (api: Api, settings: Settings, routed: Routed) => Answer | Promise<Answer>;

async function collection(api: Api, settings: Settings, routed: Routed): Promise<Answer> {
  const handler = collectionHandlers[routed.request.verb];
  const { resource, path, request } = routed;
  const across = resource.namespaced && path.namespace === undefined;
  if (handler === undefined || (across && request.verb === 'create')) throw methodNotAllowed();
  return handler(api, settings, routed);
}

const collectionHandlers: Readonly<Partial<Record<Request['verb'], Handler>>> = {
  watch: (api, settings, routed) => ({
    watch: prepareWatch(api, { ...scopeOf(routed), query: routed.url.searchParams, ...settings }),
  }),
  list: async (api, settings, routed) => {
    const request = { ...scopeOf(routed), query: routed.url.searchParams, ...settings };
    return { status: 200, body: await listObjects(api, request) };
  },
  create: (api, _settings, routed) => {
    const body = json(routed.request.body);
    return { status: 201, body: createObject(api, { ...scopeOf(routed), body, dryRun: isDryRun(routed.url) }) };
  },
  deletecollection: async (api, settings, routed) => ({
    status: 200,
    body: await deleteCollection(api, settings, routed),
  }),
};

function scopeOf({ resource, path }: Routed): { readonly resource: Resource; readonly namespace?: string } {
  return { resource, ...(path.namespace === undefined ? {} : { namespace: path.namespace }) };
}

async function deleteCollection(api: Api, settings: Settings, routed: Routed): Promise<JsonObject> {
  const scope = scopeOf(routed);
  const list = await listObjects(api, { ...scope, query: routed.url.searchParams, ...settings });
  const items = Array.isArray(list['items']) ? list['items'] : [];
  for (const item of items) {
    const { name, namespace } = objectAt(item, 'metadata');
    const target = { ...scope, ...(typeof namespace === 'string' ? { namespace } : {}), name: String(name) };
    deleteObject(api, { ...target, body: json(routed.request.body), dryRun: isDryRun(routed.url) });
  }
  return list;
}

function single(api: Api, settings: Settings, routed: Routed): Answer | Promise<Answer> {
  const handler = singleHandlers[routed.request.verb];
  if (handler === undefined) throw methodNotAllowed();
  return handler(api, settings, routed);
}

const singleHandlers: Readonly<Partial<Record<Request['verb'], Handler>>> = {
  get: (api, _settings, routed) => {
    const target = targetOf(routed);
    checkSubresource(target);
    return { status: 200, body: present(target.resource, readObject(api, target)) };
  },
  watch: (api, settings, routed) => ({
    watch: prepareWatch(api, { ...targetOf(routed), query: routed.url.searchParams, ...settings }),
  }),
  update: (api, _settings, routed) => {
    const { object, created } = replaceObject(api, writeOf(routed));
    return { status: created ? 201 : 200, body: object };
  },
  patch: (api, _settings, routed) => ({
    status: 200,
    body: patchObject(api, { ...writeOf(routed), contentType: routed.request.contentType }),
  }),
  delete: (api, _settings, routed) => ({ status: 200, body: deleteObject(api, writeOf(routed)) }),
};

function targetOf(routed: Routed): Target {
  const { name = '', subresource } = routed.path;
  return { ...scopeOf(routed), name, ...(subresource === undefined ? {} : { subresource }) };
}

function writeOf(routed: Routed): Replacement {
  return { ...targetOf(routed), body: json(routed.request.body), dryRun: isDryRun(routed.url) };
}

function wellKnown(path: string, settings: Settings): Answer | undefined {
  switch (path) {
    case '/readyz':
    case '/livez':
    case '/healthz':
      return { status: 200, body: 'ok' };
    case '/version': {
      const [major = '', minor = ''] = settings.gitVersion.replace(/^v/, '').split('.');
      return { status: 200, body: { major, minor, gitVersion: settings.gitVersion, platform: 'memory' } };
    }
    case '/metrics':
      return { status: 200, body: settings.metrics() };
    default:
      return undefined;
  }
}

function verbOf(method: string, url: URL, path: ResourcePath): RecordedRequest['verb'] {
  const one = path.name !== undefined;
  switch (method) {
    case 'GET':
      if (['true', '1'].includes(url.searchParams.get('watch') ?? '')) return 'watch';
      return one ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return one ? 'delete' : 'deletecollection';
    default:
      return '';
  }
}

function isDryRun(url: URL): boolean {
  return url.searchParams.getAll('dryRun').includes('All');
}

function json(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body of the request is not JSON: ${errorMessage(error)}`);
  }
}
