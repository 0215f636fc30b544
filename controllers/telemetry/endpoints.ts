import { type HealthCheck, healthReport } from './health/health.ts';
import type { Metrics } from './metrics/metrics.ts';

export interface PlainResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Handles a GET of a path, without its query. Returns undefined for an unknown path. */
export type Route = (path: string) => PlainResponse | undefined | Promise<PlainResponse | undefined>;

/** Serves `/metrics`. */
export function metricsRoute(metrics: Pick<Metrics, 'scrape' | 'contentType'>): Route {
  return async (path) =>
    path === '/metrics' ? { status: 200, contentType: metrics.contentType, body: await metrics.scrape() } : undefined;
}

export interface HealthRouteInput {
  readonly live: readonly HealthCheck[];
  readonly ready: readonly HealthCheck[];
}

/** Serves `/healthz` and `/readyz`, and each check alone, such as `/readyz/lease`: 200 when all of them pass, otherwise 503. */
export function healthRoute({ live, ready }: HealthRouteInput): Route {
  const endpoints: Readonly<Record<string, readonly HealthCheck[]>> = { healthz: live, readyz: ready };
  return (path) => {
    const [, endpoint = '', name, ...rest] = path.split('/');
    const checks = Object.hasOwn(endpoints, endpoint) ? endpoints[endpoint] : undefined;
    if (checks === undefined || rest.length > 0) return undefined;
    const requested = name === undefined ? checks : checks.filter((check) => check.name === name);
    if (requested.length === 0 && name !== undefined) return undefined;
    const { healthy, text } = healthReport(name === undefined ? endpoint : `${endpoint}/${name}`, requested);
    return { status: healthy ? 200 : 503, contentType: 'text/plain; charset=utf-8', body: text };
  };
}
