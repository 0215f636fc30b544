/** Records requests for tests that count them, and provides the metrics of a real API server. */

/** One request, in the order of arrival. */
export interface RecordedRequest {
  readonly method: string;
  /** Including the query. */
  readonly path: string;
  /** As in RBAC and audit logs; empty for non-resource paths. */
  readonly verb: '' | 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly contentType: string;
  readonly body: string;
  readonly bodyBytes: number;
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
}

export interface Recorder {
  add(request: RecordedRequest): void;
  /** Counts a response; called once per request with a response. */
  responded(request: RecordedRequest, status: number): void;
  all(): readonly RecordedRequest[];
  /** Removes the recorded requests; the counters of `metrics` are retained. */
  clear(): void;
  /** Prometheus text with `apiserver_request_total`. */
  metrics(): string;
}

export function createRecorder(): Recorder {
  const requests: RecordedRequest[] = [];
  const counters = new Map<string, number>();
  return {
    add: (request) => {
      requests.push(request);
    },
    responded: (request, status) => {
      const labels = metricLabels(request, status);
      counters.set(labels, (counters.get(labels) ?? 0) + 1);
    },
    all: () => [...requests],
    clear: () => {
      requests.length = 0;
    },
    metrics: () =>
      ['# TYPE apiserver_request_total counter']
        .concat([...counters].map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`))
        .join('\n')
        .concat('\n'),
  };
}

function metricLabels(request: RecordedRequest, status: number): string {
  const verbs: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };
  const scope = request.name !== '' ? 'resource' : request.namespace !== '' ? 'namespace' : 'cluster';
  return Object.entries({
    code: status,
    component: 'apiserver',
    dry_run: /[?&]dryRun=All/.test(request.path) ? 'All' : '',
    group: request.group,
    resource: request.resource,
    scope: request.resource === '' ? '' : scope,
    subresource: request.resource === '' ? request.path.split('?')[0] : request.subresource,
    verb: verbs[request.verb] ?? (request.verb === '' ? request.method : request.verb.toUpperCase()),
    version: request.version,
  })
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}
