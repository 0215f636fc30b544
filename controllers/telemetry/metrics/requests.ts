import type { RequestInfo } from '../../../pkg/kubernetes/client/call.ts';
import type { Verb } from '../../../pkg/kubernetes/client/errors.ts';
import type { MetricsContext } from './instruments.ts';

/** Counts rest_client_requests_total for one host. The series of common codes exist from the start, those of others from the first response. */
export function requestMetrics({ instruments }: MetricsContext, host: string): (info: RequestInfo) => void {
  const requests = instruments.counter('rest_client_requests_total');
  for (const method of new Set(Object.values(methods)))
    for (const code of expected[method]) requests.inc({ code, method, host }, 0);
  return ({ verb, code }) =>
    requests.inc({ code: code === 0 ? noResponse : String(code), method: methods[verb], host });
}

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const satisfies Readonly<Record<Verb, string>>;

/** As in client-go. */
const noResponse = '<error>';

const failures = [noResponse, '401', '403', '404', '409', '422', '429', '500', '503', '504'];
const expected = {
  GET: [...failures, '200', '410'],
  POST: [...failures, '201'],
  PUT: [...failures, '200'],
  PATCH: [...failures, '200'],
  DELETE: [...failures, '200'],
} as const;
