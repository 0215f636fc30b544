/**
 * Operations on Kubernetes objects as plain JSON. Each call has a deadline that includes its retries. Reads are retried
 * after 429, 5xx and broken connections; writes only after 429 with Retry-After, which means that they were not
 * executed. In all other cases the level-based reconcile determines what was stored.
 */
import type { KubeObject } from '../../gardener/objects.ts';
import { confirmsDeletion, type ExpectedObject, isExpectedObject } from './accept.ts';
import { type Call, type CallerOptions, type CallOptions, createCaller, type Decoded } from './call.ts';
import { isNotFound, NetworkError } from './errors.ts';
import { type ListPage, readPages, toPage } from './pages.ts';
import { type ObjectKey, type Resource, resourceName, resourcePath } from './resource.ts';
import { type WatchEvent, watchEvents } from './watch.ts';

export type ClientOptions = CallerOptions;

export interface Target extends CallOptions, ObjectKey {
  readonly resource: Resource;
}

export interface GetInput extends Target {
  /** Requests apiVersion, kind and metadata only (PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
}

export interface ListInput extends CallOptions {
  readonly resource: Resource;
  /** If omitted: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly metadataOnly?: boolean | undefined;
  /** Objects per page; 0 disables paging. Default: 500. */
  readonly pageSize?: number | undefined;
}

export interface ListPageInput extends ListInput {
  readonly continue?: string | undefined;
}

export interface WatchInput extends Omit<ListInput, 'pageSize'> {
  readonly resourceVersion: string;
  readonly timeoutSeconds?: number;
  /** Called when the response starts and for each chunk. */
  readonly onBytes?: () => void;
}

export interface WriteOptions extends CallOptions {
  readonly resource: Resource;
  /** `status`, … */
  readonly subresource?: string;
  readonly dryRun?: boolean;
  /** Default of the API server: the first part of the user agent. */
  readonly fieldManager?: string;
}

export interface ObjectWriteOptions extends WriteOptions {
  /** Requests apiVersion, kind and metadata of the written object only (PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
}

export interface ObjectInput<T extends KubeObject> extends ObjectWriteOptions {
  /**
   * Its metadata determines namespace and name. With a resourceVersion, an update fails unless that is the stored
   * version.
   */
  readonly object: T;
}

export interface PatchInput extends ObjectWriteOptions, ObjectKey {
  /** RFC 7386: null removes a field; metadata.resourceVersion is a precondition. */
  readonly patch: object;
}

export interface DeleteInput extends WriteOptions, ObjectKey {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

/** Every method throws ApiError or NetworkError; writes also throw what assertMayWrite throws. */
export interface KubeClient {
  get<T extends KubeObject = KubeObject>(input: GetInput): Promise<T>;
  /** Like get, but returns undefined if the object does not exist. */
  find<T extends KubeObject = KubeObject>(input: GetInput): Promise<T | undefined>;
  /** Returns all pages of a consistent list; starts again if the continue token expires. */
  list<T extends KubeObject = KubeObject>(input: ListInput): Promise<ListPage<T>>;
  listPage<T extends KubeObject = KubeObject>(input: ListPageInput): Promise<ListPage<T>>;
  create<T extends KubeObject = KubeObject>(input: ObjectInput<T>): Promise<T>;
  /** PUT. */
  replace<T extends KubeObject = KubeObject>(input: ObjectInput<T>): Promise<T>;
  mergePatch<T extends KubeObject = KubeObject>(input: PatchInput): Promise<T>;
  delete(input: DeleteInput): Promise<void>;
  /** One watch request with bookmarks; see watchEvents for its end. Leaving the loop closes it. */
  watch<T extends KubeObject = KubeObject>(input: WatchInput): AsyncGenerator<WatchEvent<T>>;
  /** GET of a non-resource path: /version, /apis. */
  getPath(path: string, options?: CallOptions): Promise<unknown>;
}

export function createClient(options: ClientOptions): KubeClient {
  const caller = createCaller(options);
  const send = async <T extends KubeObject>(call: Call, expected: ExpectedObject): Promise<T> => {
    const result = await caller.send(call);
    if (holdsObject<T>(result, expected)) return result.body;
    throw unusable(call, 'response is not the requested object');
  };
  const get = <T extends KubeObject>(input: GetInput): Promise<T> =>
    send<T>(readCall('get', input, resourcePath(input)), input);
  const listPage = async <T extends KubeObject>(input: ListPageInput): Promise<ListPage<T>> => {
    const call = { ...readCall('list', input, resourcePath(input)), query: listQuery(input) };
    return toPage<T>((await caller.send(call)).body, { target: call, expected: input, requested: input.continue });
  };

  return {
    get,
    find: async <T extends KubeObject>(input: GetInput) => {
      try {
        return await get<T>(input);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    list: <T extends KubeObject>(input: ListInput) => listAll<T>((page) => listPage<T>(page), input),
    listPage,
    create: ({ object, ...input }) =>
      send(writeCall({ verb: 'create', input, path: pathOf(object, input, false), body: object }), {
        ...input,
        ...object.metadata,
      }),
    replace: ({ object, ...input }) =>
      send(writeCall({ verb: 'update', input, path: pathOf(object, input, true), body: object }), {
        ...input,
        ...object.metadata,
      }),
    mergePatch: ({ patch, ...input }) =>
      send(writeCall({ verb: 'patch', input, path: resourcePath(input), body: patch }), input),
    delete: async (input) => {
      const { preconditions, propagationPolicy } = input;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy };
      const call = writeCall({ verb: 'delete', input, path: resourcePath(input), body });
      const response = await caller.send(call);
      if (!confirmsDeletion(response.body, input)) throw unusable(call, 'response does not confirm the deletion');
    },
    watch: async function* <T extends KubeObject>(input: WatchInput): AsyncGenerator<WatchEvent<T>> {
      const call = { ...readCall('watch', input, resourcePath(input)), query: watchQuery(input) };
      yield* watchEvents<T>({
        chunks: caller.stream(call, input.onBytes),
        target: call,
        expected: input,
        maxLineBytes: caller.maxResponseBytes,
        onBytes: input.onBytes,
        now: () => options.clock.now(),
      });
    },
    getPath: async (path, input = {}) => {
      const call: Call = { verb: 'get', path, resource: undefined, accept: 'application/json', ...input };
      return (await caller.send(call)).body;
    },
  };
}

/** Returns a client whose calls abort with the signal, unless they specify one. */
export function withSignal(client: KubeClient, signal: AbortSignal): KubeClient {
  const add = <I extends CallOptions>(input: I): I => ({ ...input, signal: input.signal ?? signal });
  return {
    get: (input) => client.get(add(input)),
    find: (input) => client.find(add(input)),
    list: (input) => client.list(add(input)),
    listPage: (input) => client.listPage(add(input)),
    create: (input) => client.create(add(input)),
    replace: (input) => client.replace(add(input)),
    mergePatch: (input) => client.mergePatch(add(input)),
    delete: (input) => client.delete(add(input)),
    watch: (input) => client.watch(add(input)),
    getPath: (path, options = {}) => client.getPath(path, add(options)),
  };
}

async function listAll<T extends KubeObject>(
  page: (input: ListPageInput) => Promise<ListPage<T>>,
  input: ListInput,
): Promise<ListPage<T>> {
  let items: T[] = [];
  const resourceVersion = await readPages<T>({
    page: (part) => page({ ...input, ...part }),
    pageSize: input.pageSize,
    begin: () => {
      items = [];
    },
    take: (more) => items.push(...more),
  });
  return { items, resourceVersion, continue: undefined };
}

/** The generic type is that of the requested resource. */
function holdsObject<T extends KubeObject>(result: Decoded<unknown>, expected: ExpectedObject): result is Decoded<T> {
  return isExpectedObject(result.body, expected);
}

function unusable({ verb, path }: Call, message: string): NetworkError {
  return new NetworkError({ verb, path, reason: 'Unusable', message });
}

interface WriteInput {
  readonly verb: Call['verb'];
  readonly input: ObjectWriteOptions;
  readonly path: string;
  readonly body: object;
}

function readCall(verb: Call['verb'], input: ListInput | GetInput, path: string): Call {
  const { resource, signal, timeoutMs, retries } = input;
  const accept = acceptedForm(input, verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata');
  return { verb, resource: resourceName(resource), path, signal, timeoutMs, retries, accept };
}

function acceptedForm({ metadataOnly }: { readonly metadataOnly?: boolean | undefined }, kind: string): string {
  return metadataOnly === true ? `application/json;as=${kind};g=meta.k8s.io;v=v1` : 'application/json';
}

function writeCall({ verb, input, path, body }: WriteInput): Call {
  const { resource, subresource, signal, timeoutMs, retries, dryRun, fieldManager } = input;
  const name = subresource === undefined ? resourceName(resource) : `${resourceName(resource)}/${subresource}`;
  const query = { dryRun: dryRun === true ? 'All' : undefined, fieldManager };
  const accept = acceptedForm(input, 'PartialObjectMetadata');
  return { verb, resource: name, path, signal, timeoutMs, retries, accept, query, body };
}

function pathOf(object: KubeObject, input: WriteOptions, named: boolean): string {
  const { namespace, name } = object.metadata;
  return resourcePath({ ...input, namespace, name: named ? name : undefined });
}

function listQuery(input: ListPageInput): Call['query'] {
  const pageSize = input.pageSize ?? defaultPageSize;
  const { labelSelector, fieldSelector } = input;
  return {
    limit: pageSize === 0 ? undefined : String(pageSize),
    continue: input.continue,
    labelSelector,
    fieldSelector,
  };
}

function watchQuery({ resourceVersion, labelSelector, fieldSelector, timeoutSeconds }: WatchInput): Call['query'] {
  const timeout = timeoutSeconds === undefined ? undefined : String(timeoutSeconds);
  return {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: timeout,
    labelSelector,
    fieldSelector,
  };
}

const defaultPageSize = 500;
