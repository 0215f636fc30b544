import type { WebhookRequestInfo, WebhookServer } from '../../../pkg/webhook/server.ts';
import type { MetricsContext } from './instruments.ts';

export interface WebhookObserver {
  /** Observer of the webhook server. */
  readonly onRequest: (info: WebhookRequestInfo) => void;
  readonly measure: (server: Pick<WebhookServer, 'inFlight'>) => void;
}

/** Observes all webhooks of one server by their paths. Requests to other paths do not count. */
export function observeWebhooks(create: (path: string) => WebhookMetrics, paths: readonly string[]): WebhookObserver {
  const metrics = new Map(paths.map((path) => [path, create(path)]));
  return {
    onRequest: (info) => metrics.get(info.path)?.onResponse(info),
    measure: (server) => {
      for (const [path, one] of metrics) one.measure(() => server.inFlight(path));
    },
  };
}

export interface WebhookMetrics {
  readonly onResponse: (info: Pick<WebhookRequestInfo, 'status' | 'durationMs'>) => void;
  /** Sets the source of the number of requests in progress. */
  measure(inFlight: () => number): void;
}

/** Creates controller_runtime_webhook_* of one webhook. */
export function webhookMetrics({ instruments, measure }: MetricsContext, path: string): WebhookMetrics {
  const webhook = { webhook: path };
  const requests = instruments.counter('controller_runtime_webhook_requests_total');
  const latency = instruments.histogram('controller_runtime_webhook_latency_seconds');
  const gauge = instruments.gauge('controller_runtime_webhook_requests_in_flight');
  for (const code of ['200', '500']) requests.inc({ ...webhook, code }, 0);
  latency.zero(webhook);
  gauge.set(webhook, 0);
  return {
    onResponse: ({ status, durationMs }) => {
      latency.observe(webhook, durationMs / 1000);
      requests.inc({ ...webhook, code: String(status) });
    },
    measure: (inFlight) => measure(() => gauge.set(webhook, inFlight())),
  };
}
