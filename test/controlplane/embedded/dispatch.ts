/** Dispatches parsed requests to handlers. */

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
  /** Time for which a LIST waits for a future resourceVersion, in milliseconds. */
  readonly freshnessTimeoutMs: number;
  readonly gitVersion: string;
  readonly metrics: () => string;
}

/** A complete response, or a watch to run after its stream is open. */
export type HandlerResult =
  | { readonly status: number; readonly body: JsonObject | string }
  | { readonly watch: (stream: EventStream) => void };

export type Request = Pick<RecordedRequest, 'method' | 'path' | 'verb' | 'contentType' | 'body'>;

/** Returns verb and resource of a request as in an audit log. */
export function classify(
  method: string,
  url: URL,
): Pick<RecordedRequest, 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'> {
  const path = parsePath(url.pathname);
  if (path === undefined)
    return { verb: '', group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  const { group, version, plural, namespace = '', name = '', subresource = '' } = path;
  return { verb: requestVerb(method, url, path), group, version, resource: plural, subresource, namespace, name };
}

/** Handles a request; throws ApiError or PageNotFound. */
export async function dispatch(api: Api, settings: Settings, request: Request): Promise<HandlerResult> {
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

/** Reports whether the path is valid for the resource; only lists and watches may span namespaces. */
function fits(resource: Resource, path: ResourcePath, verb: Request['verb']): boolean {
  if (path.namespace !== undefined) return resource.namespaced;
  const across = path.name === undefined && (verb === 'list' || verb === 'watch' || !resource.custom);
  return !resource.namespaced || across;
}

type Handler = (api: Api, settings: Settings, routed: Routed) => HandlerResult | Promise<HandlerResult>;

async function collection(api: Api, settings: Settings, routed: Routed): Promise<HandlerResult> {
  const handler = collectionHandlers[routed.request.verb];
  const { resource, path, request } = routed;
  const across = resource.namespaced && path.namespace === undefined;
  if (handler === undefined || (across && request.verb === 'create')) throw methodNotAllowed();
  return handler(api, settings, routed);
}

const collectionHandlers: Readonly<Partial<Record<Request['verb'], Handler>>> = {
  watch: (api, settings, routed) => ({
    watch: prepareWatch(api, { ...listScope(routed), query: routed.url.searchParams, ...settings }),
  }),
  list: async (api, settings, routed) => {
    const request = { ...listScope(routed), query: routed.url.searchParams, ...settings };
    return { status: 200, body: await listObjects(api, request) };
  },
  create: (api, _settings, routed) => {
    const body = json(routed.request.body);
    return { status: 201, body: createObject(api, { ...listScope(routed), body, dryRun: isDryRun(routed.url) }) };
  },
  deletecollection: async (api, settings, routed) => ({
    status: 200,
    body: await deleteCollection(api, settings, routed),
  }),
};

function listScope({ resource, path }: Routed): { readonly resource: Resource; readonly namespace?: string } {
  return { resource, ...(path.namespace === undefined ? {} : { namespace: path.namespace }) };
}

async function deleteCollection(api: Api, settings: Settings, routed: Routed): Promise<JsonObject> {
  const scope = listScope(routed);
  const list = await listObjects(api, { ...scope, query: routed.url.searchParams, ...settings });
  const items = Array.isArray(list['items']) ? list['items'] : [];
  for (const item of items) {
    const { name, namespace } = objectAt(item, 'metadata');
    const target = { ...scope, ...(typeof namespace === 'string' ? { namespace } : {}), name: String(name) };
    deleteObject(api, { ...target, body: json(routed.request.body), dryRun: isDryRun(routed.url) });
  }
  return list;
}

function single(api: Api, settings: Settings, routed: Routed): HandlerResult | Promise<HandlerResult> {
  const handler = singleHandlers[routed.request.verb];
  if (handler === undefined) throw methodNotAllowed();
  return handler(api, settings, routed);
}

const singleHandlers: Readonly<Partial<Record<Request['verb'], Handler>>> = {
  get: (api, _settings, routed) => {
    const target = toTarget(routed);
    checkSubresource(target);
    return { status: 200, body: present(target.resource, readObject(api, target)) };
  },
  watch: (api, settings, routed) => ({
    watch: prepareWatch(api, { ...toTarget(routed), query: routed.url.searchParams, ...settings }),
  }),
  update: (api, _settings, routed) => {
    const { object, created } = replaceObject(api, toReplacement(routed));
    return { status: created ? 201 : 200, body: object };
  },
  patch: (api, _settings, routed) => ({
    status: 200,
    body: patchObject(api, { ...toReplacement(routed), contentType: routed.request.contentType }),
  }),
  delete: (api, _settings, routed) => ({ status: 200, body: deleteObject(api, toReplacement(routed)) }),
};

function toTarget(routed: Routed): Target {
  const { name = '', subresource } = routed.path;
  return { ...listScope(routed), name, ...(subresource === undefined ? {} : { subresource }) };
}

function toReplacement(routed: Routed): Replacement {
  return { ...toTarget(routed), body: json(routed.request.body), dryRun: isDryRun(routed.url) };
}

function wellKnown(path: string, settings: Settings): HandlerResult | undefined {
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

function requestVerb(method: string, url: URL, path: ResourcePath): RecordedRequest['verb'] {
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
