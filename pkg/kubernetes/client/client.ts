/**
 * Operations on Kubernetes objects as plain JSON. Each call has a deadline that covers its retries; reads are sent
 * again after 429, 5xx and broken connections, writes only after a 429 with Retry-After, which says that they were not
 * executed: everything else is for the level-based reconcile to find out.
 */
import { isRecord, type KubeObject } from '../../gardener/objects.ts';
import { type Answer, type Call, type CallerOptions, type CallOptions, createCaller } from './call.ts';
import { isNotFound, NetworkError } from './errors.ts';
import { type ListPage, readPages, toPage } from './pages.ts';
import { type ObjectKey, type Resource, resourceName, resourcePath } from './resource.ts';
import { type WatchEvent, watchEvents } from './watch.ts';

export type ClientOptions = CallerOptions;

export interface Target extends CallOptions, ObjectKey {
  readonly resource: Resource;
}

export interface GetInput extends Target {
  /** Ask for apiVersion, kind and metadata only (PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
}

export interface ListInput extends CallOptions {
  readonly resource: Resource;
  /** Without one: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly metadataOnly?: boolean | undefined;
  /** Objects per page; 500 unless told, 0 for everything at once. */
  readonly pageSize?: number | undefined;
}

export interface ListPageInput extends ListInput {
  readonly continue?: string | undefined;
}

export interface WatchInput extends Omit<ListInput, 'pageSize'> {
  readonly resourceVersion: string;
  readonly timeoutSeconds?: number;
  /** Called when the answer begins and for each chunk of it. */
  readonly onBytes?: () => void;
}

export interface WriteOptions extends CallOptions {
  readonly resource: Resource;
  /** `status`, … */
  readonly subresource?: string;
  readonly dryRun?: boolean;
  /** The API server's default is the first part of the user agent. */
  readonly fieldManager?: string;
}

export interface ObjectInput<T extends KubeObject> extends WriteOptions {
  /** Namespace and name come from its metadata; with a resourceVersion there, an update is refused when it is not the stored one. */
  readonly object: T;
}

export interface PatchInput extends WriteOptions, ObjectKey {
  /** RFC 7386: null removes a field; metadata.resourceVersion in it is a precondition. */
  readonly patch: object;
}

export interface DeleteInput extends WriteOptions, ObjectKey {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

/** Every method throws ApiError, NetworkError, or what mayWrite throws. */
export interface KubeClient {
  get<T extends KubeObject = KubeObject>(input: GetInput): Promise<T>;
  /** get, with undefined for an object that does not exist. */
  find<T extends KubeObject = KubeObject>(input: GetInput): Promise<T | undefined>;
  /** All pages of a consistent list; begins again when the continue token expires on the way. */
  list<T extends KubeObject = KubeObject>(input: ListInput): Promise<ListPage<T>>;
  listPage<T extends KubeObject = KubeObject>(input: ListPageInput): Promise<ListPage<T>>;
  create<T extends KubeObject = KubeObject>(input: ObjectInput<T>): Promise<T>;
  /** PUT. */
  replace<T extends KubeObject = KubeObject>(input: ObjectInput<T>): Promise<T>;
  mergePatch<T extends KubeObject = KubeObject>(input: PatchInput): Promise<T>;
  delete(input: DeleteInput): Promise<void>;
  /** One watch request; see watchEvents for how it ends. With bookmarks. Leaving the loop closes it. */
  watch<T extends KubeObject = KubeObject>(input: WatchInput): AsyncGenerator<WatchEvent<T>>;
  /** GET of a path that holds no objects: /version, /apis. */
  getPath(path: string, options?: CallOptions): Promise<unknown>;
}

export function createClient(options: ClientOptions): KubeClient {
  const caller = createCaller(options);
  const send = async <T extends KubeObject>(call: Call): Promise<T> => {
    const result = await caller.send(call);
    if (holdsObject<T>(result)) return result.answer;
    const { verb, path } = call;
    throw new NetworkError({ verb, path, reason: 'Unusable', message: 'the answer is not a Kubernetes object' });
  };
  const get = <T extends KubeObject>(input: GetInput): Promise<T> =>
    send<T>(readCall('get', input, resourcePath(input)));
  const listPage = async <T extends KubeObject>(input: ListPageInput): Promise<ListPage<T>> => {
    const call = { ...readCall('list', input, resourcePath(input)), query: listQuery(input) };
    return toPage<T>((await caller.send(call)).answer, call);
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
      send(writeCall({ verb: 'create', input, path: pathOf(object, input, false), body: object })),
    replace: ({ object, ...input }) =>
      send(writeCall({ verb: 'update', input, path: pathOf(object, input, true), body: object })),
    mergePatch: ({ patch, ...input }) =>
      send(writeCall({ verb: 'patch', input, path: resourcePath(input), body: patch })),
    delete: async (input) => {
      const { preconditions, propagationPolicy } = input;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy };
      await caller.send(writeCall({ verb: 'delete', input, path: resourcePath(input), body }));
    },
    watch: async function* <T extends KubeObject>(input: WatchInput): AsyncGenerator<WatchEvent<T>> {
      const call = { ...readCall('watch', input, resourcePath(input)), query: watchQuery(input) };
      yield* watchEvents<T>({
        chunks: caller.stream(call, input.onBytes),
        target: call,
        maxLineBytes: caller.maxAnswerBytes,
        onBytes: input.onBytes,
        now: () => options.clock.now(),
      });
    },
    getPath: async (path, input = {}) => {
      const call: Call = { verb: 'get', path, resource: undefined, accept: 'application/json', ...input };
      return (await caller.send(call)).answer;
    },
  };
}

/** The same client; its calls end with the signal, unless they have one of their own. */
export function withSignal(client: KubeClient, signal: AbortSignal): KubeClient {
  const ending = <I extends CallOptions>(input: I): I => ({ ...input, signal: input.signal ?? signal });
  return {
    get: (input) => client.get(ending(input)),
    find: (input) => client.find(ending(input)),
    list: (input) => client.list(ending(input)),
    listPage: (input) => client.listPage(ending(input)),
    create: (input) => client.create(ending(input)),
    replace: (input) => client.replace(ending(input)),
    mergePatch: (input) => client.mergePatch(ending(input)),
    delete: (input) => client.delete(ending(input)),
    watch: (input) => client.watch(ending(input)),
    getPath: (path, options = {}) => client.getPath(path, ending(options)),
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

/** As far as it is checked: the caller knows which kind is at the path it asked for. */
function holdsObject<T extends KubeObject>(result: Answer<unknown>): result is Answer<T> {
  const { answer } = result;
  return isRecord(answer) && isRecord(answer['metadata']) && typeof answer['metadata']['name'] === 'string';
}

interface WriteInput {
  readonly verb: Call['verb'];
  readonly input: WriteOptions;
  readonly path: string;
  readonly body: object;
}

function readCall(verb: Call['verb'], input: ListInput | GetInput, path: string): Call {
  const { resource, signal, timeoutMs, retries, metadataOnly } = input;
  const kind = verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  const accept = metadataOnly === true ? `application/json;as=${kind};g=meta.k8s.io;v=v1` : 'application/json';
  return { verb, resource: resourceName(resource), path, signal, timeoutMs, retries, accept };
}

function writeCall({ verb, input, path, body }: WriteInput): Call {
  const { resource, subresource, signal, timeoutMs, retries, dryRun, fieldManager } = input;
  const name = subresource === undefined ? resourceName(resource) : `${resourceName(resource)}/${subresource}`;
  const query = { dryRun: dryRun === true ? 'All' : undefined, fieldManager };
  return { verb, resource: name, path, signal, timeoutMs, retries, accept: 'application/json', query, body };
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
