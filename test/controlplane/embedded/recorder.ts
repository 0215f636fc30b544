/** What clients asked, for tests that count requests, and the same as the metrics of a real API server. */

/** One request, in the order of arrival. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** As RBAC and audit logs name it; empty for paths that are not about resources. */
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
  /** Milliseconds of a clock that never goes back. */
  readonly at: number;
}

export interface Recorder {
  add(request: RecordedRequest): void;
  /** Counts the answer; called once per request that was answered. */
  answered(request: RecordedRequest, status: number): void;
  all(): readonly RecordedRequest[];
  /** Forgets the requests; the counters of `metrics` go on. */
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
    answered: (request, status) => {
      const labels = labelsOf(request, status);
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

function labelsOf(request: RecordedRequest, status: number): string {
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
