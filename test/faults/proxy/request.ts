/** A parsed request to an API server. */
export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'other';
  /** Plural, with the subresource: `networks/status`; for paths without objects the path itself. */
  readonly resource: string;
  readonly namespace: string | undefined;
  /** Undefined for collections and for creates, whose name is in the body. */
  readonly name: string | undefined;
}

/** Parses method and URL (path and query) of a request. */
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

/** Names the kind of a request in plans and reports: `GET networks`, `WATCH networks`, `PATCH networks/status`. */
export function requestKind({ verb, method, resource }: ApiRequest): string {
  return `${verb === 'list' || verb === 'watch' ? verb.toUpperCase() : method} ${resource}`;
}

/** Reports whether the request refers to objects of this namespace or to its Cluster. */
export function concerns({ namespace, resource, name }: ApiRequest, wanted: string): boolean {
  return namespace === wanted || (resource === 'clusters' && name === wanted);
}

/** Reports whether the request may change stored objects. */
export function isWrite({ verb }: Pick<ApiRequest, 'verb'>): boolean {
  return verb === 'create' || verb === 'update' || verb === 'patch' || verb === 'delete';
}

/** Adds a label to the label selector of a URL. */
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
