/** LIST, complete or in pages of the same revision. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, present } from './api.ts';
import { type ApiError, badRequest, expired, invalidListOptions, resourceVersionTooLarge } from './errors.ts';
import { isObject, type JsonObject, type StoredObject, without } from './objects.ts';
import { apiVersion, qualifiedName, type Resource } from './resources.ts';
import { createSelector } from './selectors.ts';

export interface ListRequest {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly query: URLSearchParams;
  /** Time to wait for a future resourceVersion, in milliseconds. */
  readonly freshnessTimeoutMs: number;
}

/** Handles a LIST. Throws 400 or 422 for invalid parameters, 410 for a compacted revision, 504 for a future one. */
export async function listObjects(api: Api, request: ListRequest): Promise<JsonObject> {
  const { resource, query } = request;
  const { matches, selective } = createSelector(query);
  const page = readContinue(query.get('continue'));
  await waitForRevision(api, request);
  const asked = page?.revision ?? exactRevision(query) ?? latest;
  const revision = asked === latest ? api.store.revision() : asked;
  if (revision < api.store.compacted()) throw tooOld(page);
  const all = api.store
    .list(qualifiedName(resource), revision)
    .filter(({ key }) => request.namespace === undefined || key.startsWith(`${request.namespace}/`))
    .filter(({ key }) => page === undefined || key > page.after)
    .filter(({ object }) => matches(object));
  const limit = Number(query.get('limit') ?? 0);
  const shown = limit > 0 ? all.slice(0, limit) : all;
  const last = shown.at(-1);
  const more = last !== undefined && shown.length < all.length;
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersion(resource),
    metadata: {
      resourceVersion: String(revision),
      ...(more ? { continue: writeContinue({ revision, after: last.key }) } : {}),
      ...(more && !selective ? { remainingItemCount: all.length - shown.length } : {}),
    },
    items: shown.map(({ object }) => listItem(resource, object)),
  };
}

/** Represents the current state in place of a revision. */
const latest = -1;

/** The error for an expired continue token. It contains a token that continues the list without consistency. */
function tooOld(page: Page | undefined): ApiError {
  if (page === undefined) return expired('The resourceVersion for the provided list is too old.');
  const text =
    'The provided continue parameter is too old to display a consistent list result. The token of this response ' +
    'continues without that consistency.';
  return expired(text, { continue: writeContinue({ ...page, revision: latest }) });
}

interface Page {
  readonly revision: number;
  /** The key of the last object of the previous page. */
  readonly after: string;
}

function writeContinue(page: Page): string {
  return Buffer.from(JSON.stringify(page)).toString('base64url');
}

function readContinue(token: string | null): Page | undefined {
  if (token === null || token === '') return undefined;
  try {
    const page: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (isObject(page) && typeof page['revision'] === 'number' && typeof page['after'] === 'string') {
      return { revision: page['revision'], after: page['after'] };
    }
  } catch {
    // Rejected below, like any other invalid token.
  }
  throw badRequest('continue key is not valid');
}

function exactRevision(query: URLSearchParams): number | undefined {
  const match = query.get('resourceVersionMatch');
  if (match === null) return undefined;
  const version = query.get('resourceVersion') ?? '';
  if (version === '') throw invalidListOptions('resourceVersionMatch', 'needs a resourceVersion');
  if (match !== 'Exact') return undefined;
  if (version === '0') throw invalidListOptions('resourceVersionMatch', 'Exact cannot be 0');
  return Number(version);
}

async function waitForRevision(api: Api, request: ListRequest): Promise<void> {
  const asked = Number(request.query.get('resourceVersion') ?? 0);
  if (!Number.isSafeInteger(asked) || asked < 0) {
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(request.query.get('resourceVersion'))}`);
  }
  const deadline = Date.now() + request.freshnessTimeoutMs;
  while (asked > api.store.revision()) {
    if (Date.now() >= deadline) throw resourceVersionTooLarge(asked, api.store.revision());
    await sleep(10);
  }
}

/** Omits the kind of items in lists of built-in resources. */
function listItem(resource: Resource, object: StoredObject): JsonObject {
  return resource.custom ? present(resource, object) : without(object, 'apiVersion', 'kind');
}
