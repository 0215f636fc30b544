/** A request to an API server, taken apart. */
export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'other';
  /** Plural, with the subresource: `networks/status`; for paths without objects the path itself. */
  readonly resource: string;
  readonly namespace: string | undefined;
  /** Undefined for collections, and for a create, whose name is in the body. */
  readonly name: string | undefined;
}

/** Takes a request apart by its method and URL (path and query), as the API server itself does. */
export function parseRequest(method: string, url: string): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'http://any');
  const found = /^\/(?:api|apis\/[^/]+)\/v[^/]+\/(?:namespaces\/(?<namespace>[^/]+)\/)?(?<rest>.+)$/.exec(
    pathname,
  )?.groups;
  if (found === undefined)
    return { method, url, verb: 'other', resource: pathname, namespace: undefined, name: undefined };
  const [plural = '', name, subresource] = (found['rest'] ?? '').split('/');
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const watch = ['true', '1'].includes(searchParams.get('watch') ?? '');
  return { method, url, verb: verbOf(method, { name, watch }), resource, namespace: found['namespace'], name };
}

/** `GET networks`, `WATCH networks`, `PATCH networks/status`: how plans and reports name a kind of request. */
export function requestKind({ verb, method, resource }: ApiRequest): string {
  return `${verb === 'list' || verb === 'watch' ? verb.toUpperCase() : method} ${resource}`;
}

/** Whether the request is about objects of this namespace, or about the Cluster of its name. */
export function concerns({ namespace, resource, name }: ApiRequest, wanted: string): boolean {
  return namespace === wanted || (resource === 'clusters' && name === wanted);
}

/** Whether the request may change what is stored. */
export function isWrite({ verb }: Pick<ApiRequest, 'verb'>): boolean {
  return verb === 'create' || verb === 'update' || verb === 'patch' || verb === 'delete';
}

/** The URL with one more label to select by. */
export function withLabel(url: string, label: string): string {
  const { pathname, searchParams } = new URL(url, 'http://any');
  const present = searchParams.get('labelSelector');
  searchParams.set('labelSelector', present === null || present === '' ? label : `${present},${label}`);
  return `${pathname}?${searchParams.toString()}`;
}

function verbOf(
  method: string,
  { name, watch }: { readonly name: string | undefined; readonly watch: boolean },
): ApiRequest['verb'] {
  switch (method) {
    case 'GET':
      if (watch) return 'watch';
      return name === undefined ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return 'delete';
    default:
      return 'other';
  }
}
