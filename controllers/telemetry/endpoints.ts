import { type HealthCheck, healthReport } from './health/health.ts';
import type { Metrics } from './metrics/metrics.ts';

export interface PlainAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Answers the GET of a path, without its query; undefined when there is nothing at it. */
export type Route = (path: string) => PlainAnswer | undefined | Promise<PlainAnswer | undefined>;

/** `/metrics` */
export function metricsRoute(metrics: Pick<Metrics, 'scrape' | 'contentType'>): Route {
  return async (path) =>
    path === '/metrics' ? { status: 200, contentType: metrics.contentType, body: await metrics.scrape() } : undefined;
}

export interface HealthRouteInput {
  readonly live: readonly HealthCheck[];
  readonly ready: readonly HealthCheck[];
}

/** `/healthz` and `/readyz`, and each of their checks alone: `/readyz/lease`. 200 when all is well, otherwise 503. */
export function healthRoute({ live, ready }: HealthRouteInput): Route {
  const endpoints: Readonly<Record<string, readonly HealthCheck[]>> = { healthz: live, readyz: ready };
  return (path) => {
    const [, endpoint = '', name, ...rest] = path.split('/');
    const all = Object.hasOwn(endpoints, endpoint) ? endpoints[endpoint] : undefined;
    if (all === undefined || rest.length > 0) return undefined;
    const asked = name === undefined ? all : all.filter((check) => check.name === name);
    if (asked.length === 0 && name !== undefined) return undefined;
    const { healthy, text } = healthReport(name === undefined ? endpoint : `${endpoint}/${name}`, asked);
    return { status: healthy ? 200 : 503, contentType: 'text/plain; charset=utf-8', body: text };
  };
}
